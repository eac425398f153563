"""Scenarios in which the gateway refuses: connections, senders, recipients, contents."""

from __future__ import annotations

from tests.real_exim.recorder import contexts
from tests.real_exim.recorder.clients import Clients
from tests.real_exim.recorder.letters import letter
from tests.real_exim.recorder.names import LISTED, STRANGER

_A, _BOB = "a@sender.example", "bob@in.example.com"
_NOBODY, _GREY = "nobody@in.example.com", "grey@in.example.com"
_MORE_THAN_ALLOWED_AT_ONCE = 8


def a_listed_client(clients: Clients) -> None:
    clients.greeted(LISTED).hang_up()


def too_many_connections(clients: Clients) -> None:
    opened = [clients.greeted(STRANGER) for _ in range(_MORE_THAN_ALLOWED_AT_ONCE)]
    for client in opened:
        client.hang_up()


def senders(clients: Clients) -> None:
    with clients.session() as client:
        for name in ("blocked", "tempblocked", "dropme"):
            client.mail(f"{name}@sender.example", _BOB)


def senders_that_do_not_exist(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        client.mail("noone@unresolvable.example", _BOB)
        client.mail("noone@tempfail.example", _BOB)


def recipients(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, _NOBODY, _BOB, _GREY)
        client.mail(_A, _NOBODY, "nobody2@in.example.com")
        client.mail("grey@sender.example", _GREY)
        client.mail("twice@sender.example", _GREY)
        client.mail("twice@sender.example", "noreason@in.example.com")
        client.mail("blöcked@sender.example", _NOBODY, options=" SMTPUTF8")
    with clients.session(STRANGER, helo="x", context=contexts.newest()) as client:
        client.mail(_A, "b@elsewhere.example")


def dropped_at_a_recipient(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, _BOB, "dropped@in.example.com")


def recipients_whose_servers_are_asked(clients: Clients) -> None:
    asked = ("asked@good.example", "bad.asked@good.example", "always.asked@plain.example", "asked@badtls.example")
    with clients.session() as client:
        client.mail(_A, *asked, sent=letter("asked before"))


def too_many_recipients(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, *[f"r{number}@good.example" for number in range(12)], sent=letter("many"))


def contents(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        client.mail("spam@sender.example", _BOB, sent=letter("spam", fields="X-Do: reject\r\n"))
        client.mail("later@sender.example", _BOB, sent=letter("later", fields="X-Do: defer\r\n"))


def too_large(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, _BOB, sent=letter("large", lines=50_000))
    with clients.session() as client:
        client.mail(_A, _BOB, options=" SIZE=9999999")


SCENARIOS = (
    a_listed_client, too_many_connections, senders, senders_that_do_not_exist, recipients, dropped_at_a_recipient,
    recipients_whose_servers_are_asked,
    too_many_recipients, contents, too_large,
)  # fmt: skip
