"""SecureMail lines: unescaped values, a subject that the sender chose, keys in any order."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.parse.securemail import read_securemail

HEAD = 'id="1000" severity="info" sys="SecureMail" sub="smtp" name="email passed" srcip="192.0.2.10" '
ENVELOPE = 'from="sender@example.org" to="user@example.com" '
TAIL = ' queueid="1haLql-0002Mh-MA" size="63168"'
BASE = {
    "sophos.utm.securemail.id": "1000",
    "sophos.utm.securemail.severity": "info",
    "sophos.utm.securemail.sub": "smtp",
    "sophos.utm.securemail.name": "email passed",
    "source.ip": "192.0.2.10",
}
SENDER = {"email.sender.address": "sender@example.org", "email.to.address": ["user@example.com"]}
KNOWN = BASE | SENDER | {"queue_id": "1haLql-0002Mh-MA", "sophos.utm.size.scanned": 63168}


def read(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    read_securemail(fields, text)
    return fields


@pytest.mark.parametrize(
    "subject",
    [
        "Statement",
        'a "quoted" word',
        '"',
        '" reason="as" extra="',
        'x" queueid="1haXXX-000000-00" size="1',
        'x" queueid="1haXXX-000000-00" size="1" reason="none" extra="y',
        'id="1001" name="email quarantined" srcip="203.0.113.66"',
        '" subject="other',
        "=?utf-8?B?R3LDvMOfZQ==?=",
        "Grüße, 1.234,56 €",
        "back\\slash\\",
        " ",
        "a\tb",
    ],
)
def test_a_subject_is_what_stands_before_the_last_queue_id(subject: str) -> None:
    assert read(f'{HEAD}{ENVELOPE}subject="{subject}"{TAIL}') == KNOWN | {"email.subject": subject}


def test_an_empty_subject_is_absent() -> None:
    assert read(f'{HEAD}{ENVELOPE}subject=""{TAIL}') == KNOWN


def test_reason_and_extra_follow() -> None:
    found = read(f'{HEAD}{ENVELOPE}subject="a" reason="none"{TAIL} reason="as" extra="confirmed"')
    wanted = {"sophos.utm.securemail.reason": "as", "sophos.utm.securemail.extra": "confirmed"}
    assert found == KNOWN | wanted | {"email.subject": 'a" reason="none'}
    assert "sophos.utm.securemail.extra" not in read(f'{HEAD}{ENVELOPE}subject="a"{TAIL} reason="as" extra=""')


@pytest.mark.parametrize(
    ("to", "recipients"),
    [
        ("a@example.com", ["a@example.com"]),
        ("a@example.com,b@example.com", ["a@example.com", "b@example.com"]),
        ("a@example.com, b@example.com", ["a@example.com", "b@example.com"]),
        ("a@example.com,", ["a@example.com"]),
        ('"john doe"@example.com', ['"john doe"@example.com']),
        ('"john doe"@a.eu, b@b.eu,"c, d"@c.eu', ['"john doe"@a.eu', "b@b.eu", '"c, d"@c.eu']),
        ('"x, y"@example.com, b@example.com', ['"x, y"@example.com', "b@example.com"]),
        ("", None),
    ],
)
def test_recipients(to: str, recipients: list[str] | None) -> None:
    found = read(f'{HEAD}from="" to="{to}" subject="x"{TAIL}')
    assert found.get("email.to.address") == recipients
    assert found["email.sender.address"] == "<>"


@pytest.mark.parametrize(
    ("size", "value"), [("63168", 63168), ("-1", None), ("", None), ("1e3", None), ("9" * 30, None), ("²", None)]
)
def test_size(size: str, value: int | None) -> None:
    text = f'{HEAD}{ENVELOPE}subject="x" queueid="1haLql-0002Mh-MA" size="{size}"'
    assert read(text).get("sophos.utm.size.scanned") == value


@pytest.mark.parametrize("queue_id", ["", "x", "1haLql-0002Mh-M", "1My4V5-1ej2Wx10al-00zXFR"])
def test_only_a_real_queue_id_is_one(queue_id: str) -> None:
    assert "queue_id" not in read(f'{HEAD}{ENVELOPE}subject="x" queueid="{queue_id}" size="1"')


def test_a_long_queue_id() -> None:
    text = f'{HEAD}{ENVELOPE}subject="x" queueid="1sTYGK-000000006ZN-0feA" size="1"'
    assert read(text)["queue_id"] == "1sTYGK-000000006ZN-0feA"


def test_written_by_exim_in_without_subject_and_queue_id() -> None:
    text = (
        'id="1003" severity="info" sys="SecureMail" sub="smtp" name="email rejected" srcip="192.0.2.66" '
        'from="bad@example.org" to="user@example.com" size="-1" reason="rbl" extra="rbl.example.org"'
    )
    assert read(text) == {
        "sophos.utm.securemail.id": "1003",
        "sophos.utm.securemail.severity": "info",
        "sophos.utm.securemail.sub": "smtp",
        "sophos.utm.securemail.name": "email rejected",
        "source.ip": "192.0.2.66",
        "email.sender.address": "bad@example.org",
        "email.to.address": ["user@example.com"],
        "sophos.utm.securemail.reason": "rbl",
        "sophos.utm.securemail.extra": "rbl.example.org",
    }


@pytest.mark.parametrize(
    "text", ["", 'id="', 'subject="', ' subject="', '" queueid="', 'id="1" subject="x', "a=b", '""""']
)
def test_broken_lines_raise_nothing(text: str) -> None:
    read(text)
