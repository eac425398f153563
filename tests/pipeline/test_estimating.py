"""Counting by heads and sampling, against what the generator knows and what reading in full finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.parse.head import local_second, read_head
from shipper.pipeline.preparing import prepare
from shipper.pipeline.sampling import Extent, Stretch, sampled, stretches
from shipper.pipeline.surveying import survey
from shipper.pipeline.timing import Reading
from shipper.report.estimate import Counted, estimated, host_days
from shipper.settings import Settings
from shipper.sources.files import LogFile, find_logs
from tests.generator import FORMS, Traffic, archive_traffic, generate, render
from tests.generator.archive import day_of, write_months

ARCHIVE = archive_traffic(2, messages=2400)
START = datetime(2019, 6, 10, 8, tzinfo=UTC)


def told(what: str) -> None:
    raise AssertionError(what)


def counted(files: Sequence[LogFile], reading: Reading = Reading()) -> Counted:  # noqa: B008 - a frozen value
    return survey(files, reading, on_notice=told).counted


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> list[LogFile]:
    folder = tmp_path_factory.mktemp("archive")
    write_months(ARCHIVE.lines, folder)
    return find_logs([str(folder)])


def days_of(traffic: Traffic) -> Counter[tuple[str, date]]:
    """How many lines each host wrote on each day of its own clock, by the generator."""
    days: dict[str, str] = {}
    found: Counter[tuple[str, date]] = Counter()
    for line in traffic.lines:
        days[line.host] = day_of(line.text, days.get(line.host, ""))
        if line.text:
            found[line.host, date.fromisoformat(days[line.host])] += 1
    return found


def test_lines_days_and_missing_days_are_those_of_the_truth(archive: list[LogFile]) -> None:
    days = days_of(ARCHIVE)
    found = counted(archive)

    assert found == Counted(
        logs=len(archive),
        bytes=sum(len(line.text) + 1 for line in ARCHIVE.lines),
        lines=len(ARCHIVE.lines),
        ignored=len(ARCHIVE.ignored),
        unreadable=0,
        hosts=host_days((host, day, count) for (host, day), count in days.items()),
    )
    for host in found.hosts:
        own = {day for name, day in days if name == host.host}
        period = [date.fromordinal(n) for n in range(min(own).toordinal(), max(own).toordinal() + 1)]
        assert [day for first, last in host.missing for day in period if first <= day <= last] == [
            day for day in period if day not in own
        ]
        assert host.missing_days == len(period) - len(own) > 0


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_line_is_counted(form: str, tmp_path: Path) -> None:
    traffic = generate(5, messages=60, start=START)
    log = tmp_path / "smtp-2019-06-10.log"
    log.write_bytes(b"".join(text + b"\n" for text in render(traffic.lines, form)))
    found = counted(find_logs([str(log)]), Reading(host="utm"))

    assert (found.lines, found.ignored, found.unreadable) == (len(traffic.lines), len(traffic.ignored), 0)
    assert {(host.host, day): lines for host in found.hosts for day, lines in host.lines_of_days.items()} == {
        ("utm", day): lines for (_, day), lines in days_of(traffic).items()
    }


def test_lines_that_are_left_out(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(
        b"2019:06:10-11:04:41 utm exim-in[1]: a\n\n \t\nno time at all\n2019:13:10-11:04:41 utm exim-in[1]: b\n"
        b"2019:06:10-25:04:41 utm exim-in[1]: c\n2019:06:11-11:04:41 utm kernel: d\n06:10-11:04:41 utm smtpd[1]: e\n"
        b"2019:06:10-11:04:41 smtpd[1]: the host is lost"
    )
    found = counted(find_logs([str(log)]), Reading(host="mine", ignore=[re.compile("kernel: ")]))
    assert found == Counted(
        logs=1,
        bytes=log.stat().st_size,
        lines=9,
        ignored=3,
        unreadable=3,
        hosts=host_days([("utm", date(2019, 6, 10), 2), ("mine", date(2019, 6, 10), 1)]),
    )


def test_times_that_do_not_exist(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(
        b"2019:06:10-23:59:60 utm exim-in[1]: a\n2019:13:10-11:04:41 utm exim-in[1]: b\n2019:06:10-24:00:00 utm a: c\n"
        b"2019:02:29-11:04:41 utm exim-in[1]: d\n1969:06:10-11:04:41 utm exim-in[1]: e\n2019:06:10-11:60:00 utm a: f\n"
    )
    found = counted(find_logs([str(log)]))
    assert (found.lines, found.ignored, found.unreadable) == (6, 0, 5)
    assert found.hosts == host_days([("utm", date(2019, 6, 10), 1)])


def test_a_year_that_earlier_lines_tell(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"2018:12:31-23:59:58 utm smtpd[1]: a\n01:01-00:00:01 utm smtpd[1]: b\n")
    (host,) = counted(find_logs([str(log)])).hosts
    assert dict(host.lines_of_days) == {date(2018, 12, 31): 1, date(2019, 1, 1): 1}


def test_a_year_that_nothing_tells(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"06:10-11:04:41 utm smtpd[1]: a\n06:10-11:04:42 utm smtpd[1]: b\n")
    assert counted(find_logs([str(log)])) == Counted(1, log.stat().st_size, 2, 0, 2, ())


def test_a_year_that_only_later_lines_tell(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(
        b"12:31-23:59:58 utm smtpd[1]: a\n12:31-23:59:59 utm smtpd[1]: b\n"
        b"01:01-00:00:01 utm smtpd[1]: 1ge7Sz-0001Kc-Q1 c\n"
        b"01:02-00:00:00 utm smtpd[1]: d\n"
    )
    (host,) = counted(find_logs([str(log)])).hosts
    assert dict(host.lines_of_days) == {date(2018, 12, 31): 2, date(2019, 1, 1): 1, date(2019, 1, 2): 1}


_WORDS = ["<22>", "Jun 10 11:04:41 relay ", "2019:", "2019: ", "06:10-11:04:41 ", "06:31-11:04:41 ", "06:10-24:04:41 "]
_WORDS += ["utm ", "ut:m ", "utm: ", "exim-in[9103]", "exim-in[x]", "kernel", ": ", ":", " ", "text", "\xe9", "]"]


@given(st.lists(st.sampled_from(_WORDS), max_size=9))
def test_the_short_way_says_what_the_whole_head_says(words: list[str]) -> None:
    data = "".join(words).encode("latin-1")
    head = read_head(data)
    readable = head is not None and local_second(head.year or 2000, head.stamp) is not None
    found = counted([_OneLine("x", data=data)], Reading(host="none", year=2019))
    wanted = {head.host or "none"} if head and readable else set()
    assert {host.host for host in found.hosts} == wanted
    assert (found.ignored, found.unreadable) == (int(not data.strip()), int(bool(data.strip()) and not readable))


class _OneLine(LogFile, frozen=True):
    data: bytes = b""

    def lines(self, report, on_bytes=None):  # type: ignore[no-untyped-def]
        from shipper.model import LogLine

        yield LogLine(self.data, "x", 0)


# Sampling


def test_few_lines_are_all_parsed_and_nothing_is_guessed(archive: list[LogFile]) -> None:
    found = survey(archive, Reading(), on_notice=told)
    sample = sampled(archive, found.lines_of_logs, prepare(Settings()), Extent())
    assert (sample.is_all, sample.lines, sample.messages) == (True, len(ARCHIVE.lines), len(ARCHIVE.messages))
    assert estimated(found.counted, sample).documents == len(list(ARCHIVE.events)) + len(ARCHIVE.messages)


@pytest.mark.parametrize(("extent", "most_off"), [(Extent(6000, 500), 0.2), (Extent(12_000, 1500), 0.1)])
def test_of_many_lines_a_part_tells_the_rest(archive: list[LogFile], extent: Extent, most_off: float) -> None:
    found = survey(archive, Reading(), on_notice=told)
    sample = sampled(archive, found.lines_of_logs, prepare(Settings()), extent)
    assert not sample.is_all
    assert extent.lines / 2 < sample.lines < extent.lines * 1.5 < len(ARCHIVE.lines)
    estimate = estimated(found.counted, sample)
    assert estimate.messages == pytest.approx(len(ARCHIVE.messages), rel=most_off)
    assert estimate.documents == pytest.approx(len(list(ARCHIVE.events)) + len(ARCHIVE.messages), rel=most_off / 5)


def test_the_rest_of_a_message_that_began_before_is_none_of_its_own(tmp_path: Path) -> None:
    """Of lines of a busy hour in short stretches, most hold the ends of messages whose beginnings others hold."""
    traffic = generate(31, messages=300, start=START, rate=15)
    log, lines = tmp_path / "smtp.log", len(traffic.lines)
    log.write_bytes(traffic.text)
    sample = sampled(find_logs([str(log)]), (lines,), prepare(Settings()), Extent(lines - 1, 200))
    assert sample.messages / sample.lines * lines == pytest.approx(len(traffic.messages), rel=0.1)


def test_stretches_are_spread_and_none_is_read_twice() -> None:
    files = [LogFile(name) for name in "abc"]
    found = stretches(files, [1000, 0, 10], Extent(lines=300, stretch=100))
    assert found == [
        Stretch("a", first=100, count=100),
        Stretch("a", first=500, count=100),
        Stretch("a", first=800, count=100),
    ]


def test_a_stretch_is_these_lines(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(10)))
    stretch = Stretch(str(log), first=3, count=2)
    assert [(line.data, line.offset) for line in stretch.lines(told)] == [(b"line 3", 21), (b"line 4", 28)]
