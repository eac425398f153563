"""Scenarios in which messages are accepted: how they came, and what they were."""

from __future__ import annotations

import ssl

from tests.real_exim.recorder import contexts
from tests.real_exim.recorder.clients import Clients
from tests.real_exim.recorder.letters import letter, with_another_body, with_another_subject
from tests.real_exim.recorder.names import OTHER, SENDER_6

_A, _BOB = "a@sender.example", "bob@in.example.com"


def plain_text(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, "b@good.example")


def cipher_suites(clients: Clients) -> None:
    for suite in contexts.SUITES:
        with clients.session(context=contexts.only(suite)) as client:
            client.mail(_A, _BOB, sent=letter(suite))


def old_tls_versions(clients: Clients) -> None:
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with clients.session(context=contexts.only("AES256-SHA", version)) as client:
            client.mail(_A, _BOB, sent=letter(version.name))


def tls_on_connect(clients: Clients) -> None:
    with clients.session(OTHER, helo="pc", port=465, context=contexts.newest()) as client:
        client.mail(_A, "b@good.example", sent=letter("on connect"))


def several_messages_in_a_session(clients: Clients) -> None:
    with clients.session(OTHER, helo="two") as client:
        client.mail(_A, "b@good.example")
        client.mail("b@sender.example", _BOB, sent=letter("second"))
        client.mail("", "alice@in.example.com", sent=letter("third"))


def names_of_clients(clients: Clients) -> None:
    with clients.session(helo="[192.0.2.10]") as client:
        client.mail(_A, "warned@in.example.com")
    with clients.session(helo="other.name.example") as client:
        client.mail(_A, "warned@in.example.com", _BOB)
    with clients.session(SENDER_6, helo="six.example") as client:
        client.mail(_A, "b@good.example")


def authenticated(clients: Clients) -> None:
    with clients.session(port=587, context=contexts.newest()) as client:
        client.log_in("alice", "secret")
        client.mail("alice@sender.example", "b@good.example", sent=letter("authenticated"))


def quoted_local_parts(clients: Clients) -> None:
    with clients.session() as client:
        client.mail('"john doe"@sender.example', _BOB)
        client.mail('"a> H=evil [192.0.2.99] P=esmtps"@sender.example', "b@good.example")
        client.mail(_A, '"no body"@in.example.com', '"john doe"@in.example.com', '"no one"@in.example.com')
        client.mail(_A, '"q\\"u <o"@good.example', '"sp ace"@good.example', '"sp ace"@plain.example')


def subjects(clients: Clients) -> None:
    with clients.session() as client:
        for sent in (
            letter("Rächmärz €", header="=?utf-8?B?UsOkY2htw6RyeiDigqw=?="),
            letter("Café €", header="=?iso-8859-1?Q?Caf=E9?= =?utf-8?Q?_=E2=82=AC?="),
            letter('quo"ted \\ back for me'),
            letter("a  T=x id=<y>"),
            letter("x" * 150),
            letter("tab\there"),
            letter("Kaese from <a@b> for c@d"),
        ):
            client.mail(_A, _BOB, sent=sent)


def odd_message_ids(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, "b@good.example", sent=letter("odd id", message_id="spaces in id@x"))
        client.mail(_A, _BOB, sent=letter(message_id='a"quote@x'))


def signatures(clients: Clients) -> None:
    signers = clients.signers
    with clients.session() as client:
        for sent in (
            signers.sender.sign(letter("signed")),
            signers.mailing_list.sign(signers.sender.sign(letter("twice"))),
            with_another_body(signers.sender.sign(letter("appended to"))),
            with_another_subject(signers.sender.sign(letter("rewritten")), "REWRITTEN"),
            signers.unpublished.sign(letter("no key")),
            signers.revoked.sign(letter("revoked")),
            signers.unreachable.sign(letter("no answer")),
            signers.forger.sign(letter("forged")),
        ):
            client.mail(_A, _BOB, sent=sent)


def beyond_ascii(clients: Clients) -> None:
    utf_8 = " SMTPUTF8 BODY=8BITMIME"
    with clients.session() as client:
        client.mail("jürgen@sender.example", "müller@good.example", options=utf_8)
        client.mail("jürgen@sender.example", "müller@in.example.com", "grey@in.example.com", options=utf_8)
    with clients.session(helo="latin1") as client:
        client.encoding = "latin-1"
        client.mail("lät@sender.example", _BOB, "nö@good.example", "nobody@in.example.com")


def chunks(clients: Clients) -> None:
    with clients.session(context=contexts.newest()) as client:
        client.mail_in_chunks(_A, "b@good.example", letter("in chunks"))


def an_answer_for_each_recipient(clients: Clients) -> None:
    with clients.session() as client:
        client.mail(_A, _BOB, "picky@in.example.com", sent=letter("for each"), options=" PRDR")


def handed_over_on_the_gateway(clients: Clients) -> None:
    clients.hand_over("root@sender.example", "b@good.example", letter("local"))
    clients.hand_over_by_smtp("root@sender.example", _BOB, letter("over a pipe"))


SCENARIOS = (
    plain_text, cipher_suites, old_tls_versions, tls_on_connect, several_messages_in_a_session, names_of_clients,
    authenticated, quoted_local_parts, subjects, odd_message_ids, signatures, beyond_ascii, chunks,
    an_answer_for_each_recipient, handed_over_on_the_gateway,
)  # fmt: skip
