"""Shapes of lines: what programs write is left, and nothing else ever is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.diagnosis.lines import vocabulary
from shipper.report.shapes import Shape, known_words, shape_of, shapes_of

WORDS = vocabulary()
PLACEHOLDERS = {"N", "ID", "IP", "HOST", "ADDRESS", "TIME"}


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (
            "rejected EHLO or HELO foo.example: syntactically invalid argument(s): (no argument given)",
            "rejected EHLO or HELO HOST: syntactically invalid argument(s): (no argument given)",
        ),
        (
            "no IP address found for host mx1.example.org (during SMTP connection from [192.0.2.1]:4711)",
            "no IP address found for host HOST (during SMTP connection from [IP]:N)",
        ),
        (
            'H=mail.example.net (Bob-PC) [2001:db8::1]:25 F=<alice@example.net> A=plain:bob.smith: "Dear Alice Meier"',
            "H=HOST (*) [IP]:N F=* A=plain:HOST: *",
        ),
        (
            "1haLqi-0002Mp-2G 1p5fQT-00000000abc-0def cannot open /var/spool/input/bob.txt: Permission denied (uid=8)",
            "ID ID cannot open /*/spool/input/HOST: Permission denied (uid=N)",
        ),
        (
            "Subject: Kündigung für Müller, Tel. +49 30 12345678, gestern 12:30:45, bob@home",
            "Subject: *, *. +N N N, * TIME, ADDRESS",
        ),
        ("user=alice uid=alice's logged-in at 2024-03-01 last_login", "user=* uid=*'s logged-in at N last_login"),
        ("error:14094412:SSL routines: sslv3 alert bad certificate.", "error:N:SSL routines: * alert bad certificate."),
        ("session 00:1b:44:11:3a:b7 fe80:0:0:0:1:2:3:4 a:b:c ::: beef:cafe", "session * IP * ::: *:*"),
        ("*** one * two ***", "* one * two *"),
        ("", ""),
    ],
)
def test_a_shape(line: str, shape: str) -> None:
    assert shape_of(line, WORDS) == shape


def test_lines_that_differ_in_what_is_masked_have_one_shape() -> None:
    lines = [f"cannot open {name} for user{number}" for number, name in enumerate(("a.b", "c.d", "e.f"))]

    assert shapes_of([*lines, "bad host", "bad file"], WORDS) == (
        Shape("cannot open HOST for *", 3),
        Shape("bad file", 1),
        Shape("bad host", 1),
    )


def test_a_long_line_has_a_short_shape() -> None:
    shape = shape_of("cannot open " * 1000, WORDS)

    assert shape.endswith(" *")
    assert len(shape) <= 202


@pytest.mark.parametrize(
    "line",
    ["a" * 10**6, "<" * 10**6, '"' * 10**6, ":" * 10**6, "a.-_" * 10**5, "1:" * 10**5, "a@" * 10**5, "[1." * 10**5],
)
def test_no_line_takes_long(line: str) -> None:
    begun = time.process_time()
    shape_of(line, WORDS)

    assert time.process_time() - begun < 0.5


def test_the_vocabulary_is_of_programs() -> None:
    assert {"connection", "syntactically", "during", "own"} <= known_words(["our Own words"])
    assert not {"alice", "bob", "carol", "example", "invoice", "meier", "smith"} & WORDS


@given(st.text(max_size=300) | st.text("ab:.@-_ <>\"'[]()=/0123456789fé\n", max_size=300))
def test_nothing_but_words_of_the_vocabulary_is_ever_left(line: str) -> None:
    shape = shape_of(line, WORDS)
    rest = re.sub(rf"(?<![A-Za-z])(?:{'|'.join(PLACEHOLDERS)})(?![A-Za-z])", "*", shape)
    left = set(re.findall(r"[^\W\d_]{2,}|\d", rest))

    assert {word for word in left if word.lower() not in WORDS} == set()
    assert shape.isascii()
    assert "\n" not in shape


@given(st.lists(st.sampled_from(["alice", "bob", "Meier", "geheim", "x7", "a.b", "ü"]), min_size=1).map(" ".join))
def test_words_of_people_are_never_left(line: str) -> None:
    assert set(re.findall(r"[a-z]+", shape_of(line, WORDS))) == set()
