"""`utm-shipper listen` as a process: how it begins, ends, is killed, and that its files are read like the UTM's own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shipper.model import Checkpoint
from shipper.state.store import open_store
from tests.generator import generate, render
from tests.pipeline.running import Result, run, write_log
from tests.sources.syslog.full_disk import no_file_beyond
from tests.sources.syslog.process import MAIL, Listening, as_lines, listening
from tests.sources.syslog.station import LINE, PATIENCE, spooled, wait_until

START = datetime(2019, 6, 10, 7, tzinfo=UTC)
SUMMARY = re.compile(
    r"utm-shipper: received [\d,]+ messages \(udp ([\d,]+), tcp ([\d,]+), tls [\d,]+\) = ([\d,]+) spooled"
    r" \+ ([\d,]+) left out \+ ([\d,]+) dropped; besides: .*\n"
)


def failing(*options: str, **environ: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "shipper", "listen", *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_seconds_with_everything_taken(tmp_path: Path, number: signal.Signals) -> None:
    with listening(tmp_path / "spool") as process, process.connect() as connection:
        connection.sendall(as_lines([LINE] * 10_000) + LINE)
        begun = time.monotonic()
        rest = process.end(number)
        took = time.monotonic() - begun

    found = SUMMARY.search(rest)
    assert found
    assert found.groups() == ("0", "10,000", "10,000", "0", "0")
    assert process.process.returncode == 0
    assert took < 3
    assert spooled(tmp_path / "spool") == [LINE] * 10_000


def test_a_line_that_was_only_begun_on_a_full_disk_counts_as_dropped(tmp_path: Path) -> None:
    with listening(tmp_path / "spool") as process, no_file_beyond(len(LINE) + 3, process.process.pid):
        process.send(as_lines([LINE, LINE, LINE]))
        wait_until(lambda: _sizes(tmp_path) == [len(LINE) + 3])
        rest = process.end()

    found = SUMMARY.search(rest)
    assert found
    assert found.groups() == ("0", "3", "1", "0", "2")


def test_the_first_line_tells_where_it_listens(tmp_path: Path) -> None:
    with listening(tmp_path / "spool") as process:
        assert process.said == [
            f"utm-shipper: listening on udp 127.0.0.1:{process.udp}, tcp 127.0.0.1:{process.tcp};"
            f" spool {tmp_path}/spool\n"
        ]


def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE)
        with listening(tmp_path / "spool", NOTIFY_SOCKET=str(tmp_path / "notify")) as process:
            told = [systemd.recv(4096).decode() for _ in range(2)]
            process.end()
        while told[-1] != "STOPPING=1":
            told.append(systemd.recv(4096).decode())

    ready = process.said[-1].removeprefix("utm-shipper: ").rstrip("\n")
    assert [state for state in told if state != "WATCHDOG=1"] == [f"READY=1\nSTATUS={ready}", "STOPPING=1"]
    assert "WATCHDOG=1" in told


def without_place(result: Result) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    """Events by id; a priority in front of the original line is the one thing that syslog adds to it."""
    events = []
    for key, event in zip(result.event_ids, result.events, strict=True):
        original = re.sub(r"^<\d+>", "", event["event"]["original"])
        events.append((key, {**event, "log": None, "event": {**event["event"], "original": original}}))
    return sorted(events, key=lambda pair: pair[0])


def test_lines_that_were_received_give_the_documents_of_the_lines_in_the_file(tmp_path: Path) -> None:
    traffic = generate(11, messages=150, start=START)
    mail = [bool(MAIL.match(line)) for line in render(traffic.lines, "P1")]
    file = write_log(tmp_path / "smtp.log", compress(render(traffic.lines, "P1"), mail))
    sent = [line for line in render(traffic.lines, "P2") if line]
    third = len(sent) // 3
    with listening(tmp_path / "spool") as process:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for line in sent[:third]:
                udp.sendto(line, ("127.0.0.1", process.udp))
        wait_until(lambda: spooled(tmp_path / "spool")[-1:] == sent[third - 1 : third])
        process.send(as_lines(sent[third : 2 * third]))
        wait_until(lambda: spooled(tmp_path / "spool")[-1:] == sent[2 * third - 1 : 2 * third])
        process.send(b"".join(b"%d %s" % (len(line), line) for line in sent[2 * third :]))
        rest = process.end()

    plain, received = run(file), run(tmp_path / "spool" / "127.0.0.1")
    assert without_place(received) == without_place(plain)
    assert received.by_id == plain.by_id
    assert len(received.events) > 1000
    found = SUMMARY.search(rest)
    assert found
    assert found.groups() == (
        f"{third:,}",
        f"{len(sent) - third:,}",
        f"{sum(mail):,}",
        f"{len(sent) - sum(mail):,}",
        "0",
    )


def test_killed_at_any_moment_it_leaves_whole_lines_of_what_was_sent(tmp_path: Path) -> None:
    """Each process begins after what the ones before took; what a kill cut off is set aside at the next start."""
    messages = [b"%s %d of many" % (LINE, number) for number in range(300_000)]
    kept: list[bytes] = []
    rng = Random(5)
    for _ in range(4):
        with listening(tmp_path / "spool", UTM_SHIPPER_SYSLOG_ROTATE_BYTES="1000000") as process:
            before, size = len(kept), sum(_sizes(tmp_path))
            sender = threading.Thread(target=_send_until_refused, args=(process, messages[before:]))
            sender.start()
            wait_until(lambda: sum(_sizes(tmp_path)) > size)  # noqa: B023
            time.sleep(rng.uniform(0.0, 0.1))
            process.process.kill()
            sender.join()
        with listening(tmp_path / "spool") as mended:
            mended.end()
        kept = spooled(tmp_path / "spool")
        assert len(kept) > before
        assert kept == messages[: len(kept)]


def _sizes(tmp_path: Path) -> list[int]:
    return [path.stat().st_size for path in (tmp_path / "spool").glob("*/smtp-*.log")]


def _send_until_refused(process: Listening, messages: list[bytes]) -> None:
    try:
        with process.connect() as connection:
            for begin in range(0, len(messages), 100):
                connection.sendall(as_lines(messages[begin : begin + 100]))
    except OSError:
        return


@pytest.mark.parametrize(
    ("options", "environ", "message"),
    [
        ([], {}, "nothing to listen on is named; give --udp, --tcp or --tls"),
        (["--udp", "127.0.0.1:0"], {}, "no spool folder is named; give --spool or set UTM_SHIPPER_SYSLOG_SPOOL"),
        (
            ["--udp", "127.0.0.1:0", "--spool", "spool"],
            {},
            "nobody is allowed to send; give --allow or set UTM_SHIPPER_SYSLOG_ALLOW",
        ),
        (
            ["--tls", "127.0.0.1:0", "--spool", "spool", "--allow", "192.0.2.1"],
            {},
            "TLS needs a certificate; set syslog.certificate_file and syslog.key_file",
        ),
        (
            ["--tls", "127.0.0.1:0", "--spool", "spool", "--allow", "192.0.2.1"],
            {
                "UTM_SHIPPER_SYSLOG_CERTIFICATE_FILE": "a",
                "UTM_SHIPPER_SYSLOG_KEY_FILE": "b",
                "UTM_SHIPPER_SYSLOG_CLIENT_NAMES": "utm",
            },
            "syslog.client_names needs certificates to look into; set syslog.client_ca_file as well",
        ),
        (
            ["--udp", "514"],
            {},
            "syslog.udp must be HOST:PORT such as 0.0.0.0:5514 or [::]:5514, not '514' (option --udp)",
        ),
    ],
)
def test_what_is_missing_is_named(options: list[str], environ: dict[str, str], message: str) -> None:
    assert failing(*options, **environ) == (2, f"utm-shipper: error: {message}\n")


def test_an_address_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = failing("--spool", str(tmp_path), "--tcp", place, "--allow", "127.0.0.1")

    assert (code, said) == (1, f"utm-shipper: error: cannot listen on tcp {place}: Address already in use\n")


def test_a_second_one_on_the_same_spool_is_refused(tmp_path: Path) -> None:
    with listening(tmp_path):
        code, said = failing("--spool", str(tmp_path), "--udp", "127.0.0.1:0", "--allow", "127.0.0.1")

    assert code == 1
    assert said.startswith(f"utm-shipper: error: another utm-shipper listens for the spool folder {tmp_path}; ")


def stored_file(tmp_path: Path) -> Path:
    """A file of the spool of yesterday, which the state says is stored."""
    file = tmp_path / "spool" / "192.0.2.1" / "smtp-2024-07-03T09-46-40.000000Z.log"
    file.parent.mkdir(parents=True)
    file.write_bytes(LINE + b"\n")
    os.utime(file, (time.time() - 86400,) * 2)
    with open_store(tmp_path / "state") as store:
        store.checkpoints.keep([Checkpoint(LINE + b"\n", str(file), 0, 0, len(LINE) + 1)])
        store.commit()
    return file


def test_nothing_is_deleted_unless_a_person_asked(tmp_path: Path) -> None:
    file = stored_file(tmp_path)
    for environ in ({}, {"UTM_SHIPPER_SYSLOG_KEEP": "2d"}):
        with listening(tmp_path / "spool", "--state", str(tmp_path / "state"), **environ) as process:
            time.sleep(0.5)
            process.end()

    assert file.read_bytes() == LINE + b"\n"


def test_stored_files_are_deleted_when_a_person_asked(tmp_path: Path) -> None:
    file = stored_file(tmp_path)
    other = file.with_name("smtp-2024-07-03T09-46-41.000000Z.log")
    other.write_bytes(b"not stored\n")
    os.utime(other, (0.0, 0.0))
    state = str(tmp_path / "state")
    with listening(tmp_path / "spool", "--state", state, UTM_SHIPPER_SYSLOG_KEEP="12h") as process:
        wait_until(lambda: not file.exists())
        rest = process.end()

    assert other.exists()
    assert "utm-shipper: 1 spool files were deleted: stored, and older than syslog.keep" in rest.splitlines()


def test_a_state_that_cannot_be_read_deletes_nothing_and_stops_nothing(tmp_path: Path) -> None:
    file = stored_file(tmp_path)
    (tmp_path / "state" / "state.db").write_bytes(b"no database" * 1000)
    state = str(tmp_path / "state")
    with listening(tmp_path / "spool", "--state", state, UTM_SHIPPER_SYSLOG_KEEP="12h") as process:
        with process.connect() as connection:
            connection.sendall(LINE + b"\n")
        wait_until(lambda: spooled(tmp_path / "spool"))
        rest = process.end()

    assert file.exists()
    assert rest.startswith("utm-shipper: warning: the spool is not cleaned up: the state ")
