"""Messages of an archive -> the parts of an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

import msgspec

from shipper.export.folder import Folder, Manifest, Part, Query
from shipper.export.formats import OpenTable, opener
from shipper.export.rows import LINES_OF, RowMaker, lacks_lines
from shipper.export.tables import all_tables
from shipper.retrieval import Archive, Document, Key, Scope, key_of


class Sizes(msgspec.Struct, frozen=True):
    """`part`: messages in one part; `batch`: messages whose lines are asked for together."""

    part: int = 50_000
    batch: int = 300


USUAL_SIZES = Sizes()


def wanted_actions(tables: Iterable[str]) -> frozenset[str]:
    """The actions of the lines that rows of these tables are made of."""
    subjects = [all_tables()[name].of for name in tables]
    return frozenset(action for subject in subjects for action in LINES_OF.get(subject, ()))


def export(
    archive: Archive,
    scope: Scope,
    folder: Folder,
    manifest: Manifest,
    *,
    sizes: Sizes = USUAL_SIZES,
    on_part: Callable[[Manifest], None] = lambda manifest: None,
) -> Manifest:
    """Writes what is missing of the export, part by part, and returns the finished manifest.

    An interruption loses the part that was being written and nothing else.
    """
    actions = wanted_actions(manifest.query.tables)
    open_table = opener(manifest.query.format)
    messages = archive.messages(scope, _reached(manifest))
    while True:
        some = list(islice(messages, sizes.batch))
        if not some and manifest.parts:
            break
        part = _Part(folder, len(manifest.parts) + 1, manifest.query, open_table)
        while some:
            lines = archive.lines_of(some, actions) if actions else {}
            for message in some:
                part.add(message, lines.get(message["_id"], []))
            some = list(islice(messages, min(sizes.batch, sizes.part - part.messages)))
        manifest = msgspec.structs.replace(manifest, parts=(*manifest.parts, part.close()))
        folder.keep(manifest)
        on_part(manifest)
    manifest = msgspec.structs.replace(manifest, finished=True)
    folder.keep(manifest)
    return manifest


def _reached(manifest: Manifest) -> Key | None:
    last = manifest.parts[-1].last if manifest.parts else None
    return None if last is None else Key(*last)


class _Part:
    """The files of one part while they are written."""

    def __init__(self, folder: Folder, number: int, query: Query, open_table: OpenTable) -> None:
        self._folder = folder
        self._number = number
        self._format = query.format
        self._tables = [all_tables()[name] for name in query.tables]
        self._actions = wanted_actions(query.tables)
        paths = [folder.partial(name, number, query.format) for name in query.tables]
        self._files = [open_table(path, table) for path, table in zip(paths, self._tables, strict=True)]
        self._makers = [RowMaker(table) for table in self._tables]
        self._rows = Counter[str]()
        self._statuses = Counter[str]()
        self._days = Counter[str]()
        self._bare = 0
        self._last: Key | None = None
        self.messages = 0

    def add(self, message: Document, lines: list[Document]) -> None:
        """Writes the rows of a message."""
        for table, maker, file in zip(self._tables, self._makers, self._files, strict=True):
            for row in maker.rows(message, lines):
                file.add(row)
                self._rows[table.name] += 1
        self.messages += 1
        self._statuses[message["sophos"]["utm"]["status"]] += 1
        self._days[message["@timestamp"][:10]] += 1
        self._bare += lacks_lines(message, lines, self._actions)
        self._last = key_of(message)

    def close(self) -> Part:
        """Ends the files and gives them their names."""
        for file in self._files:
            file.close()
        names = [table.name for table in self._tables]
        self._folder.finish(names, self._number, self._format)
        rows = {name: self._rows[name] for name in names}
        return Part(self.messages, self._last, rows, dict(self._statuses), dict(self._days), self._bare)
