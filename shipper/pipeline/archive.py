"""Which logs of an archive are stored, so that a run that was interrupted goes on with the others."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from shipper.pipeline.logs import Log
from shipper.pipeline.reading import Beginnings
from shipper.sources.files import LogFile
from shipper.state.store import Store

_MEMORY = "archive"


class _Stored(msgspec.Struct, frozen=True):
    """A log whose lines are stored: its path, its bytes on disk, and how its unpacked bytes begin."""

    path: str
    size: int
    head: bytes


class _Interrupted(msgspec.Struct):
    """What a run had done when it committed last; of none that ended well."""

    overwrite: bool = False
    logs: set[_Stored] = msgspec.field(default_factory=set)


class Archive:
    """The logs of this run, and of the one before if that was interrupted. Changes last with the store's commit."""

    def __init__(self, store: Store, *, overwrite: bool) -> None:
        self._store = store
        before = store.recall(_MEMORY, _Interrupted)
        self._done = before if before and before.overwrite == overwrite else _Interrupted(overwrite)

    def left(self, beginnings: Beginnings) -> Beginnings:
        """The logs that are not stored yet."""
        return beginnings.without(lambda log: _named(log) in self._done.logs)

    def store(self, logs: Iterable[Log]) -> None:
        """These are stored as well."""
        self._done.logs |= {_named(log) for log in logs if not log.is_stream}
        self._store.remember(_MEMORY, self._done)

    def finish(self) -> None:
        """The run ends well: another one reads all again, if it is told to."""
        if self._done.logs:
            self._done.logs.clear()
            self._store.remember(_MEMORY, self._done)


def _named(log: Log) -> _Stored:
    place = log.place if isinstance(log, LogFile) else log.path
    return _Stored(place, log.size, blake2b(log.head, digest_size=16).digest())
