"""Keeps up with the files under the followed paths: which log each of them holds now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shipper.model import Checkpoint
from shipper.sources.files import HEAD_BYTES
from shipper.sources.follow.identity import Logs, is_alike, is_telling
from shipper.sources.follow.log import FollowedLog
from shipper.sources.follow.scan import File, Found, Key, Scanner
from shipper.sources.follow.tail import QUIET, SETTLED, Tail
from shipper.sources.unpack import GZIP

MOST_OPEN = 256
"""Files that are held open, so that they can be read to their end after they were renamed or deleted."""

_MOST_LOOKS = 4
_SWEEP_EVERY = 5


class Watch:
    """The files, and the logs that they hold. `keys` are the files at all paths."""

    def __init__(self, paths: Sequence[str], logs: Logs, on_notice: Callable[[str], None]) -> None:
        self.keys: Mapping[str, Key] = {}
        self._scanner = Scanner(paths, on_notice)
        self._logs = logs
        self._on_notice = on_notice
        self._tails: dict[Key, Tail] = {}
        self._held: dict[Key, FollowedLog] = {}
        self._missed: set[FollowedLog] = set()
        self._said: dict[Key, str] = {}
        self._swept = float("-inf")

    def update(self, now: float) -> None:
        """Takes the files as they are now."""
        for tail in self._tails.values():
            self._check(tail, now)
        found = self._find(now)
        if found.is_whole and abs(now - self._swept) >= _SWEEP_EVERY:
            self._swept = now
            self._let_go(now)
            self._settle(now)
        self._complain(now)

    def _find(self, now: float) -> Found:
        """Looks until nothing moves away while it looks: what is renamed just then may be missed under both names."""
        for _ in range(_MOST_LOOKS):
            found = self._scanner.scan(beside=len(self._missed) > 0)
            self.keys = found.keys
            self._see(found, now)
            is_steady = self._look(now)
            self._assign(now)
            missed = {log for log in self._logs if _is_out_of_place(log)}
            is_steady = is_steady and missed <= self._missed
            self._missed = missed
            if is_steady:
                break
        return found

    # Files

    def _see(self, found: Found, now: float) -> None:
        self._see_all(found.files, now, is_beside=False)
        self._see_all(found.beside, now, is_beside=True)
        if len(self._tails) == len(found.files) + len(found.beside):
            return
        for key, tail in self._tails.items():
            if key not in found.files and key not in found.beside and tail.gone_since is None:
                tail.gone_since = now
                self._check(tail, now)  # it may have grown before it went

    def _check(self, tail: Tail, now: float) -> None:
        if not tail.check(now):
            self._lose(tail, now)
            tail.forget()

    def _see_all(self, files: Mapping[Key, File], now: float, *, is_beside: bool) -> None:
        for key, file in files.items():
            tail = self._tails.get(key)
            if tail is not None and not tail.is_within_reach and file != tail.file:
                self._drop(tail)  # another file by now, with the inode of one that was deleted
                tail = None
            if tail is None:
                tail = self._tails[key] = Tail(file, now)
            tail.is_beside = is_beside
            tail.gone_since = None
            if file != tail.file:
                tail.see(file, now)
                if tail.has_moved and key in self._held:
                    self._held[key].locate()

    def _look(self, now: float) -> bool:
        """Looks at what is new or changed; false when something was not there any more."""
        tails = [tail for tail in self._tails.values() if tail.needs_look and tail.is_within_reach]
        room = MOST_OPEN - sum(tail.is_open for tail in self._tails.values()) if tails else 0
        is_steady = True
        for tail in sorted(tails, key=lambda tail: -tail.file.modified):
            was_open, before = tail.is_open, tail.head
            try:
                tail.look()
            except FileNotFoundError:
                is_steady = False
                continue
            self._compare(tail, before, now)
            if tail.is_open and not was_open:
                if tail.is_packed or tail.is_old(now) or room <= 0:
                    tail.close()
                else:
                    room -= 1
        return is_steady

    def _compare(self, tail: Tail, before: bytes, now: float) -> None:
        """Whether it still holds the log that it held."""
        log = self._held.get(tail.file.key)
        if log is None:
            return
        head = log.checkpoint.head
        if not tail.head.startswith(before):
            self._lose(tail, now)
        elif not is_alike(tail.head, head):
            self._release(tail, now)
        elif len(tail.head) > len(head):
            if tail is log.lead:
                self._grow(log, tail.head)
            else:
                self._release(tail, now)
        elif tail.was_cut and len(head) == HEAD_BYTES:
            tail.was_cut = False
            if log.cut_back(tail):
                self._on_notice(f"{tail.file.name}: cut back to {tail.file.size} bytes; reading goes on there")

    # Logs

    def _lose(self, tail: Tail, now: float) -> None:
        """A file that held a log has another content by now."""
        log = self._held.pop(tail.file.key, None)
        if log is None:
            return
        if tail is log.lead and not tail.has_moved and not tail.is_packed:
            unread = tail.unread(log.position)
            left = (
                f"; {unread} bytes of the old one were not read, and are looked for in a copy of it" if unread else ""
            )
            self._on_notice(f"{tail.file.name}: truncated, a new log begins there{left}")
        log.detach(tail, now)

    def _release(self, tail: Tail, now: float) -> None:
        """What looked like a copy of a log is one of its own."""
        self._held.pop(tail.file.key).detach(tail, now)

    def _grow(self, log: FollowedLog, head: bytes) -> FollowedLog:
        grown = self._logs.grow(log, head)
        for tail in grown.tails:
            self._held[tail.file.key] = grown
        return grown

    def _assign(self, now: float) -> None:
        """Finds the logs of files that hold none yet: those seen in these very files first, then the longest."""
        loose = [tail for key, tail in self._tails.items() if key not in self._held and self._is_telling(tail, now)]
        loose.sort(key=lambda tail: (not self._logs.owns(tail.file, tail.head), -len(tail.head), tail.file.path))
        for tail in loose:
            log = self._logs.match(tail.head, tail.file) or self._match_grown(tail, now)
            if log is None:
                if tail.is_beside:
                    continue
                log = self._logs.add(tail.head, tail.file)
            elif len(tail.head) > len(log.checkpoint.head):
                log = self._grow(log, tail.head)
            self._held[tail.file.key] = log
            log.attach(tail)

    def _match_grown(self, tail: Tail, now: float) -> FollowedLog | None:
        """A short log may have grown since it was looked at, and this be a copy of it as it is now."""
        for log in self._logs.shorter(tail.head):
            if log.lead is not None:
                log.lead.needs_look = True
        self._look(now)
        return self._logs.match(tail.head, tail.file)

    def _is_telling(self, tail: Tail, now: float) -> bool:
        if tail.head in (b"", GZIP[:1]) or not tail.is_within_reach:
            return False
        return is_telling(tail.head) or tail.is_final(self.keys, now) or tail.is_quiet(now)

    # What ends

    def _let_go(self, now: float) -> None:
        """Drops files that are gone for a while; those that are open only when nothing more can come."""
        for tail in list(self._tails.values()):
            if tail.gone_since is None or now - tail.gone_since < SETTLED:
                continue
            if tail.is_open and (self._has_more(tail) or not (tail.is_deleted or now - tail.changed >= QUIET)):
                continue
            self._drop(tail)

    def _has_more(self, tail: Tail) -> bool:
        log = self._held.get(tail.file.key)
        return log is not None and tail.has_more(log.position)

    def _drop(self, tail: Tail) -> None:
        tail.close()
        del self._tails[tail.file.key]
        log = self._held.pop(tail.file.key, None)
        self._said.pop(tail.file.key, None)
        if log is not None:
            log.detach(tail, tail.gone_since or 0.0)
        elif tail.file.size and not tail.is_beside:
            self._on_notice(f"{tail.file.name}: gone before its {tail.file.size} bytes were read")

    def _settle(self, now: float) -> None:
        """Marks logs of which nothing more is to come."""
        for log in self._logs:
            known = log.checkpoint
            if known.is_over and not known.error:
                continue
            if log.tails:
                if not known.is_over and log.is_final(self.keys, now) and log.is_read_to_end(now):
                    log.change(is_over=True)
            elif log.missing_since is None:
                log.missing_since = now
            elif now - log.missing_since >= SETTLED and self._is_gone(known):
                self._give_up(log)

    def _is_gone(self, known: Checkpoint) -> bool:
        """Whether it would have been found, and is not just unreadable."""
        tail = self._tails.get((known.device, known.inode))
        return self._scanner.covers(known.path) and (tail is None or not tail.error)

    def _give_up(self, log: FollowedLog) -> None:
        known = log.checkpoint
        if not known.is_over and log.lost is None:
            self._on_notice(
                f"{known.path}: not found since the last run; what was added after its byte {known.offset} is not read"
            )
        elif log.lost:
            self._on_notice(f"{known.path}: gone before {log.lost} bytes of it were read")
        log.change(is_over=True, error="")

    # What is wrong

    def _complain(self, now: float) -> None:
        """Says once what is wrong with each file, and notes it for its log."""
        for key, tail in self._tails.items():
            trouble = tail.error or tail.damage(now)
            if trouble == self._said.get(key, ""):
                continue
            self._said[key] = trouble
            self._blame(self._held.get(key) or self._logs.last_seen_in(tail.file), trouble, tail.error)
            if trouble:
                advice = "; tried again until it can be" if tail.error else ""
                self._on_notice(f"{tail.file.name}: {'cannot be read: ' if tail.error else ''}{trouble}{advice}")

    @staticmethod
    def _blame(log: FollowedLog | None, trouble: str, error: str) -> None:
        if log is not None:
            log.fault = "" if error else trouble
            log.change(error=trouble)

    def tidy(self, now: float) -> None:
        """Closes files that need not be open."""
        opened = [tail for tail in self._tails.values() if tail.is_open and tail.gone_since is None]
        kept = []
        for tail in sorted(opened, key=lambda tail: -tail.changed):
            if tail.is_being_unpacked if tail.is_packed else not tail.is_old(now) or self._has_more(tail):
                kept.append(tail)
            else:
                tail.close()
        for tail in kept[MOST_OPEN:]:
            tail.close()

    def close(self) -> None:
        """Closes all files."""
        for tail in self._tails.values():
            tail.close()


def _is_out_of_place(log: FollowedLog) -> bool:
    """Whether it may be found next to the files that were named, rather than among those that are followed."""
    if log.checkpoint.is_over:
        return False
    return all(tail.gone_since is not None or tail.is_beside for tail in log.tails)
