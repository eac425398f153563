"""Reads a gzip file as far as it is there; more of it may come."""

from __future__ import annotations

import os
import zlib

from shipper.sources.files import HEAD_BYTES
from shipper.sources.unpack import CHUNK, GZIP, until_damage

TRUNCATED = "the gzip data ends early (truncated): what was readable is kept"
MOST_SKIPPED = 1 << 28
_FIRST_STEP = 1 << 12
_MARK = 1 << 10


class PackedReader:
    """An open gzip file. Positions count its unpacked bytes as `PlainReader` does.

    `has_ended`: nothing more can be unpacked of what is there now. Then `is_whole` says that the gzip data are complete
    and `fault` what is wrong with them; with neither, the rest of them is not there yet. `is_behind`: the position
    asked for was not reached, as 256 MB are unpacked in one go at most.
    """

    hole = 0

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.restart()

    def restart(self) -> None:
        """Goes back to the beginning."""
        self.fault = ""
        self.has_ended = self.is_whole = self.is_behind = False
        self._at = self._position = self._used = 0
        self._packed = self._ready = self._last = b""
        self._inflate: zlib._Decompress | None = None
        self._is_begun = False
        self._step = _FIRST_STEP

    def status(self) -> os.stat_result:
        """The open file's own, whatever its path leads to by now."""
        return os.fstat(self._descriptor)

    @property
    def is_begun(self) -> bool:
        """Whether anything was read of it."""
        return self._position > 0

    def is_as_before(self, head: bytes) -> bool:
        """Whether what was read last is still there, and it was not packed anew in place. `head` is not looked at."""
        return os.pread(self._descriptor, len(self._last), self._at - len(self._last)) == self._last

    def unpacked_size(self) -> int:
        """Unpacked bytes modulo 2**32, as the end of a file with one member states them (RFC 1952, ISIZE)."""
        size = self.status().st_size
        return int.from_bytes(os.pread(self._descriptor, 4, size - 4), "little") if size >= 18 else -1

    def head(self) -> bytes:
        """How the log begins: at most 1024 bytes, as far as they are there. To be asked before anything is read."""
        beginning = b""
        while len(beginning) < HEAD_BYTES and self._prepare():
            beginning += self._ready
            self._ready = b""
        self._ready = beginning
        return beginning[:HEAD_BYTES]

    def read(self, position: int, size: int) -> bytes:
        """At most `size` bytes from `position` on. Going on where the last ones ended is cheap, going back is not."""
        if position < self._position:
            self.restart()
        self._step = CHUNK
        most = self._position + MOST_SKIPPED
        while self._position < position and self._take(min(position - self._position, CHUNK)):
            if self._position >= most:
                break
        self.is_behind = most <= self._position < position
        return self._take(size) if self._position == position else b""

    def _take(self, size: int) -> bytes:
        if not self._prepare():
            return b""
        data = self._ready[self._used : self._used + size]
        self._used += len(data)
        self._position += len(data)
        if self._used == len(self._ready):
            self._ready, self._used = b"", 0
        return data

    def duplicate(self) -> int:
        """Another descriptor of the file."""
        return os.dup(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)

    def _prepare(self) -> bool:
        """Unpacks until something is ready; false when nothing more is there."""
        self.has_ended = False
        while not self._ready:
            if not self._unpack():
                self.has_ended = True
                return False
            if not self._is_begun:
                self._ready = self._ready.lstrip(b"\0")
                self._is_begun = self._ready != b""
        return True

    def _unpack(self) -> bool:
        """Unpacks a little more; false when there is nothing to unpack."""
        if self.fault:
            return False
        data = packed = self._packed or self._more()
        self._packed = b""
        if self._inflate is None and self._at > len(packed):
            packed = packed.lstrip(b"\0")  # padding between members and at the end
        if self._inflate is not None:
            self._feed(self._inflate, packed)
        elif packed == GZIP[:1]:
            self._at -= 1  # half of the mark that begins a member
            self._last = self._last[:-1]
            self.is_whole = False
            return False
        elif packed.startswith(GZIP):
            self.is_whole = False
            self._inflate = zlib.decompressobj(wbits=31)
            self._packed = packed
        elif packed:
            self.fault = "bytes after the end of the gzip data are left out"
        return data != b"" or self._ready != b""

    def _more(self) -> bytes:
        data = os.pread(self._descriptor, self._step, self._at)
        self._at += len(data)
        self._last = data[-_MARK:] or self._last
        return data

    def _feed(self, inflate: zlib._Decompress, packed: bytes) -> None:
        before = inflate.copy()
        try:
            self._ready = inflate.decompress(packed, self._step * 4)
        except zlib.error as error:
            self._ready = until_damage(before, packed)
            self.fault = f"damaged gzip data ({error}): what was readable before it is kept, the rest is lost"
            return
        self._packed = inflate.unconsumed_tail
        if inflate.eof:
            self._packed = inflate.unused_data
            self._inflate = None
            self.is_whole = True
