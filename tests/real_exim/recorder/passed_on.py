"""Scenarios of what becomes of accepted messages: receivers that take, refuse or are not there."""

from __future__ import annotations

from tests.real_exim.recorder import contexts
from tests.real_exim.recorder.clients import Clients
from tests.real_exim.recorder.letters import letter

TO_BE_REMOVED, TO_BE_CANCELLED = "to be removed", "to be cancelled"
"""Subjects of what the administrator takes off the queue."""

_A, _BOB = "a@sender.example", "bob@in.example.com"


def three_ways(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        client.mail(_A, "b@good.example", "c@tls12.example", "d@plain.example", sent=letter("three ways"))


def all_ends(clients: Clients) -> None:
    recipients = ("b@good.example", "bad@good.example", "busy@good.example", "always@plain.example")
    with clients.session(context=contexts.newest()) as client:
        client.mail(_A, *recipients, "x@down.example", "y@nowhere.example", sent=letter("all ends"))


def servers_that_cannot(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        for domain in ("badtls.example", "silent.example", "ban.example"):
            client.mail(_A, f"x@{domain}", sent=letter(domain))


def answers_to_recipients_and_data(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        for word in ("latin", "long", "twolines", "lines", "dataclose", "hangup"):
            client.mail(_A, f"{word}@plain.example", sent=letter(word))
        client.mail(_A, "datafail@good.example")
        client.mail(_A, "datatemp@good.example", "datatemp2@good.example")
        client.mail("", "bad.bounce@good.example", sent=letter("a bounce that bounces"))


def more_than_ten_in_a_session(clients: Clients) -> None:
    with clients.session() as client:
        for number in range(1, 13):
            client.mail(_A, "b@good.example", sent=letter(f"{number} of 12"))


def aliases(clients: Clients) -> None:
    recipients = [f"{name}@in.example.com" for name in ("team", "far", "swallowed", "failing", "later", "unknown")]
    with clients.session(context=contexts.newest()) as client:
        client.mail(_A, *recipients, sent=letter("aliases"))


def files_and_pipes(clients: Clients) -> None:
    recipients = [f"{name}@in.example.com" for name in ("filed", "unwritable", "piped", "broken")]
    with clients.session() as client:
        client.mail(_A, *recipients, sent=letter("files and pipes"))


def thrown_away(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, "hole@in.example.com", sent=letter("all of it"))
        client.mail(_A, _BOB, "hole@in.example.com", sent=letter("half of it"))
        client.mail(_A, "swallowed@in.example.com", sent=letter("by a router"))
        client.mail(_A, _BOB, sent=letter("by the content", fields="X-Do: discard\r\n"))


def unlike_the_answer(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        client.mail(_A, _BOB, sent=letter("refused and taken", fields="X-Do: fake\r\n"))
        client.mail(_A, _BOB, sent=letter("frozen", fields="X-Do: freeze\r\n"))


def a_loop(clients: Clients) -> None:
    hops = "".join(f"Received: from x{number} by y\r\n" for number in range(30))
    with clients.session() as client:
        client.mail(_A, _BOB, sent=letter("a loop", fields=hops))


def taken_off_the_queue(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, "one@down.example", sent=letter(TO_BE_REMOVED))
        client.mail(_A, "other@down.example", sent=letter(TO_BE_CANCELLED))


SCENARIOS = (
    three_ways, all_ends, servers_that_cannot, answers_to_recipients_and_data, more_than_ten_in_a_session, aliases,
    files_and_pipes,
    thrown_away, unlike_the_answer, a_loop, taken_off_the_queue,
)  # fmt: skip
