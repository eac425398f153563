"""The head of a line: six prefix forms, Exim's and smtpd's own items, split entries, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.parse.head import begins_like_a_line, local_second, read_head

ID, LONG_ID = "1haLqi-0002Mp-2G", "1sTYGK-000000006ZN-0feA"
FIELDS = ("year", "stamp", "host", "process", "pid", "role", "queue_id", "text")


def parts(line: bytes) -> tuple[Any, ...]:
    head = read_head(line)
    assert head is not None
    return tuple(getattr(head, name) for name in FIELDS)


EXIM = "exim-in[9103]: 2019-06-10 11:04:40 1haLqi-0002Mp-2G text"
SMTPD = "smtpd[9095]: SCANNER[9095]: 1haLqi-0002Mp-2G text"
AT = "06:10-11:04:40"
EXIM_FIELDS = ("exim-in", 9103, None, ID, "text")
SMTPD_FIELDS = ("smtpd", 9095, "SCANNER", ID, "text")


@pytest.mark.parametrize(
    ("prefix", "year", "host"),
    [
        ("2019:06:10-11:04:40 utm ", 2019, "utm"),
        ("<30>2019:06:10-11:04:40 utm ", 2019, "utm"),
        ("Jun 10 11:04:41 192.0.2.1 2019: 06:10-11:04:40 utm ", 2019, "utm"),
        ("<22>Jun  1 11:04:41 relay.example.com 2019: 06:10-11:04:40 utm ", 2019, "utm"),
        ("Nov 23 08:34:47 localhost 2019:06:10-11:04:40 utm ", 2019, "utm"),
        ("Nov 23 08:34:47 localhost <22>2019:06:10-11:04:40 utm ", 2019, "utm"),
        ("2026-11-23T08:34:47.063490+00:00 localhost 2019: 06:10-11:04:40 utm ", 2019, "utm"),
        ("<22>2026-11-23T08:34:47Z localhost 2019: 06:10-11:04:40 utm ", 2019, "utm"),
        ("<22>1 2026-11-23T08:34:47.063490+00:00 localhost 2019 - - - 06:10-11:04:40 utm ", 2019, "utm"),
        ("<22>1 2026-11-23T08:34:47-03:30 localhost 2019 - - - 06:10-11:04:40 ", 2019, None),
        (
            '<13>1 2026-11-23T08:34:47Z relay - - - [meta id="1" x="a\\]b"][y z="1"] <22>2019:06:10-11:04:40 utm ',
            2019,
            "utm",
        ),
        ("2019:06:10-11:04:40 ", 2019, None),
        ("2019:06:10-11:04:40 utm-1.example.com ", 2019, "utm-1.example.com"),
    ],
)
def test_prefix_forms(prefix: str, year: int, host: str | None) -> None:
    """Those with localhost are what rsyslog 8.2302 and syslog-ng 3.38 made of a UTM's messages, by their templates."""
    assert parts((prefix + EXIM).encode()) == (year, AT, host, *EXIM_FIELDS)
    assert parts((prefix + SMTPD).encode()) == (year, AT, host, *SMTPD_FIELDS)


def test_a_lost_year_is_exims_own_where_it_has_one() -> None:
    assert parts(f"06:10-11:04:40 utm {EXIM}".encode()) == (2019, AT, "utm", *EXIM_FIELDS)
    assert parts(f"06:10-11:04:40 utm {SMTPD}".encode()) == (None, AT, "utm", *SMTPD_FIELDS)


def test_a_lost_pid_is_the_one_that_the_program_repeats() -> None:
    assert parts(b"2019:06:10-11:04:40 utm smtpd: SCANNER[9095]: text")[4] == 9095
    assert parts(b"2019:06:10-11:04:40 utm exim-in: 2019-06-10 11:04:40 [77] text")[4] == 77
    assert parts(b"2019:06:10-11:04:40 utm exim-in: 2019-06-10 11:04:40 text")[4] is None


@pytest.mark.parametrize(
    ("items", "zone"),
    [("", None), (".123", None), (" +0200", 7200), (" -0330", -12600), (" [9103]", None), (".123 +0545 [9103]", 20700)],
)
def test_items_behind_exims_time(items: str, zone: int | None) -> None:
    line = f"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40{items} {ID} text".encode()
    head = read_head(line)
    assert head is not None
    assert (head.zone, head.queue_id, head.text) == (zone, ID, "text")


