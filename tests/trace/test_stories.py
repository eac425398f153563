"""Each message is told with all its lines and no other ones: those that the generator wrote for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shipper.model import StageEvent
from shipper.retrieval import queue_ids_of, read_logs
from shipper.sources.files import find_logs
from shipper.trace.candidates import candidates_of
from shipper.trace.own_lines import own_lines
from shipper.trace.stage_events import stage_event
from shipper.trace.story import Story, stories_of
from tests.comparison import identity
from tests.generator import Traffic, generate, merge, render
from tests.generator.dialects import DIALECTS
from tests.pipeline.running import preparation, write_log
from tests.trace.truth import Truth, as_told

START = datetime(2019, 6, 10, 8, tzinfo=UTC)


def stories(log: Path) -> list[Story]:
    with read_logs(find_logs([str(log)]), preparation(), on_notice=lambda words: None) as archive:
        return list(stories_of(archive, archive.messages()))


def told(traffic: Traffic, folder: Path) -> list[Story]:
    return stories(write_log(folder / "smtp.log", render(traffic.lines, "P1")))


@pytest.mark.parametrize(("dialect", "rate"), [*((dialect, 600) for dialect in DIALECTS), ("4.82", 0.05)])
def test_every_message_with_its_lines(dialect: str, rate: float, tmp_path: Path) -> None:
    """Many sessions at once; and mail that waits for days while the processes' numbers come again."""
    traffic = generate(61, messages=150, start=START, dialect=dialect, rate=rate)
    truth, found = Truth(traffic), told(traffic, tmp_path)

    assert sorted(map(as_told, found), key=str) == truth.stories()
    assert {identity(s.message): s.bounces for s in found if s.bounces} == truth.bounced()
    assert [story.missing for story in found] == [0] * len(found)


def test_gateways_that_make_the_same_ids(tmp_path: Path) -> None:
    """And serve the same clients from the same processes at the same time."""
    gateways = [generate(62, messages=110, start=START, host=host) for host in ("utm-a", "utm-b")]
    traffic = merge(*gateways)

    assert sorted(map(as_told, told(traffic, tmp_path)), key=str) == Truth(traffic).stories()


def test_lines_that_are_gone_are_counted(tmp_path: Path) -> None:
    """Those of a queue id that are there are told, and no line of another message."""
    traffic = generate(63, messages=120, start=START)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    with read_logs(find_logs([str(log)]), preparation(), on_notice=lambda words: None) as archive:
        messages = [message for message in archive.messages() if queue_ids_of(message)]
        candidates = candidates_of(archive, messages)
        for message, found in zip(messages, candidates, strict=True):
            whole = [line["_id"] for line in own_lines(message, found.lines)]
            rest = [line for line in found.lines if line["sophos"]["utm"]["stage"] != "exim-in"]
            left = [line["_id"] for line in own_lines(message, rest)]

            assert left == [id for id in whole if id in {line["_id"] for line in rest}]
            assert Story(message, rest, []).missing == len(whole) - len(rest)


def test_a_line_becomes_the_event_that_it_was_made_of(tmp_path: Path) -> None:
    traffic = generate(64, messages=120, start=START)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    events: list[StageEvent] = []

    def keep(event: StageEvent) -> bool:
        events.append(event)
        return True

    with read_logs(find_logs([str(log)]), preparation(), keep=keep, on_notice=lambda words: None) as archive:
        lines = {line["_id"]: line for line in archive.events()}

    assert [stage_event(lines[event.id], event.order) for event in events] == events


LONG_SESSION = """\
2019:06:10-11:04:40 utm exim-in[2251]: 2019-06-10 11:04:40 SMTP connection from [192.0.2.10]:53500 (TCP/IP connection count = 1)
2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 [192.0.2.10] F=<a@example.net> R=<b@example.com> Accepted: from relay
2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G <= a@example.net H=(mail) [192.0.2.10]:53500 P=esmtp S=900
2019:06:10-13:30:00 utm exim-in[9103]: 2019-06-10 13:30:00 SMTP connection from (mail) [192.0.2.10]:53500 closed by QUIT
2019:06:11-11:04:40 utm exim-in[2251]: 2019-06-11 11:04:40 SMTP connection from [192.0.2.11]:53500 (TCP/IP connection count = 1)
2019:06:11-11:04:41 utm exim-in[9103]: 2019-06-11 11:04:41 SMTP connection from (mail) [192.0.2.11]:53500 closed by QUIT
2019:06:12-11:04:41 utm exim-out[9113]: 2019-06-12 11:04:41 1haLqi-0002Mp-2G == b@example.com R=dnslookup T=remote_smtp defer (110): Connection timed out
"""  # noqa: E501


def test_a_session_that_goes_on_for_hours(tmp_path: Path) -> None:
    """The number of its process comes again while the message still waits."""
    lines = LONG_SESSION.encode().splitlines()
    (story,) = stories(write_log(tmp_path / "smtp.log", lines))

    assert [line["event"]["original"].encode() for line in story.lines] == [*lines[:4], lines[6]]
    assert story.missing == 0
