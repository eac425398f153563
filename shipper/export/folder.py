"""The folder of an export: whole parts, and a manifest that says which they are and where to go on."""

from __future__ import annotations

import fcntl
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shipper.errors import ShipperError
from shipper.export.formats import Format
from shipper.export.tables import all_tables

MANIFEST = "export.json"


class Query(msgspec.Struct, frozen=True):
    """What is exported: from `source` (files, or a cluster and its prefix), half-open times as documents have them."""

    version: str
    source: str
    goes_on: bool
    format: Format
    tables: tuple[str, ...]
    since: str
    until: str | None
    hosts: tuple[str, ...]


class Part(msgspec.Struct, frozen=True):
    """Files that belong together. `last`: time and id of its last message; `days`: messages by UTC day; `bare`: those
    whose lines are not there, so that tables made of lines miss their rows."""

    messages: int
    last: tuple[str, str] | None
    rows: dict[str, int]
    statuses: dict[str, int]
    days: dict[str, int]
    bare: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """`finished`: nothing more comes."""

    query: Query
    parts: tuple[Part, ...] = ()
    finished: bool = False

    @property
    def messages(self) -> int:
        """All that were written."""
        return sum(part.messages for part in self.parts)

    @property
    def bare(self) -> int:
        """Messages whose lines are not there."""
        return sum(part.bare for part in self.parts)

    def summed(self, name: str) -> Counter[str]:
        """The counts of that name (`rows`, `statuses`, `days`) over all parts."""
        total = Counter[str]()
        for part in self.parts:
            total.update(getattr(part, name))
        return total


class Folder:
    """An export's folder, held by one process. Raises ShipperError for what stands in the way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, query: Query, *, overwrite: bool) -> Manifest:
        """The manifest to go on from: that of the same export if it was interrupted, else a new one.

        What such an interruption left unfinished is removed, and everything of an export that is to be overwritten.
        """
        before = None if overwrite else self._manifest()
        if before is None:
            if not overwrite:
                self._refuse_strangers()
            return self._new(query)
        if before.query != query:
            raise ShipperError(
                f"{self.path} holds another export ({_difference(before.query, query)})",
                advice="name another folder, or replace it with --overwrite",
            )
        if before.finished:
            raise ShipperError(f"{self.path} holds this export already", advice="replace it with --overwrite")
        if not query.goes_on:
            return self._new(query)
        self._clean(len(before.parts))
        return before

    def _new(self, query: Query) -> Manifest:
        manifest = Manifest(query)
        (self.path / MANIFEST).unlink(missing_ok=True)
        self._clean(0)
        self.keep(manifest)
        return manifest

    def _manifest(self) -> Manifest | None:
        try:
            return msgspec.json.decode((self.path / MANIFEST).read_bytes(), type=Manifest)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ShipperError(
                f"{self.path / MANIFEST} cannot be read: {error}", advice="name another folder, or use --overwrite"
            ) from error

    def keep(self, manifest: Manifest) -> None:
        """Makes the manifest last: from here on its parts count."""
        new = self.path / f"{MANIFEST}.partial"
        with new.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path / MANIFEST)
        self._sync()

    def partial(self, table: str, number: int, format: Format) -> Path:
        """Where a file is while it is written."""
        return self.path / f"{_name(table, number, format)}.partial"

    def finish(self, tables: Sequence[str], number: int, format: Format) -> None:
        """Gives the files of a part their names."""
        for table in tables:
            self.partial(table, number, format).replace(self.path / _name(table, number, format))
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _clean(self, whole: int) -> None:
        """Removes all files of exports but those of the first parts."""
        for file, number in self._ours():
            if number > whole:
                file.unlink()

    def _refuse_strangers(self) -> None:
        for file, _ in self._ours():
            raise ShipperError(
                f"{file} is there, and {MANIFEST} is not", advice="name another folder, or replace it with --overwrite"
            )

    def _ours(self) -> Iterator[tuple[Path, int]]:
        name = re.compile(rf"({'|'.join(all_tables())})-(\d{{5,}})\.(csv|ndjson|parquet)(\.partial)?")
        for file in sorted(self.path.iterdir()):
            if match := name.fullmatch(file.name):
                yield file, int(match[2])


def _name(table: str, number: int, format: Format) -> str:
    return f"{table}-{number:05d}.{format}"


def _difference(before: Query, now: Query) -> str:
    names = [name for name in Query.__struct_fields__ if getattr(before, name) != getattr(now, name)]
    return ", ".join(f"{name} {getattr(before, name)!r}, not {getattr(now, name)!r}" for name in names)


@contextmanager
def held_folder(path: Path) -> Iterator[Folder]:
    """The folder, made if it is not there, for one process at a time."""
    path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ShipperError(f"another export writes to {path}", advice="wait for its end") from None
        yield Folder(path)
    finally:
        os.close(descriptor)
