"""Whatever bytes a log holds: nothing is raised, nothing is lost, and nothing takes long."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generator import generate, render
from tests.parse.test_hostile_length import at_most
from tests.pipeline.running import Result, run

few = settings(max_examples=25, deadline=None, derandomize=True, print_blob=True, database=None)
PREFIX = b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 "
WITH_ID = PREFIX + b"1haLqi-0002Mp-2G "
OUT = b"2019:06:10-11:04:44 utm exim-out[9113]: 2019-06-10 11:04:44 1haLql-0002Mh-MA "
SCANNER = b"2019:06:10-11:04:43 utm smtpd[9095]: SCANNER[9095]: "
MEGABYTE = 1_000_000


@cache
def real_lines() -> tuple[bytes, ...]:
    logs = [
        generate(21, messages=110, start=datetime(2019, 6, 10, 8, tzinfo=UTC), dialect=name)
        for name in ("4.82", "4.97")
    ]
    return tuple(line for log in logs for line in render(log.lines) if line)


def read(data: bytes) -> Result:
    with TemporaryDirectory() as folder:
        log = Path(folder) / "smtp.log"
        log.write_bytes(data)
        return run(log)


def assert_all_accounted_for(result: Result, data: bytes) -> None:
    """Each line once; a piece of an entry may be written again when the piece before it turns up later."""
    balance = result.balance
    assert balance.holds
    assert balance.lines == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert balance.events == len(set(result.event_ids))


def mutate(line: bytes, rng: Random) -> bytes:
    """One line with a byte changed, a piece left out, doubled, swapped in from another line, or cut off."""
    begin, end = sorted(rng.randrange(len(line) + 1) for _ in range(2))
    piece = line[begin:end]
    other = rng.choice(real_lines())
    return rng.choice(
        (
            line[:begin] + bytes([rng.randrange(256)]) + line[begin + 1 :],
            line[:begin] + line[end:],
            line[:end] + piece + line[end:],
            line[:begin] + other[: end - begin] + line[end:],
            line[:begin] + rng.choice(other.split(b" ")) + line[begin:],
            line[:begin] + bytes(rng.randrange(256) for _ in range(20)) + line[begin:],
            line[:begin],
            line[begin:],
        )
    )


@given(seed=st.integers(0, 100_000))
@few
def test_mutated_lines(seed: int) -> None:
    rng = Random(seed)
    lines = [mutate(line, rng) if rng.random() < 0.5 else line for line in rng.sample(real_lines(), 300)]
    data = b"\n".join(lines)
    assert_all_accounted_for(read(data), data)


@given(data=st.binary(max_size=3000))
@few
def test_random_bytes(data: bytes) -> None:
    plain = data if data[:2] != b"\x1f\x8b" else b"x" + data
    assert_all_accounted_for(read(plain), plain)


@given(texts=st.lists(st.binary(max_size=300).filter(lambda text: b"\n" not in text), min_size=1, max_size=40))
@few
def test_random_texts_behind_a_real_prefix(texts: list[bytes]) -> None:
    heads = (PREFIX, WITH_ID, OUT, SCANNER, PREFIX + b"[1/2] ", WITH_ID + b"<= ", WITH_ID + b"DKIM: d=")
    lines = [heads[number % len(heads)] + text for number, text in enumerate(texts)]
    data = b"".join(line + b"\n" for line in lines)
    assert_all_accounted_for(read(data), data)


@pytest.mark.parametrize(
    "text",
    [
        b"DKIM: d=example.net s=dkim c=relaxed/relaxed a=rsa-sha256 l=" + b"9" * 5000 + b" [verification succeeded]",
        b"DKIM: d=example.net s=dkim c=relaxed/relaxed a=rsa-sha256 t=99999999999999999999 [verification succeeded]",
        b"<= a@example.org H=m [192.0.2.10]:53500 P=esmtps X=TLSv1:A:" + b"9" * 5000 + b" S=" + b"9" * 5000 + b" id=x",
        b"<= a@example.org H=m [192.0.2.10]:99999 P=esmtps S=99999999999999999999 id=x",
        b"<= a@example.org H=m [999.0.2.10]:25 P=esmtps S=1 id=x",
        b"<= a@example.org H=m [fe80::1%eth0]:25 P=esmtps S=1 id=x",
        b"<= a@example.org H=m []:25 P=esmtps S=1",
        b'<= a@example.org H=m [192.0.2.10]:53500 P=esmtp S=1 T="\\777\\0\\\\\\""',
        b"Completed QT=" + b"9" * 400 + b"s",
        b"ctasd reports '' RefID:",
        b"ctasd reports 'Odd' RefID:cl=99999999999999999999,re=nan,recu=1e999,reip=--1",
        b'id="" severity="" sys="SecureMail" size="99999999999999999999" queueid="',
        b"== bob@example.net R=dnslookup defer (-99999999999999999999): x",
        b"",
        b"\0" * 50,
        b"\xff\xfe<= \xc3",
    ],
)
def test_values_beyond_what_fields_hold(text: bytes) -> None:
    data = b"".join(head + text + b"\n" for head in (PREFIX, WITH_ID, OUT, SCANNER))
    data = WITH_ID + b"<= a@example.org H=m [192.0.2.10]:53500 P=esmtp S=1 id=x\n" + data
    assert_all_accounted_for(read(data), data)


@pytest.mark.parametrize(
    "line",
    [
        b"0000:00:00-00:00:00 utm exim-in[1]: text",
        b"0001:01:01-00:00:00 utm exim-in[1]: 0001-01-01 00:00:00 +0100 text",
        b"9999:12:31-23:59:59 utm exim-in[1]: 9999-12-31 23:59:59 -0100 text",
        b"2019:02:30-11:04:40 utm exim-in[1]: text",
        b"2019:06:10-24:00:00 utm exim-in[1]: text",
        b"2019:06:10-11:04:40 utm exim-in[1]: 2019-06-10 11:04:40 +9999 text",
        b"2019:06:10-11:04:40 utm exim-in[99999999999]: 2019-06-10 11:04:40 text",
        b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 zzzzzz-zzzzzz-zz Completed",
        b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 000000-000000-00 Completed",
        b"2019:06:10-11:04:40 utm exim-in[9103]: [0/0] 2019-06-10 11:04:40 text",
        b"2019:06:10-11:04:40 utm exim-in[9103]: [5/2] 2019-06-10 11:04:40 text",
        b"2019:06:10-11:04:40 utm exim-in[9103]: [9999\\9999] text",
        b"2019:06:10-11:04:40",
        b"<30>",
    ],
)
def test_odd_heads(line: bytes) -> None:
    good = WITH_ID + b"<= a@example.org H=m [192.0.2.10]:53500 P=esmtp S=1 id=x\n"
    data = good + line + b"\n" + good.replace(b"id=x", b"id=y")
    result = read(data)
    assert_all_accounted_for(result, data)
    stamps = [document["@timestamp"] for document in result.events + result.messages]
    assert all(1970 <= datetime.fromisoformat(stamp).year < 9999 for stamp in stamps)


HOSTILE = {
    "parentheses in HELO": (PREFIX + b"H=(", b") [", b"] F=<a@example.org> rejected RCPT <b@example.com>: no"),
    "brackets as a host": (OUT, b"[", b" Connection refused"),
    "marks after the sender": (WITH_ID + b"<= a@example.org H=m [192.0.2.10]:1 P=esmtp", b" K", b" (x"),
    "items after the address": (OUT + b"=> bob@example.net", b" a=b", b" (x"),
    "items of a failure": (OUT + b"** bob@example.net", b" a=b", b" (x"),
    "items of a deferral": (OUT + b"== bob@example.net R=x", b" K", b" (x"),
    "quotes in a reply": (OUT + b'=> bob@example.net R=r T=t H=m [203.0.113.5]:25 C="', b'"', b""),
    "backslashes in a reply": (OUT + b'=> bob@example.net R=r T=t H=m [203.0.113.5]:25 C="', b"\\", b'"'),
    "backslashes in a subject": (WITH_ID + b'<= a@example.org H=m [192.0.2.10]:1 P=esmtp S=1 T="', b"\\", b'"'),
    "quotes in a subject": (SCANNER + b'id="1000" sys="SecureMail" subject="', b'" a="', b'" queueid="x" size="1"'),
    "queue ids in a subject": (SCANNER + b'id="1000" sys="SecureMail" subject="', b'" queueid="', b""),
    "letters before a quote": (SCANNER + b'id="1000" sys="SecureMail" ', b"a", b""),
    "recipients of a disposition": (SCANNER + b'id="1000" sys="SecureMail" to="', b'"a"@b,', b'" subject="x"'),
    "quoted senders": (WITH_ID + b"<= ", b'"', b" H=m [192.0.2.10]:1 P=esmtp S=1"),
    "escaped senders": (WITH_ID + b"<= ", b"\\a", b" H=(x"),
    "angle brackets": (PREFIX + b"[192.0.2.10] F=<", b'"<>', b"> R=<b@example.com> Accepted: from relay"),
    "recipients at the end": (WITH_ID + b"<= a@example.org P=esmtp S=1 id=x@y", b" for a@b", b""),
    "signature tags": (WITH_ID + b"DKIM: d=example.net s=s c=a/b a=c i=", b" t=1", b" [x"),
    "results of a signature": (WITH_ID + b"DKIM: d=example.net s=s c=a/b a=c i=", b" [x]", b"["),
    "verdict list": (WITH_ID + b"ctasd reports 'Unknown' RefID:", b"a=b,,", b""),
    "hosts in a reason": (OUT + b"== bob@example.net defer (-1): SMTP error", b" host a [", b""),
    "colons in a reason": (OUT + b"** bob@example.net", b": ", b""),
    "input of a client": (PREFIX + b'SMTP syntax error in "', b'\\"', b" H=x"),
    "at signs in a Message-ID": (WITH_ID + b"<= a@example.org H=m [192.0.2.10]:1 P=esmtp S=1 id=", b"@", b""),
    "pieces of a Message-ID": (WITH_ID + b"<= a@example.org H=m [192.0.2.10]:1 P=esmtp S=1 id=", b'a@b T="', b""),
    "spaces": (WITH_ID, b" ", b""),
    "newlines made of parts": (PREFIX + b"[1/2] ", b"\\n", b""),
    "a digit": (b"", b"1", b""),
    "a time": (b"", b"2019:06:10-11:04:40 ", b""),
    "nothing": (b"", b"\0", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_is_read_quickly(name: str) -> None:
    begin, middle, end = HOSTILE[name]
    data = begin + middle * (MEGABYTE // len(middle)) + end + b"\n"
    with at_most(2):
        result = read(data)
    assert_all_accounted_for(result, data)


def test_a_real_megabyte_keeps_its_text(tmp_path: Path) -> None:
    line = (
        SCANNER + b'id="1000" sys="SecureMail" subject="' + b"x" * MEGABYTE + b'" queueid="1haLql-0002Mh-MA" size="1"'
    )
    first = SCANNER + b"1haLql-0002Mh-MA <= a@example.org R=1haLqi-0002Mp-2G P=INPUT S=1"
    log = tmp_path / "smtp.log"
    log.write_bytes(gzip.compress(first + b"\n" + line + b"\n"))
    result = run(log)
    assert [event["event"]["original"] for event in result.events] == [first.decode(), line.decode()]