@pytest.mark.parametrize(
    ("body", "queue_id", "text"),
    [
        (f"{LONG_ID} Completed", LONG_ID, "Completed"),
        (ID, ID, ""),
        (f"{ID}x Completed", None, f"{ID}x Completed"),
        (f"{ID[:-1]} Completed", None, f"{ID[:-1]} Completed"),
        (f" {ID} Completed", None, f" {ID} Completed"),
        (f"SMTP command {ID} Completed", None, f"SMTP command {ID} Completed"),
        (f"E{ID} Completed", None, f"E{ID} Completed"),
        ("1haLqi-000000006ZN-0feA ok", "1haLqi-000000006ZN-0feA", "ok"),
        ("1haLqi-0002M\u00e4-2G ok", None, "1haLqi-0002M\u00e4-2G ok"),
    ],
)
def test_only_a_whole_id_at_the_beginning_is_one(body: str, queue_id: str | None, text: str) -> None:
    head = read_head(f"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 {body}".encode())
    assert head is not None
    assert (head.queue_id, head.text) == (queue_id, text)


@pytest.mark.parametrize(
    ("entry", "part", "count", "break_after", "queue_id", "text"),
    [
        ("[1/2] 2019-06-10 11:04:40 1haLqi-0002Mp-2G <= a", 1, 2, False, ID, "<= a"),
        ("[1\\3] 2019-06-10 11:04:40 1haLqi-0002Mp-2G H=x", 1, 3, True, ID, "H=x"),
        ("[2/2] rest", 2, 2, False, None, "rest"),
        (
            "[2\\3] 2019-06-10 11:04:40 1haLqi-0002Mp-2G Completed",
            2,
            3,
            True,
            None,
            f"2019-06-10 11:04:40 {ID} Completed",
        ),
        ("[3/3] SCANNER[1]: 1haLqi-0002Mp-2G x", 3, 3, False, None, f"SCANNER[1]: {ID} x"),
        ("2019-06-10 11:04:40 [1/2] x", 1, 1, False, None, "[1/2] x"),
    ],
)
def test_parts_of_a_split_entry(
    entry: str, part: int, count: int, break_after: bool, queue_id: str | None, text: str
) -> None:
    """Only the first part has a time and an id; what looks like one in a later part was chosen by a sender."""
    head = read_head(f"2019:06:10-11:04:40 utm exim-in[9103]: {entry}".encode())
    assert head is not None
    found = (head.part, head.parts, head.break_after, head.queue_id, head.text)
    assert found == (part, count, break_after, queue_id, text)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"text",
        b"2019:06:10-11:04:40",
        b"2019-06-10 11:04:40 utm exim-in[9103]: text",
        b"2019:6:10-11:04:40 utm exim-in[9103]: text",
        b" 2019:06:10-11:04:40 utm exim-in[9103]: text",
        b"x2019:06:10-11:04:40 utm exim-in[9103]: text",
        "２０１９:06:10-11:04:40 utm exim-in[9103]: text".encode(),
    ],
)
def test_lines_without_a_readable_time(line: bytes) -> None:
    assert read_head(line) is None
    assert not begins_like_a_line(line + b" rest" if line.endswith(b"x") else line)


@pytest.mark.parametrize(
    ("line", "text", "encoding"),
    [
        (b"2019:06:10-11:04:40 utm cssd[1]: gr\xc3\xbc\xc3\x9fe", "gr\u00fc\u00dfe", None),
        (b"2019:06:10-11:04:40 utm cssd[1]: gr\xfc\xdfe", "gr\u00fc\u00dfe", "latin-1"),
        (b"2019:06:10-11:04:40 utm cssd[1]: a\x00b\x85\x1c", "a\x00b\x85\x1c", "latin-1"),
    ],
)
def test_bytes_that_are_no_utf_8_are_kept(line: bytes, text: str, encoding: str | None) -> None:
    head = read_head(line)
    assert head is not None
    assert (head.text, head.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("year", "stamp", "second"),
    [
        (1971, "01:01-00:00:00", 31536000),
        (1970, "12:31-23:59:59", None),
        (2106, "01:01-00:00:00", None),
        (2019, "06:10-11:04:40", 1560164680),
        (2020, "02:29-23:59:59", 1583020799),
        (2019, "02:29-00:00:00", None),
        (2019, "13:01-00:00:00", None),
        (2019, "06:00-00:00:00", None),
        (2019, "06:10-24:00:00", None),
        (2019, "06:10-11:60:00", None),
        (2016, "12:31-23:59:60", 1483228800),
    ],
)
def test_local_second(year: int, stamp: str, second: int | None) -> None:
    assert local_second(year, stamp) == second
