"""Datagrams and connections on real sockets: what comes in stands in the spool, and trouble stays where it is made."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipper.sources.syslog import connections, intake
from shipper.sources.syslog.intake import Limits
from shipper.sources.syslog.sender_log import Rotation
from shipper.sources.syslog.tally import Tally
from tests.sources.syslog.full_disk import no_file_beyond
from tests.sources.syslog.station import LINE, PATIENCE, Station, is_open, running, wait_until


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with running(tmp_path) as station:
        yield station


def numbered(count: int, mark: bytes = b"") -> list[bytes]:
    return [b"%s %s%d" % (LINE, mark, number) for number in range(count)]


def counted(messages: list[bytes]) -> bytes:
    return b"".join(b"%d %s" % (len(message), message) for message in messages)


def as_lines(messages: list[bytes]) -> bytes:
    return b"".join(message + b"\n" for message in messages)


def test_datagrams(station: Station) -> None:
    station.send_datagrams(LINE, LINE + b"\n", LINE + b"\0", b"", b"\n", b" \r\n", b"a\nb\n", b"x" * 65507)
    station.until(lambda: station.tally.spooled == 5)

    assert station.lines() == [LINE, LINE, LINE, b"a#012b", b"x" * 65507]
    assert station.tally == Tally(udp=5, spooled=5)


def test_both_framings_over_tcp(station: Station) -> None:
    messages = numbered(3)
    station.send(as_lines(messages))
    station.until(lambda: station.tally.spooled == 3)
    station.send(counted([*messages, b"with\nline end\n"]))
    station.until(lambda: station.tally.spooled == 7)

    assert station.lines() == [*messages, *messages, b"with#012line end"]
    assert station.tally == Tally(tcp=7, spooled=7)


@pytest.mark.parametrize("frame", [as_lines, counted])
def test_a_stream_that_comes_byte_by_byte(station: Station, frame: object) -> None:
    messages = numbered(3)
    assert callable(frame)
    with station.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(messages):
            connection.sendall(bytes([byte]))
    station.until(lambda: station.tally.spooled == 3)

    assert station.lines() == messages


def test_a_message_without_an_end_is_left_out_and_counted(station: Station) -> None:
    station.send(as_lines(numbered(2)) + LINE)
    station.until(lambda: station.tally.cut_short)

    assert station.lines() == numbered(2)
    assert station.tally == Tally(tcp=2, spooled=2, cut_short=1)
    assert station.said == ["warning: the connection of 127.0.0.1 ended within a message, which is left out"]


def test_what_came_before_a_connection_broke_is_kept(station: Station) -> None:
    with station.connect() as connection:
        connection.sendall(as_lines(numbered(1000)) + LINE)
        station.until(lambda: station.tally.spooled == 1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    station.until(lambda: station.tally.broken)

    assert station.lines() == numbered(1000)
    assert station.tally == Tally(tcp=1000, spooled=1000, cut_short=1, broken=1)


@pytest.mark.parametrize(
    ("garbage", "why"),
    [
        (b"99999999999 <30>", "bytes stand where the length of a message should"),
        (b"2 abcd", "bytes stand where the length of a message should"),
        (b"65537 <30>", "a message of 65,537 bytes is announced"),
    ],
)
def test_what_is_no_message_closes_its_own_connection_only(station: Station, garbage: bytes, why: str) -> None:
    with station.connect() as other, station.connect() as connection:
        connection.sendall(garbage)
        station.until(lambda: not is_open(connection))
        other.sendall(as_lines([LINE]))
        station.until(lambda: LINE in station.lines())
        assert is_open(other)

    assert station.tally.broken == 1
    assert station.said == [f"warning: the tcp connection of 127.0.0.1 is closed: {why}"]


def test_messages_that_are_too_long_are_dropped_and_counted(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(largest=100)) as station:
        station.send(as_lines([LINE, b"x" * 101, b"y" * 100]))
        station.send_datagrams(b"x" * 101, b"z" * 100)
        station.until(lambda: station.tally.spooled == 3)

    assert sorted(station.lines()) == sorted([LINE, b"y" * 100, b"z" * 100])
    assert station.tally == Tally(tcp=3, udp=2, spooled=3, dropped=2)
    assert station.said == [
        "warning: a message of 127.0.0.1 is longer than 100 bytes (syslog.largest_message): dropped"
    ]


def test_lines_of_other_programs_are_left_out(tmp_path: Path) -> None:
    with running(tmp_path, is_wanted=lambda line: b"exim" in line) as station:
        station.send_datagrams(b"<30>2019:06:10-11:04:40 utm ulogd[1]: x", LINE)
        station.send(as_lines([b"<30>2019:06:10-11:04:40 utm httpproxy[1]: x", LINE]))
        station.until(lambda: station.tally.spooled == 2)

    assert station.lines() == [LINE, LINE]
    assert station.tally == Tally(udp=2, tcp=2, spooled=2, left_out=2)


def test_senders_that_are_not_allowed(station: Station, tmp_path: Path) -> None:
    station.send_datagrams(LINE, LINE, own="127.0.0.3")
    station.until(lambda: station.tally.refused == 2)
    with station.connect(own="127.0.0.3") as connection:
        station.until(lambda: not is_open(connection))
    station.send_datagrams(LINE, own="127.0.0.2")
    station.until(lambda: station.tally.spooled == 1)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["127.0.0.2", "listening.lock"]
    assert station.tally == Tally(udp=1, spooled=1, refused=3)
    assert station.said == ["warning: udp from 127.0.0.3 refused: syslog.allow does not name it"]


def test_more_connections_than_permitted(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(connections=3, connections_per_sender=2)) as station:
        first, second, third = (station.connect() for _ in range(3))
        station.until(lambda: not is_open(third))
        fourth, fifth = (station.connect(own="127.0.0.2") for _ in range(2))
        station.until(lambda: not is_open(fifth))
        first.close()
        fourth.close()
        station.until(lambda: not station.tally.spooled and _sends(station, LINE))
        assert is_open(second)
        for connection in (second, third, fifth):
            connection.close()

    assert station.tally.refused >= 2
    assert station.said[0] == (
        "warning: tcp from 127.0.0.1 refused: 2 of its own are open (syslog.connections_per_sender)"
    )


def _sends(station: Station, line: bytes) -> bool:
    """Whether a new connection is let in by now."""
    with station.connect() as connection:
        connection.sendall(line + b"\n")
        refused = station.tally.refused
        wait_until(lambda: station.tally.spooled or station.tally.refused > refused or not is_open(connection))
        return bool(station.tally.spooled)


def test_a_sender_that_stops_within_a_message_is_closed_and_blocks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_MESSAGE_SECONDS", 0.2)
    with running(tmp_path) as station, station.connect() as slow, station.connect() as silent:
        slow.sendall(b"100 <30>half a mess")
        station.send(as_lines(numbered(100)))
        station.until(lambda: station.tally.spooled == 100)
        station.until(lambda: not is_open(slow))
        assert is_open(silent)
        silent.sendall(LINE[:10])
        station.until(lambda: not is_open(silent))

    assert station.tally == Tally(tcp=100, spooled=100, cut_short=2, broken=2)
    assert station.said[0] == ("warning: the connection of 127.0.0.1 ended within a message, which is left out")


def test_a_message_may_begin_long_after_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_MESSAGE_SECONDS", 0.5)
    with running(tmp_path) as station, station.connect() as connection:
        connection.sendall(as_lines([LINE]))
        station.until(lambda: station.tally.spooled == 1)
        threading.Event().wait(0.7)
        connection.sendall(LINE[:10])
        threading.Event().wait(0.2)
        connection.sendall(LINE[10:] + b"\n")
        station.until(lambda: station.tally.spooled == 2)

    assert station.lines() == [LINE, LINE]
    assert station.said == []


def test_a_silent_connection_is_closed_in_the_end(tmp_path: Path) -> None:
    with running(tmp_path, limits=Limits(idle=0.2)) as station, station.connect() as connection:
        connection.sendall(as_lines([LINE]))
        station.until(lambda: not is_open(connection))

    assert station.lines() == [LINE]
    assert station.tally == Tally(tcp=1, spooled=1, broken=1)
    assert station.said == ["warning: the tcp connection of 127.0.0.1 is closed: nothing more came in time"]


def test_many_senders_at_once_while_files_are_rotated(tmp_path: Path) -> None:
    """Nothing is lost, each connection's lines stay in order, and the files have the size that they may have."""
    count, each = 12, 2000
    with running(tmp_path, rotation=Rotation(100_000, 3600.0)) as station:

        def send(number: int) -> None:
            messages = numbered(each, b"%d of " % number)
            frame = counted if number % 2 else as_lines
            station.send(frame(messages), own=f"127.0.0.{1 + number % 2}")

        threads = [threading.Thread(target=send, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        station.until(lambda: station.tally.spooled == count * each)

    for sender in (0, 1):
        lines = station.lines(f"127.0.0.{1 + sender}")
        files = sorted((tmp_path / f"127.0.0.{1 + sender}").iterdir())
        for number in range(sender, count, 2):
            mark = b"%d of " % number
            assert [line for line in lines if line.startswith(LINE + b" " + mark)] == numbered(each, mark)
        assert len(lines) == each * count // 2
        assert len(files) > 5
        assert all(file.stat().st_size <= 140_000 for file in files)
    assert station.tally == Tally(tcp=count * each, spooled=count * each)


def test_without_room_connections_wait_and_datagrams_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROOM_PAUSE", 0.02)
    messages = numbered(2000, b"x" * 10_000)
    with running(tmp_path, rotation=Rotation(100_000_000, 3600.0)) as station:
        station.send(as_lines([LINE]))
        station.until(lambda: station.tally.spooled == 1)
        with no_file_beyond(100_000):
            thread = threading.Thread(target=station.send, args=(as_lines(messages),))
            thread.start()
            station.until(lambda: station.said)
            station.send_datagrams(LINE, LINE, LINE)
            station.until(lambda: station.tally.dropped == 3)
            threading.Event().wait(0.5)
            assert station.tally.tcp < 100
            assert thread.is_alive()
        thread.join()
        station.until(lambda: station.tally.spooled == 2001)

    assert station.lines() == [LINE, *messages]
    assert station.tally == Tally(udp=3, tcp=2001, spooled=2001, dropped=3)
    assert station.said == ["warning: cannot write the spool of 127.0.0.1: File too large; its connection waits"]


def test_datagrams_that_the_system_dropped_are_counted(tmp_path: Path) -> None:
    """The listener is held up by the first one until far more have come than the system keeps."""
    go_on = threading.Event()
    probes = []
    with running(tmp_path, is_wanted=lambda line: go_on.wait(PATIENCE)) as station:
        for _ in range(1000):
            station.send_datagrams(LINE + b"x" * 60_000)
        go_on.set()
        while station.tally.udp + station.tally.overflowed < 1000:
            probes.append(LINE)  # the system tells of lost datagrams with the next one that it keeps
            station.send_datagrams(LINE)
            threading.Event().wait(0.05)

    tally = station.tally
    assert tally.overflowed > 0
    assert tally.spooled + tally.overflowed == 1000 + len(probes)
    assert tally == Tally(udp=tally.spooled, spooled=tally.spooled, overflowed=tally.overflowed)
    assert station.said[0].endswith(" datagrams came faster than they were read")


def test_an_end_takes_what_was_sent_before(tmp_path: Path) -> None:
    messages = numbered(50_000)
    with running(tmp_path) as station:
        station.send(as_lines(messages))
        station.send_datagrams(*[LINE] * 100, own="127.0.0.2")
        station.stop()

    assert station.lines() == messages
    assert station.lines("127.0.0.2") == [LINE] * 100


def test_an_end_waits_for_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as station, station.connect() as connection:
        connection.sendall(as_lines([LINE]) + b"half")
        station.until(lambda: station.tally.spooled == 1)
        station.stop()
        station.until(lambda: not is_open(connection))

    assert station.tally == Tally(tcp=1, spooled=1, cut_short=1)


def test_an_end_lets_nobody_in_while_others_are_read_to_their_ends(tmp_path: Path) -> None:
    with running(tmp_path) as station, station.connect() as connection:
        connection.sendall(as_lines([LINE]))
        station.until(lambda: station.tally.spooled == 1)
        station.stop()
        for _ in range(6):
            connection.sendall(as_lines([LINE]))
            threading.Event().wait(0.03)
        with pytest.raises(ConnectionRefusedError):
            station.connect()

    assert station.lines() == [LINE] * 7


def test_what_still_waits_for_room_at_the_end_is_dropped_and_counted(tmp_path: Path) -> None:
    with running(tmp_path) as station, no_file_beyond(len(LINE) * 2):
        station.send(as_lines(numbered(10)))
        station.until(lambda: station.said)
        station.stop()
        station.until(lambda: station.tally.dropped)

    assert station.tally.spooled + station.tally.dropped == station.tally.tcp == 10


def test_finished_files_are_offered_for_deletion(tmp_path: Path) -> None:
    offered: list[list[Path]] = []
    for _ in range(2):
        with running(tmp_path, clean_up=offered.append) as station:
            station.send(as_lines([LINE]))
            station.until(lambda: station.tally.spooled)

    assert [len(files) for files in offered] == [0, 1]
