"""Messages out of a stream, however its bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.sources.syslog.framing import Frames

MESSAGES = [
    b"<30>2019:06:10-11:04:40 utm exim-in[9103]: one",
    b"<22>2019:06:10-11:04:41 utm smtpd[9095]: with \0, \r and \xff",
    b"2019:06:10-11:04:41 utm smtpd[9095]: no priority",
]
LINES = b"".join(message + b"\n" for message in MESSAGES)
COUNTED = b"".join(b"%d %s" % (len(message), message) for message in MESSAGES)
NO_FRAME = "bytes stand where the length of a message should"


def read(*pieces: bytes, largest: int = 1000) -> tuple[list[bytes], str, int, bool]:
    """All messages, what broke the stream, how many were too long, whether it ends within one."""
    frames = Frames(largest)
    messages = [message for piece in pieces for message in frames.feed(piece)]
    return messages, frames.broken, frames.too_long, frames.is_inside


@pytest.mark.parametrize("stream", [LINES, COUNTED, LINES[LINES.index(b"2019") :]], ids=["lines", "counted", "no PRI"])
def test_cut_at_every_byte(stream: bytes) -> None:
    whole = read(stream)
    assert whole[0][-2:] == MESSAGES[-2:]
    assert whole[1:] == ("", 0, False)
    for at in range(len(stream) + 1):
        assert read(stream[:at], stream[at:]) == whole
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == whole


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", ([], "", 0, False)),
        (b"\n\0\r\n", ([], "", 0, False)),
        (b"<1>a\n\n<1>b\n", ([b"<1>a", b"", b"<1>b"], "", 0, False)),
        (b"<1>a\n<1>b", ([b"<1>a"], "", 0, True)),
        (b"<1>a\r\n", ([b"<1>a\r"], "", 0, False)),
        (b"2019:06:10-11:04:40 utm\n", ([b"2019:06:10-11:04:40 utm"], "", 0, False)),
        (b"06:10-11:04:40 utm\n", ([b"06:10-11:04:40 utm"], "", 0, False)),
        (b"4 a\nbc5 defgh", ([b"a\nbc", b"defgh"], "", 0, False)),
        (b"2 ab\n2 cd\0", ([b"ab", b"cd"], "", 0, False)),
        (b"5 abc", ([], "", 0, True)),
        (b"12", ([], "", 0, True)),
        (b"2 ab3", ([b"ab"], "", 0, True)),
    ],
)
def test_streams_that_can_be_read(stream: bytes, expected: tuple[list[bytes], str, int, bool]) -> None:
    assert read(stream) == expected


@pytest.mark.parametrize(
    ("stream", "messages", "why"),
    [
        (b"99999999999 <1>a", [], NO_FRAME),
        (b"1001 " + b"x" * 2000, [], "a message of 1,001 bytes is announced"),
        (b"2 ab<1>c\n", [b"ab"], NO_FRAME),
        (b"2 ab2019:06:10", [b"ab"], NO_FRAME),
        (b"2 ab02 cd", [b"ab"], NO_FRAME),
    ],
)
def test_what_is_no_frame_breaks_the_stream(stream: bytes, messages: list[bytes], why: str) -> None:
    assert read(stream)[:2] == (messages, why)
    assert read(*(stream[at : at + 1] for at in range(len(stream))))[:2] == (messages, why)
    assert read(stream, b"2 xy", LINES)[:2] == (messages, why)


def test_a_line_that_is_too_long_is_left_out_alone() -> None:
    long = b"<1>" + b"x" * 998
    stream = b"<1>a\n" + long[:-1] + b"\n" + long + b"\n<1>b\n" + long
    expected = ([b"<1>a", long[:-1], b"<1>b"], "", 2, True)
    assert read(stream) == expected
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == expected


def test_memory_stays_within_one_message() -> None:
    frames = Frames(1000)
    for _ in range(100):
        frames.feed(b"x" * 900)
        assert len(frames._rest) <= 1000


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


STREAM_BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="0123456789 <>\n\r\0a", max_size=60).map(str.encode),
    st.lists(st.binary(max_size=30)).map(lambda all: b"".join(b"%d %s" % (len(one), one) for one in all if one)),
)


@given(STREAM_BYTES, st.lists(st.integers(0, 1000), max_size=8), st.integers(1, 40))
def test_any_cutting_of_any_bytes_gives_the_same(data: bytes, cuts: list[int], largest: int) -> None:
    messages, broken, too_long, is_inside = read(*pieces(data, cuts), largest=largest)
    whole = read(data, largest=largest)
    assert (messages, broken, too_long) == whole[:3]
    assert is_inside == whole[3] or broken
    assert all(len(message) <= largest for message in messages)


@given(st.lists(st.binary(min_size=1, max_size=40)), st.lists(st.integers(0, 1000), max_size=8))
def test_counted_messages_come_out_as_they_went_in(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(b"%d %s" % (len(message), message) for message in messages)
    assert read(*pieces(stream, cuts)) == (messages, "", 0, False)


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(0, 1000), max_size=8))
def test_lines_come_out_as_they_went_in(texts: list[bytes], cuts: list[int]) -> None:
    messages = [b"<1>" + text.replace(b"\n", b"") for text in texts]
    stream = b"".join(message + b"\n" for message in messages)
    assert read(*pieces(stream, cuts)) == (messages, "", 0, False)
