"""One file that holds a log: what it is like, whether it may still grow, and its bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from shipper.sources.follow.packed import TRUNCATED, PackedReader
from shipper.sources.follow.plain import PlainReader
from shipper.sources.follow.scan import File, Key
from shipper.sources.unpack import GZIP

SETTLED = 60
"""Seconds without change after which a file is complete as it is: a copy, an archive, a log under another name."""

QUIET = 3600
"""Seconds without change after which the unfinished last line of a log at its own place is taken as it is."""

_OLD = 86400
_NEVER = (-1, -1)


class Tail:
    """A file under whatever name; open while it is read or may grow.

    `file` is what it was like when it was last seen, `home` the path at which it was seen first, `changed` the wall
    clock second in which it was last seen to differ. `head` is how its unpacked bytes begin. `error` says why it could
    not be read the last time. `gone_since` is when it was first missed at every path that is looked at; `is_deleted`:
    no path leads to it, as far as the open file tells. `was_cut`: it got shorter; `has_moved`: it was last seen at
    another path than before; `is_beside`: it only lies next to a file that was named.
    """

    def __init__(self, file: File, now: float) -> None:
        self.file = file
        self.home = file.path
        self.changed = now
        self.gone_since: float | None = None
        self.is_deleted = False
        self.head = b""
        self.error = ""
        self.is_packed = self.is_beside = False
        self.needs_look = True
        self.was_cut = self.has_moved = False
        self._sure_size = file.size
        self._reader: PlainReader | PackedReader | None = None
        self._hole = 0
        self._given_out = _NEVER
        self._ended = _NEVER
        self._is_whole = False
        self._fault = ""
        self._places = [file.path, *_places(file.path)]

    # The file

    @property
    def is_open(self) -> bool:
        """Whether it can be read even if no path leads to it any more."""
        return self._reader is not None

    @property
    def is_within_reach(self) -> bool:
        """Whether it can be read."""
        return self.gone_since is None or self.is_open

    def see(self, file: File, now: float) -> None:
        """Takes what the file is like now."""
        if _stamp(file) != _stamp(self.file):
            self.changed = now
            self.needs_look = True
            self.was_cut = self.was_cut or file.size < self.file.size
        self.needs_look = self.needs_look or file.altered != self.file.altered
        self.has_moved = file.path != self.file.path
        if self.has_moved:
            self._places = [self.home, *_places(file.path)]
        self.file = file

    def check(self, now: float) -> bool:
        """Looks at the open file; false when what was read of it is not there any more."""
        if self._reader is None:
            return True
        try:
            status = self._reader.status()
            is_as_before = self._reader.is_as_before(self.head)
        except OSError:
            self.close()
            self.needs_look = True
            return True
        self.is_deleted = status.st_nlink == 0
        size, modified, altered = status.st_size, status.st_mtime_ns, status.st_ctime_ns
        self.see(msgspec.structs.replace(self.file, size=size, modified=modified, altered=altered), now)
        if is_as_before:
            self._sure_size = size
        return is_as_before

    def look(self) -> None:
        """Looks at how it begins now. Raises FileNotFoundError when the path leads to it no more."""
        self.needs_look = False
        try:
            reader = _reader_of(self._reader.duplicate() if self._reader else _open(self.file))
            try:
                head = reader.head()
            except OSError:
                reader.close()
                raise
        except FileNotFoundError:
            self.needs_look = True
            raise
        except OSError as error:
            self.error = error.strerror or str(error)
            self.needs_look = True
            return
        self.error = ""
        self._take(reader, head)

    def _take(self, reader: PlainReader | PackedReader, head: bytes) -> None:
        self.is_packed = isinstance(reader, PackedReader)
        if reader.has_ended:
            self._end(reader)
        if self.is_packed and isinstance(self._reader, PackedReader) and self.head and head.startswith(self.head):
            reader.close()  # the other one is further
        else:
            self.close()
            self._reader = reader
        if head.startswith(self.head):
            self._sure_size = self.file.size
        self.head = head
        self._hole = reader.hole

    def forget(self) -> None:
        """It is not the log that it was: what was known of its beginning does not hold."""
        self.head = b""
        self._given_out = self._ended = _NEVER
        self.needs_look = True
        self.was_cut = False

    def close(self) -> None:
        """Closes the file; it is opened again by its path when needed."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def is_old(self, now: float) -> bool:
        """Whether it has not changed for a day."""
        return now - min(self.changed, self.file.modified / 1e9) >= _OLD

    # Its bytes

    def has_more(self, position: int) -> bool:
        """Whether there may be bytes from this position of the log on that can be had now."""
        if self.gone_since is not None and self._reader is None:
            return False
        if self.is_packed:
            return self._given_out != _stamp(self.file)
        return self.length > position

    @property
    def length(self) -> int:
        """Bytes of the log in a plain file, as last seen."""
        return self.file.size - self._hole

    def unread(self, position: int) -> int:
        """Bytes (packed ones of a packed file) after this position when it was last what it was."""
        if self.is_packed:
            return 0 if self._given_out == _stamp(self.file) else self.file.size
        return max(0, self._sure_size - self._hole - position)

    def read(self, position: int, size: int) -> bytes | None:
        """At most `size` bytes from this position of the log on; None when the file is not what it was."""
        try:
            if self._reader is None:
                self._reader = _reader_of(_open(self.file))
                if not self._reader.head().startswith(self.head):
                    return None
            data = self._reader.read(position, size)
            if not self._reader.is_as_before(self.head):
                return None
        except FileNotFoundError:
            return None
        except OSError as error:
            self.error = error.strerror or str(error)
            self.needs_look = True
            return b""
        self.error = ""
        if self._reader.has_ended:
            self._end(self._reader)
            self._given_out = _stamp(self.file)
        return data

    @property
    def is_behind(self) -> bool:
        """Whether it must be read again to get to the position that was asked for."""
        return self._reader is not None and self._reader.is_behind

    @property
    def is_being_unpacked(self) -> bool:
        """Whether closing it would mean to unpack it from its beginning once more."""
        is_done = self._is_whole and self._given_out == _stamp(self.file)
        return isinstance(self._reader, PackedReader) and self._reader.is_begun and not is_done

    def take_as_read(self, position: int) -> None:
        """A packed copy of what was read plain, up to here, need not be unpacked when it says that it is as long."""
        try:
            descriptor = _open(self.file)
        except OSError:
            return
        try:
            size = os.pread(descriptor, 4, max(0, self.file.size - 4))  # ISIZE, RFC 1952
        except OSError:
            size = b""
        os.close(descriptor)
        if int.from_bytes(size, "little") == position % (1 << 32):
            self.take_as_over()

    def take_as_over(self) -> None:
        """As it is now it has been read to its end."""
        self._given_out = self._ended = _stamp(self.file)
        self._is_whole = True

    def _end(self, reader: PlainReader | PackedReader) -> None:
        self._ended = _stamp(self.file)
        self._is_whole = reader.is_whole
        self._fault = reader.fault

    # Whether more may come

    def is_settled(self, now: float) -> bool:
        """Whether it has not changed for a while."""
        return now - self.changed >= SETTLED

    def is_final(self, keys: Mapping[str, Key], now: float) -> bool:
        """Whether nothing more is to be waited for: it was packed, deleted, or rotated and another took its place.

        `keys` are the files at all paths.
        """
        if self.is_packed:
            return self._ended == _stamp(self.file) and (self._is_whole or self.is_settled(now))
        return self.is_deleted or not self.is_within_reach or self._has_successor(keys)

    def is_quiet(self, now: float) -> bool:
        """Whether it has not changed for so long that even a writer that stopped within a line would have gone on."""
        return now - min(self.changed, self.file.modified / 1e9) >= QUIET

    def _has_successor(self, keys: Mapping[str, Key]) -> bool:
        """Whether another file is at the place where this one was, or at the one that its name is made from."""
        own = self.file.key
        return any(keys.get(path, own) != own for path in self._places)

    def damage(self, now: float) -> str:
        """What is wrong with a packed file that has not changed for a while; empty when nothing is."""
        if (self._is_whole and not self._fault) or not self.is_packed or not self.is_settled(now):
            return ""
        if self._ended != _stamp(self.file):
            return ""
        return self._fault or TRUNCATED


def _places(path: str) -> list[str]:
    """The paths from which this one may have been made by rotation: `smtp.log` for `smtp.log.1`."""
    folder, name = os.path.split(path)
    ends = [at for at, letter in enumerate(name) if letter in ".-_" and at]
    return [os.path.join(folder, name[:end]) for end in ends]  # noqa: PTH118


def _stamp(file: File) -> tuple[int, int]:
    return file.size, file.modified


def _open(file: File) -> int:
    """A descriptor of this very file. Raises FileNotFoundError when its path leads to another by now."""
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if (status.st_dev, status.st_ino) != file.key:
        os.close(descriptor)
        raise FileNotFoundError(file.path)
    return descriptor


def _reader_of(descriptor: int) -> PlainReader | PackedReader:
    try:
        is_packed = os.pread(descriptor, len(GZIP), 0) == GZIP
    except OSError:
        os.close(descriptor)
        raise
    return PackedReader(descriptor) if is_packed else PlainReader(descriptor)
