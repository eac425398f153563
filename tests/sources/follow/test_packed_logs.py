"""Archives: read while they are being written, unpacked once, damage said once nothing changes any more."""

from __future__ import annotations

import gzip
import io
import os
import time
from pathlib import Path
from random import Random

import pytest

from shipper.sources.follow import packed
from shipper.sources.follow.packed import PackedReader
from shipper.sources.unpack import CHUNK, read_chunks
from tests.sources.follow.logs import append, line, write
from tests.sources.follow.reader import Reader

LINES = [line(1, number, f"{Random(number).getrandbits(400):x}") + b"\n" for number in range(20_000)]
TEXT = b"".join(LINES)
PACKED = gzip.compress(TEXT)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "smtp-2024-03-01.log.gz"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all reads of packed bytes."""
    sizes: list[int] = []
    read = os.pread

    def counted(descriptor: int, size: int, at: int) -> bytes:
        data = read(descriptor, size, at)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(packed.os, "pread", counted)
    return sizes


def test_an_archive_is_unpacked_once_however_small_the_pieces(
    archive: Path, reader: Reader, read_bytes: list[int]
) -> None:
    archive.write_bytes(PACKED)
    pieces = [*reader.poll(CHUNK)]
    while reader.follower.has_backlog:
        pieces += reader.poll(CHUNK)
    assert len(pieces) > 8
    assert b"".join(piece.data for piece in pieces) == TEXT
    assert sum(read_bytes) < len(PACKED) + 100_000
    assert len(read_bytes) < 60
    assert max(piece.size for piece in pieces) <= CHUNK


def test_after_a_restart_it_is_unpacked_once_more(archive: Path, reader: Reader, read_bytes: list[int]) -> None:
    archive.write_bytes(PACKED)
    reader.poll(len(TEXT) // 2)
    reader.restart()
    del read_bytes[:]
    while reader.poll(CHUNK) or reader.follower.has_backlog:
        pass
    assert reader.logs == [TEXT]
    assert sum(read_bytes) < len(PACKED) + 100_000


def test_skipping_is_done_in_parts(archive: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.write_bytes(PACKED)
    reader.poll(len(TEXT) * 3 // 4)
    reader.restart()
    monkeypatch.setattr(packed, "MOST_SKIPPED", len(TEXT) // 4)
    rounds = [(reader.data(1), reader.follower.has_backlog) for _ in range(2)]
    assert rounds == [([], True), ([], True)]
    while reader.poll() or reader.follower.has_backlog:
        pass
    assert reader.logs == [TEXT]


def test_an_archive_that_was_read_is_not_touched_again(archive: Path, reader: Reader, read_bytes: list[int]) -> None:
    archive.write_bytes(PACKED)
    reader.poll(1 << 30)
    reader.wait()
    reader.poll()
    reader.restart()
    del read_bytes[:]
    for _ in range(3):
        assert reader.data() == []
        reader.wait()
    assert sum(read_bytes) < len(PACKED) // 100
    os.chmod(archive, 0o600)  # noqa: PTH101
    del read_bytes[:]
    assert reader.data() == []
    assert sum(read_bytes) < len(PACKED) // 100
    archive.rename(archive.with_name("smtp-other.log.gz"))
    del read_bytes[:]
    assert reader.data() == []
    assert sum(read_bytes) < len(PACKED) // 100
    assert [one.path for one in reader.kept.values()] == [str(archive.with_name("smtp-other.log.gz"))]


def test_while_it_is_being_written(archive: Path, reader: Reader, read_bytes: list[int]) -> None:
    step = len(PACKED) // 40
    for at in range(0, len(PACKED), step):
        append(archive, PACKED[at : at + step])
        reader.poll()
        reader.poll()
        reader.wait(50)
    assert reader.logs == [TEXT]
    assert reader.notices == []
    assert sum(read_bytes) < 2 * len(PACKED)


def test_members_that_are_added_later(archive: Path, reader: Reader) -> None:
    append(archive, gzip.compress(TEXT[:5000]) + b"\0" * 300_000)
    reader.poll()
    append(archive, gzip.compress(TEXT[5000:])[:1])
    reader.poll()
    append(archive, gzip.compress(TEXT[5000:])[1:])
    reader.poll(1 << 30)
    assert reader.logs == [TEXT]
    assert reader.notices == []


def test_a_member_that_never_ends(archive: Path, reader: Reader) -> None:
    append(archive, PACKED[: len(PACKED) // 2])
    reader.poll(1 << 30)
    (known,) = reader.logs
    assert TEXT.startswith(known)
    for _ in range(3):
        reader.wait()
        reader.poll()
    (known,) = reader.logs
    assert (TEXT.startswith(known), known[-1:] == b"\n") == (True, False)
    said = "the gzip data ends early (truncated): what was readable is kept"
    assert reader.notices == [f"{archive}: {said}"]
    assert [(one.error, one.is_over) for one in reader.kept.values()] == [(said, True)]
    reader.restart()
    reader.wait()
    assert (reader.data(), len(reader.notices)) == ([], 1)
    append(archive, PACKED[len(PACKED) // 2 :])
    reader.poll(1 << 30)
    reader.wait()
    reader.poll()
    assert reader.logs == [TEXT]
    assert [(one.error, one.is_over) for one in reader.kept.values()] == [("", True)]


def test_damage_in_the_middle(archive: Path, reader: Reader) -> None:
    middle = len(PACKED) // 2
    archive.write_bytes(PACKED[:middle] + b"\xff" * 300 + PACKED[middle + 300 :])
    reader.poll(1 << 30)
    for _ in range(2):
        reader.wait()
        reader.poll()
    assert reader.logs == [b"".join(read_chunks(io.BytesIO(archive.read_bytes()), lambda what: None))]
    assert reader.logs[0][: len(TEXT) // 3] == TEXT[: len(TEXT) // 3]
    (notice,) = reader.notices
    assert notice.startswith(f"{archive}: damaged gzip data (")


def test_bytes_after_the_end(archive: Path, reader: Reader) -> None:
    archive.write_bytes(PACKED + b"more")
    reader.poll(1 << 30)
    reader.wait()
    reader.poll()
    assert reader.logs == [TEXT]
    assert reader.notices == [f"{archive}: bytes after the end of the gzip data are left out"]


@pytest.mark.parametrize("level", [1, 9], ids=["longer", "shorter"])
def test_an_archive_that_is_packed_anew_in_place(archive: Path, reader: Reader, level: int) -> None:
    archive.write_bytes(gzip.compress(TEXT, compresslevel=10 - level)[: len(PACKED) * 3 // 4])
    reader.poll(1 << 30)
    archive.write_bytes(gzip.compress(TEXT, compresslevel=level))
    reader.poll(1 << 30)
    reader.poll(1 << 30)
    assert reader.logs == [TEXT]
    assert reader.notices == []


def test_an_archive_of_what_was_read_plain_is_not_unpacked(
    tmp_path: Path, reader: Reader, read_bytes: list[int]
) -> None:
    log = tmp_path / "smtp.log.1"
    log.write_bytes(TEXT)
    write(tmp_path / "smtp.log", line(2, 1))
    reader.poll(1 << 30)
    (tmp_path / "smtp.log.1.gz").write_bytes(PACKED)
    log.unlink()
    del read_bytes[:]
    for _ in range(4):
        assert reader.data() == []
        reader.wait()
    assert sum(read_bytes) < len(PACKED) // 100
    assert reader.kept[TEXT[:1024]].path == f"{log}.gz"
    assert reader.kept[TEXT[:1024]].is_over is True


def test_an_archive_with_more_than_the_plain_file(tmp_path: Path, reader: Reader) -> None:
    log = tmp_path / "smtp-1.log"
    log.write_bytes(TEXT[:50_000])
    (tmp_path / "smtp-1.log.gz").write_bytes(PACKED)
    reader.poll(1 << 30)
    reader.wait()
    reader.poll(1 << 30)
    assert reader.logs == [TEXT]


def test_an_archive_that_is_packed_anew_with_more(archive: Path, reader: Reader) -> None:
    archive.write_bytes(gzip.compress(TEXT[:5000].rpartition(b"\n")[0] + b"\n"))
    old = time.time() - 100_000
    os.utime(archive, (old, old))
    reader.poll()
    archive.write_bytes(gzip.compress(TEXT[:9000].rpartition(b"\n")[0] + b"\n"))
    reader.poll()
    assert reader.logs == [TEXT[:9000].rpartition(b"\n")[0] + b"\n"]


def test_going_back_begins_anew(archive: Path) -> None:
    archive.write_bytes(PACKED)
    reader = PackedReader(os.open(archive, os.O_RDONLY))
    assert reader.head() == TEXT[:1024]
    assert reader.read(70_000, 100) == TEXT[70_000:70_100]
    assert reader.read(70_100, 100) == TEXT[70_100:70_200]
    assert reader.read(0, 50) == TEXT[:50]
    assert reader.read(len(TEXT), 50) == b""
    assert (reader.has_ended, reader.is_whole, reader.fault) == (True, True, "")
    assert reader.read(len(TEXT) - 5, 50) == TEXT[-5:]
    assert reader.read(len(TEXT) + 5, 50) == b""
    reader.close()
