"""Scenarios of clients that leave early, talk nonsense, or want no mail at all."""

from __future__ import annotations

import time

from tests.real_exim.recorder import contexts
from tests.real_exim.recorder.client import Client
from tests.real_exim.recorder.clients import Clients
from tests.real_exim.recorder.names import STRANGER

_BOB = "bob@in.example.com"
_LETTER = b"Subject: x\r\n\r\nbody\r\n"
_LONGER_THAN_THE_GATEWAY_WAITS = 4.5


def hangs_up(clients: Clients) -> None:
    at_once = clients.session()
    at_once.hang_up()
    with_an_envelope = clients.session()
    with_an_envelope.envelope("gone@sender.example", _BOB)
    with_an_envelope.hang_up()
    for content in (b"Subject: x\r\n", _LETTER):
        _hang_up_within_the_data(clients.session(), content)


def hangs_up_within_a_second_message(clients: Clients) -> None:
    after_a_message, after_a_refusal = clients.session(), clients.session()
    after_a_message.mail("a@sender.example", _BOB)
    after_a_refusal.mail("a@sender.example", "nobody@in.example.com")
    _hang_up_within_the_data(after_a_message, _LETTER)
    _hang_up_within_the_data(after_a_refusal, _LETTER)


def _hang_up_within_the_data(client: Client, content: bytes) -> None:
    client.envelope("gone@sender.example", _BOB)
    client.command("DATA")
    client.send(content)
    client.hang_up()


def changes_its_mind(clients: Clients) -> None:
    with clients.session() as client:
        client.envelope("reset@sender.example", _BOB)
        client.command("RSET")
    with clients.session() as client:
        client.envelope("quit@sender.example", _BOB)
    with clients.session():
        pass


def falls_silent(clients: Clients) -> None:
    within_the_data, within_the_session = clients.session(context=contexts.newest()), clients.session()
    within_the_data.envelope("slow@sender.example", _BOB)
    within_the_data.command("DATA")
    within_the_data.send(_LETTER)
    time.sleep(_LONGER_THAN_THE_GATEWAY_WAITS)
    within_the_data.hang_up()
    within_the_session.hang_up()


def talks_before_it_is_greeted(clients: Clients) -> None:
    browser = clients.connect(STRANGER)
    browser.send(b"GET / HTTP/1.0\r\n\r\n")
    browser.is_greeted()
    browser.hang_up()
    hasty = clients.connect(STRANGER)
    hasty.send(b"EHLO too.early\r\nMAIL FROM:<early@sender.example>\r\n")
    if hasty.is_greeted():
        hasty.note.helo = "too.early"
        hasty.answer()
        hasty.note_answer("MAIL FROM:<early@sender.example>", hasty.answer())
    hasty.hang_up()


def sends_all_at_once(clients: Clients) -> None:
    client = clients.greeted(STRANGER)
    client.command("HELO x.example")
    client.note.helo = "x.example"
    client.command(f"MAIL FROM:<hasty@sender.example>\r\nRCPT TO:<{_BOB}>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.")
    client.hang_up()


def addresses_without_a_domain(clients: Clients) -> None:
    with clients.session(STRANGER, helo="ok.example") as client:
        client.command("MAIL FROM:<sender>")
    with clients.session(STRANGER, helo="ok.example") as client:
        client.envelope("a@sender.example", "recipient")
        client.command("VRFY bob")
        client.command("ETRN #x")


def what_is_no_address(clients: Clients) -> None:
    with clients.session(STRANGER, helo="ok.example") as client:
        client.command("MAIL FROM: a b")
        client.envelope("a@sender.example")
        client.command("RCPT TO:<a@@b>")


def nonsense(clients: Clients) -> None:
    for lines in (
        ["EHLO bad_name!", "EHLO [192.0.2.12]", "XXXX", "YYYY", "ZZZZ", "ZZZZ"],
        ["EHLO ok.example", *["NOOP"] * 8],
        ["EHLO evil.example"],
        ["EHLO", "HELO a", "AUTH LOGIN", "*", "DATA"],
        ["GET / HTTP/1.0\r\n"],
    ):
        with clients.greeted(STRANGER) as client:
            for line in lines:
                client.command(line)


def tls_that_fails(clients: Clients) -> None:
    on_connect = clients.connect(STRANGER, 465)
    on_connect.send(b"EHLO ok.example\r\n")
    on_connect.answer()
    on_connect.hang_up()
    with clients.session(STRANGER, helo="ok.example") as client:
        client.command("STARTTLS")
        client.send(b"nonsense\r\n")
        client.answer()


def a_wrong_password(clients: Clients) -> None:
    with clients.session(port=587, context=contexts.newest()) as client:
        client.log_in("mallory", "wrong")


SCENARIOS = (
    hangs_up, hangs_up_within_a_second_message, changes_its_mind, falls_silent, talks_before_it_is_greeted,
    sends_all_at_once, addresses_without_a_domain, what_is_no_address, nonsense, tls_that_fails, a_wrong_password,
)  # fmt: skip
