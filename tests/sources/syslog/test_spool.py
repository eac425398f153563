"""The spool folder: who may write it, what a crash left, which bytes stand in it."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.errors import ListenError
from shipper.sources.syslog.sender_log import Rotation
from shipper.sources.syslog.spool import MOST_SENDERS, Spool, as_line, open_spool, sync
from shipper.sources.unpack import read_lines
from tests.sources.syslog.full_disk import no_file_beyond

ROTATION = Rotation(1000, 3600.0)
NAME = "smtp-2024-07-03T09-46-40.000000Z.log"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (b"<30>text", b"<30>text"),
        (b"<30>text\n", b"<30>text"),
        (b"<30>text\n\0\n", b"<30>text"),
        (b"<30>text\r\n", b"<30>text\r"),
        (b"one\ntwo\nthree\n", b"one#012two#012three"),
        (b"\0a\0b\rc\xff", b"\0a\0b\rc\xff"),
        (b"\n\0", b""),
        (b"\x1f\x8b\x08\n", b"#037\x8b\x08"),
        (b"\x1f<30>text \x1f\x8b", b"\x1f<30>text \x1f\x8b"),
    ],
)
def test_a_message_is_one_line_as_it_was_sent(message: bytes, line: bytes) -> None:
    assert as_line(message) == line


@given(st.lists(st.binary(max_size=30) | st.binary(max_size=9).map(b"\x1f\x8b\x08".__add__), max_size=5))
def test_any_messages_are_read_back_as_as_many_lines(messages: list[bytes]) -> None:
    lines = [as_line(message) for message in messages]
    spooled = io.BytesIO(b"".join(line + b"\n" for line in lines))

    read = [line.data for line in read_lines(spooled, "smtp.log", pytest.fail)]

    assert read == [line.removesuffix(b"\r") for line in lines]


def opened(folder: Path, said: list[str]) -> None:
    with open_spool(folder, ROTATION, lambda: 0.0, said.append):
        pass


def test_the_folder_is_made_for_its_owner(tmp_path: Path) -> None:
    opened(tmp_path / "a" / "spool", [])

    assert stat.S_IMODE((tmp_path / "a" / "spool").stat().st_mode) == 0o700


def test_two_processes_cannot_write_one_spool(tmp_path: Path) -> None:
    with (
        open_spool(tmp_path, ROTATION, lambda: 0.0, pytest.fail),
        pytest.raises(
            ListenError, match=r"^another utm-shipper listens for the spool folder .*; end it, or name another"
        ),
    ):
        opened(tmp_path, [])
    opened(tmp_path, [])


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ListenError) as caught:
        opened(tmp_path / "file" / "spool", [])

    assert str(caught.value) == (
        f"cannot use the spool folder {tmp_path}/file/spool: Not a directory;"
        " check its permissions, or name another with --spool"
    )


@pytest.mark.parametrize(
    ("left", "kept", "aside"),
    [
        (b"", b"", None),
        (b"one\ntwo\n", b"one\ntwo\n", None),
        (b"one\ntw", b"one\n", b"tw\n"),
        (b"tw", b"", b"tw\n"),
        (b"one\n" + b"x" * 200_000, b"one\n", b"x" * 200_000 + b"\n"),
        (b"one\n" + b"\0" * 65535, b"one\n", b"\0" * 65535 + b"\n"),
    ],
)
def test_what_a_crash_cut_off_is_set_aside(tmp_path: Path, left: bytes, kept: bytes, aside: bytes | None) -> None:
    folder = tmp_path / "192.0.2.1"
    folder.mkdir()
    (folder / NAME).write_bytes(left)
    said: list[str] = []
    opened(tmp_path, said)
    opened(tmp_path, said)

    assert (folder / NAME).read_bytes() == kept
    cut_short = folder / "cut-short.txt"
    assert (cut_short.read_bytes() if cut_short.exists() else None) == aside
    assert said == (
        [
            f"{folder / NAME} ended within a line after a crash: its last {len(aside) - 1:,} bytes were moved to"
            " cut-short.txt beside it"
        ]
        if aside
        else []
    )


def test_a_file_that_cannot_be_mended_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "192.0.2.1"
    (folder / "cut-short.txt").mkdir(parents=True)
    (folder / NAME).write_bytes(b"one\ntw")
    said: list[str] = []
    opened(tmp_path, said)

    assert (folder / NAME).read_bytes() == b"one\ntw"
    assert said == [f"warning: cannot mend {folder / NAME}: Is a directory; it is left as it is"]


def test_each_sender_has_a_folder_and_their_number_is_limited(tmp_path: Path) -> None:
    clock = [0.0]
    with open_spool(tmp_path, ROTATION, lambda: clock[0], pytest.fail) as spool:
        for number in range(MOST_SENDERS):
            assert spool.has_place_for(f"2001:db8::{number:x}")
            spool.append(f"2001:db8::{number:x}", [b"line %d" % number])
        assert not spool.has_place_for("192.0.2.1")
        assert spool.has_place_for("2001:db8::0")
        clock[0] = 3600.0
        spool.end_old()
        assert spool.has_place_for("192.0.2.1")
        assert spool.append("2001:db8::1", [b"again"]) == 1
        spool.close()

    found = sorted((path.parent.name, path.read_bytes()) for path in tmp_path.glob("*/smtp-*.log"))
    lines = [(f"2001:db8::{number:x}", b"line %d\n" % number) for number in range(MOST_SENDERS)]
    assert found == sorted([*lines, ("2001:db8::1", b"again\n")])


def test_finished_files_are_those_that_nobody_writes(tmp_path: Path) -> None:
    clock = [1_720_000_000.0]
    with open_spool(tmp_path, ROTATION, lambda: clock[0], pytest.fail) as spool:
        spool.append("192.0.2.1", [b"one"])
        spool.append("192.0.2.2", [b"one"])
        assert list(spool.finished_files()) == []
        clock[0] += 1800
        spool.append("192.0.2.3", [b"one"])
        clock[0] += 1800
        (tmp_path / "192.0.2.3" / "smtp-of-a-person.log").write_bytes(b"without an end")
        spool.end_old()
        assert list(spool.finished_files()) == [tmp_path / "192.0.2.1" / NAME, tmp_path / "192.0.2.2" / NAME]
        spool.close()
        assert len(list(spool.finished_files())) == 3
    opened(tmp_path, [])

    assert (tmp_path / "192.0.2.3" / "smtp-of-a-person.log").read_bytes() == b"without an end"


def test_synced_descriptors_are_closed_also_after_an_error(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ROTATION, lambda: 0.0)
    spool.append("192.0.2.1", [b"one"])
    spool.append("192.0.2.2", [b"one"])
    descriptors = spool.unsynced()
    assert len(descriptors) == 2
    assert spool.unsynced() == []
    sync(descriptors)
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            sync([descriptor])
    spool.close()


def test_a_line_for_which_there_was_no_room_to_the_end_is_counted_and_set_aside(tmp_path: Path) -> None:
    with open_spool(tmp_path, ROTATION, lambda: 1_720_000_000.0, pytest.fail) as spool:
        spool.append("192.0.2.2", [b"whole"])
        with no_file_beyond(6):
            assert spool.append("192.0.2.1", [b"one", b"two"]) == 2
            assert spool.close() == 1
    said: list[str] = []
    opened(tmp_path, said)

    assert {path.parent.name: path.read_bytes() for path in tmp_path.glob("*/smtp-*.log")} == {
        "192.0.2.1": b"one\n",
        "192.0.2.2": b"whole\n",
    }
    assert len(said) == 1
