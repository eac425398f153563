"""Whatever bytes a log holds, a node takes the documents: nothing is refused, nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipper.state.store import open_store
from tests.end_to_end.node import Place, assert_same, without_place

pytestmark = pytest.mark.cluster

HEAD = b"2019:06:10-17:09:20 utm exim-in[9000]: 2019-06-10 17:09:20 "
SCANNER = b"2019:06:10-17:09:23 utm smtpd[5002]: SCANNER[5002]: "
ID = b"1haLvE-0002LA-4K "

ADDRESSES = (
    "1.2.3.4.5", "1.2.3.256", "127.1", "0x7f.0.0.1", "01.2.3.4", "\u0661.2.3.4", "1.2.3.4/8", "", "unknown",
    "::1%lo", "::ffff:192.0.2.1", "2001:DB8::0001", "64:ff9b::192.0.2.33", "::", ":::", "1::2::3", "fe80::1%25eth0",
)  # fmt: skip
TEXTS = {
    "long": b"a" * 40_000,
    "words": b"word " * 9_000,
    "wide": "\U0001f4e7".encode() * 9_000,
    "growing in lower case": "\u023a".encode() * 9_000,
    "control": bytes(range(1, 10)) + b"\x0b\x0c\x1b[31m\x7f",
    "nul": b"a\0b",
    "latin-1": b"Gr\xfc\xdfe",
    "no characters": b"\xed\xa0\x80\xf8\xff\xfe",
    "quotes": b'"\\" \\\\ {"index":{}}',
    "separators": "a\u2028b\u2029c\x85d".encode(),
}


def lines_about(text: bytes) -> list[bytes]:
    """A text of the sender's in every place that he can choose."""
    word = text.replace(b" ", b"_").replace(b'"', b"'")
    return [
        HEAD + text,
        HEAD + b"rejected EHLO from [192.0.2.1]:25: syntactically invalid argument(s): " + text,
        HEAD + b"H=(" + word + b") [192.0.2.1]:25 F=<a@example.org> rejected RCPT <" + word + b"@example.com>: " + text,
        HEAD + ID + b"<= " + word + b"@example.org H=(" + word + b") [192.0.2.1]:25 P=esmtp S=1 id=" + word,
        HEAD + ID + b"DKIM: d=" + word + b" s=" + word + b" c=relaxed/relaxed a=rsa-sha256 [verification succeeded]",
        SCANNER + b'id="1000" severity="info" sys="SecureMail" sub="smtp" name="email passed" srcip="192.0.2.1" from="'
        + word + b'@example.org" to="b@example.com" subject="' + text + b'" queueid="1haLvH-0001Ig-2a" size="1"',
        b"2019:06:10-17:09:24 utm exim-out[9010]: 2019-06-10 17:09:24 1haLvH-0001Ig-2a => " + word
        + b'@example.com R=dnslookup T=remote_smtp H=mx.example.com [192.0.2.2]:25 C="250 ' + text + b'"',
    ]  # fmt: skip


def lines() -> list[bytes]:
    made = [HEAD + b"SMTP connection from [%s]:25 (TCP/IP connection count = 1)" % ip.encode() for ip in ADDRESSES]
    made += [SCANNER + b'id="1000" sys="SecureMail" name="email passed" srcip="%s"' % ip.encode() for ip in ADDRESSES]
    made += [line for text in TEXTS.values() for line in lines_about(text)]
    return [*made, HEAD + b"x" * 1_000_000]


def test_every_document_is_taken(place: Place, tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_bytes(b"\r\n".join(lines()))
    said = place.ship(log).stderr
    assert ", 0 deleted, 0 refused\n" in said
    assert f"{len(lines()):,} lines read = {len(lines()):,} events + 0 ignored by rule + 0 dead letters" in said
    events, messages = place.parsed(log)
    assert without_place(place.stored("events")) == without_place(events)
    assert_same(messages, place.stored("messages"))


def test_lines_without_a_time_are_kept_in_the_state(simple: Place, tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    bad = [b"no time at all", b"\xff\xfe\0", b"2019:13:45-99:00:00 utm exim-in[1]: no such time"]
    log.write_bytes(b"\n".join([HEAD + b"Start queue run: pid=1", *bad, HEAD + ID + b"Completed"]) + b"\n\n")
    for _ in range(2):
        said = simple.ship(log).stderr
        assert "6 lines read = 2 events + 1 ignored by rule + 3 dead letters" in said
    with open_store(simple.folder / "state") as store:
        letters = store.dead_letters.all()
    assert [(letter.step, letter.data, letter.source) for letter in letters] == [
        ("sources", data, str(log)) for data in bad
    ]
    assert [log.read_bytes()[letter.offset :].startswith(letter.data) for letter in letters] == [True] * 3
