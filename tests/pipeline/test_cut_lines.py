"""Lines that rotation cut in two, where more than one log could hold the other part."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline.running import dead_letters, run, write_log

ZONE = {"zone": "Europe/Berlin"}


def opened(second: int, port: int) -> bytes:
    return (
        b"2019:06:10-10:00:%02d utm exim-in[4711]: 2019-06-10 10:00:%02d SMTP connection from [192.0.2.10]:%d"
        b" (TCP/IP connection count = 1)" % (second, second, port)
    )


def test_logs_of_one_second_are_told_apart_by_their_whole_lines(tmp_path: Path) -> None:
    """The last two begin with half of a line, in the same second, and the middle one ends in it."""
    lines = [opened(0, 1), opened(1, 2), opened(1, 3), opened(1, 4), opened(1, 5), opened(2, 6)]
    whole = run(write_log(tmp_path / "whole.log", lines), **ZONE)
    text = b"".join(line + b"\n" for line in lines)
    first, second = text.index(lines[1]) + 40, text.index(lines[3]) + 40
    logs = {"smtp.log.2": text[:first], "smtp.log.1": text[first:second], "smtp.log.0": text[second:]}
    for name, data in logs.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in logs]
    assert dead_letters(*paths, **ZONE) == []
    assert sorted(run(*paths, **ZONE).event_ids) == sorted(whole.event_ids)
