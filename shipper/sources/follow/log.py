"""A followed log: its checkpoint, the files that hold it, and what was read of it and not yet taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shipper.model import Checkpoint
from shipper.sources.follow.buffer import Buffer
from shipper.sources.follow.piece import Piece
from shipper.sources.follow.scan import Key
from shipper.sources.follow.tail import Tail
from shipper.sources.unpack import CHUNK


class FollowedLog:
    """One log, whatever files hold it.

    `begins` orders logs. `missing_since` is when the last file that held it was lost, `lost` how many bytes of that
    file were not read. `rest_since` is when its unfinished last line was first seen to be its last. `fault` is what is
    wrong with its packed form. `is_disturbed`: a file changed while it was being read. `stored_head` is the one with
    which the checkpoint was stored, empty when it never was.
    """

    def __init__(self, checkpoint: Checkpoint, begins: float, *, is_stored: bool) -> None:
        self.checkpoint = checkpoint
        self.begins = begins
        self.tails: list[Tail] = []
        self.missing_since: float | None = None
        self.rest_since: float | None = None
        self.lost: int | None = None
        self.fault = ""
        self.is_disturbed = False
        self.is_changed = not is_stored
        self.stored_head = checkpoint.head if is_stored else b""
        self._home = checkpoint.path
        self._buffer = Buffer()
        self._tail: Tail | None = None
        self._was_plain = False

    @property
    def position(self) -> int:
        """Up to where it was read."""
        return self.checkpoint.offset + len(self._buffer)

    def order(self) -> tuple[float, int, str]:
        """Logs are read in the order in which they began; of the same second, the one that ended first."""
        return self.begins, self.lead.file.modified if self.lead else 0, self.checkpoint.path

    # The files that hold it

    @property
    def lead(self) -> Tail | None:
        """The file that it is read from."""
        return self._tail or next(iter(self.tails), None)

    def attach(self, tail: Tail) -> None:
        """Another file holds it."""
        self.tails.append(tail)
        self.missing_since = self.lost = None
        if self.checkpoint.is_over and tail.is_packed and self._is_own(tail):
            tail.take_as_over()
        self.locate()

    def detach(self, tail: Tail, since: float) -> None:
        """A file does not hold it any more, since that wall clock second."""
        self.tails.remove(tail)
        if self._tail is tail:
            self._tail = None
        if not self.tails:
            self.missing_since = since
            self.lost = tail.unread(self.position)
        self.locate()

    def absorb(self, other: FollowedLog) -> None:
        """The other turned out to be this one: takes over its files, and how far it was read."""
        for tail in other.tails:
            self.attach(tail)
        known, ahead = self.checkpoint, other.checkpoint
        if ahead.offset > known.offset:
            self._buffer.drop(ahead.offset - known.offset)
            self.change(offset=ahead.offset, lines=ahead.lines, began=ahead.began, reached=ahead.reached)

    def _is_own(self, tail: Tail) -> bool:
        return tail.file.key == (self.checkpoint.device, self.checkpoint.inode)

    def is_final(self, keys: Mapping[str, Key], now: float) -> bool:
        """Whether nothing more is to be waited for; `keys` are the files at all paths."""
        at_home = keys.get(self._home)
        if at_home is not None and at_home not in [tail.file.key for tail in self.tails]:
            return True
        return all(tail.is_final(keys, now) for tail in self._decisive())

    def is_quiet(self, now: float) -> bool:
        """Whether it has not changed for so long that its unfinished last line is its last."""
        return len(self.tails) > 0 and all(tail.is_quiet(now) for tail in self._decisive())

    def is_read_to_end(self, now: float) -> bool:
        """Whether all that its files hold was taken, and they do not change."""
        return not self.has_more() and all(tail.is_settled(now) for tail in self._plain())

    def _plain(self) -> list[Tail]:
        return [tail for tail in self.tails if not tail.is_packed]

    def _decisive(self) -> list[Tail]:
        return self._plain() or self.tails

    # Its bytes

    def has_more(self) -> bool:
        """Whether there may be something to give."""
        offset = self.checkpoint.offset
        return len(self._buffer) > 0 or any(tail.has_more(offset) for tail in self.tails)

    def fill(self, size: int, now: float) -> bool:
        """Reads until `size` bytes are there, and a whole line; false when no more can be had now."""
        self.is_disturbed = False
        spent: list[Tail] = []
        while len(self._buffer) < size or not self._buffer.has_line():
            tail = self._choose(spent, now)
            if tail is None:
                return False
            data = tail.read(self.position, CHUNK)
            if data is None:
                tail.needs_look = self.is_disturbed = True
                return False
            if data:
                self._read_from(tail, data)
            elif tail.is_behind:
                return True
            else:
                spent.append(tail)
        return True

    def _read_from(self, tail: Tail, data: bytes) -> None:
        self._buffer.add(data)
        self._tail = tail
        self._was_plain = self._was_plain or not tail.is_packed
        self.change(is_over=False)

    def _choose(self, spent: Sequence[Tail], now: float) -> Tail | None:
        """The file to read on from: the one that was read last, before copies of it; plain before packed."""
        useful = [tail for tail in self.tails if tail not in spent and tail.has_more(self.position)]
        plain = [tail for tail in useful if not tail.is_packed]
        if self._tail in plain:
            return self._tail
        if plain:
            own = [tail for tail in plain if self._is_own(tail)]
            is_free = self._tail is None or self._tail.is_packed or self._tail.is_deleted or self._tail.is_settled(now)
            return max(own or plain, key=lambda tail: tail.length) if is_free else None
        return next((tail for tail in useful if self._is_needed(tail, now)), None)

    def _is_needed(self, packed: Tail, now: float) -> bool:
        """Whether a packed copy may hold more than the plain file, if there is still one."""
        others = [tail for tail in self.tails if not tail.is_packed and tail.is_within_reach and not tail.is_deleted]
        if others and not all(tail.is_settled(now) for tail in (packed, *others)):
            return False
        if self._was_plain and packed is not self._tail:
            packed.take_as_read(self.position)
        return packed.has_more(self.position)

    def cut_back(self, tail: Tail) -> bool:
        """Its file became shorter than what was read of it: goes on at its end, with the line that was cut.

        False when it did not.
        """
        length = tail.length
        if tail is not self.lead or length >= self.position:
            return False
        start = max(0, length - CHUNK)
        end = (tail.read(start, length - start) or b"").rfind(b"\n") + 1
        offset = min(self.checkpoint.offset, start + end if end else length)
        self._buffer.shorten(max(0, length - offset))
        self.change(offset=offset, is_over=False)
        return True

    # Pieces

    def lines(self, size: int) -> int:
        """How many bytes of whole lines a piece of about `size` bytes has."""
        return self._buffer.lines(size)

    def has_line_after(self, size: int) -> bool:
        """Whether a whole line stands after the first `size` bytes."""
        return self._buffer.has_line_after(size)

    def rest(self, size: int) -> bytes:
        """What is left after the first `size` bytes."""
        return self._buffer.after(size)

    def piece(self, size: int, *, is_live: bool) -> Piece:
        """The next bytes."""
        self.locate()
        checkpoint = self.checkpoint
        return Piece(checkpoint.path, checkpoint.head, checkpoint.offset, self._buffer.first(size), checkpoint, is_live)

    def advance(self, end: int, lines: int, began: int | None, reached: int | None) -> None:
        """Everything before the place `end` is taken; the last part of it had so many lines, of these UTC seconds."""
        self._buffer.drop(end - self.checkpoint.offset)
        self.rest_since = None
        known = self.checkpoint
        self.change(
            offset=end,
            lines=known.lines + lines,
            began=began if known.began is None else known.began,
            reached=known.reached if reached is None else reached,
        )

    # Its checkpoint

    def change(self, **fields: Any) -> None:
        """Changes the checkpoint where it differs."""
        checkpoint = msgspec.structs.replace(self.checkpoint, **fields)
        if checkpoint != self.checkpoint:
            self.checkpoint = checkpoint
            self.is_changed = True

    def locate(self) -> None:
        """Brings up to date where it is, and why it cannot be read."""
        files = [tail for tail in (self.lead, *self.tails) if tail is not None]
        tail = next((tail for tail in files if tail.gone_since is None), next(iter(files), None))
        if tail is not None:
            device, inode = tail.file.key
            self.change(path=tail.file.name, device=device, inode=inode, error=self.fault or tail.error)

    def take_changes(self, now: float) -> tuple[Checkpoint, bytes]:
        """The checkpoint to store, and the head by which it was stored before (empty when it is the same)."""
        self.checkpoint = msgspec.structs.replace(self.checkpoint, seen=now)
        before = self.stored_head if self.stored_head != self.checkpoint.head else b""
        self.stored_head = self.checkpoint.head
        self.is_changed = False
        return self.checkpoint, before
