"""The dead letters in the state: what could not take its next step, until it is replayed or dropped.

Lines are kept with the log they stood in, so that a replay reads them in their order there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import msgspec

from shipper.model import DeadLetter, Operation

SCHEMA = """
CREATE TABLE dead_logs (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, path TEXT NOT NULL, head BLOB NOT NULL);
CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT, identity BLOB NOT NULL UNIQUE, step TEXT NOT NULL, reason TEXT NOT NULL,
    data BLOB NOT NULL, source TEXT NOT NULL, offset INTEGER, log INTEGER, operation TEXT, "index" TEXT NOT NULL,
    id TEXT NOT NULL, version INTEGER, error BLOB NOT NULL, times INTEGER NOT NULL
);
CREATE INDEX dead_letters_by_log ON dead_letters (log, offset, number)
"""
_KEY_BYTES = 256
_PAGE = 500
_LETTER = 'number, times, step, reason, data, source, offset, operation, "index", id, version, error'
_CHOSEN = (
    "(:numbers IS NULL OR number IN (SELECT value FROM json_each(:numbers)))"
    " AND (:step IS NULL OR step = :step) AND (:reason IS NULL OR instr(lower(reason), lower(:reason)))"
)


class Choice(msgspec.Struct, frozen=True):
    """Which dead letters are meant: all that fit everything that is given. `reason` is a part of it, in any case."""

    numbers: tuple[int, ...] | None = None
    step: str | None = None
    reason: str | None = None


ALL = Choice()


class Buried(msgspec.Struct, frozen=True, gc=False):
    """A dead letter in the state. `times` is how often it was read, or refused, by runs that counted it."""

    number: int
    times: int
    letter: DeadLetter


class DeadLog(msgspec.Struct, frozen=True):
    """A log that dead lines stood in: where it was read first, and how it begins."""

    number: int
    path: str
    head: bytes


class DeadLetters:
    """The table of dead letters; changes last with the store's next commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._known_log: tuple[bytes, int] | None = None

    def bury(self, letter: DeadLetter, times: int = 1) -> None:
        """Keeps a dead letter: a line of a log once, a document as it was refused last."""
        log = None if letter.operation else self._log_of(letter)
        self._db.execute(
            f"""INSERT INTO dead_letters (identity, {_LETTER}, log)
            VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (identity) DO UPDATE SET step = excluded.step, reason = excluded.reason, data = excluded.data,
            operation = excluded.operation, version = excluded.version, error = excluded.error,
            times = times + excluded.times
            WHERE version IS NULL OR excluded.version >= version""",
            (
                _identity(letter, log), times, letter.step, letter.reason, letter.data, letter.source, letter.offset,
                letter.operation, letter.index, letter.id, letter.version, letter.error, log,
            ),
        )  # fmt: skip

    def _log_of(self, letter: DeadLetter) -> int:
        key = _log_key(letter)
        if self._known_log is None or self._known_log[0] != key:
            self._db.execute(
                "INSERT OR IGNORE INTO dead_logs (key, path, head) VALUES (?, ?, ?)", (key, letter.source, letter.head)
            )
            row = self._db.execute("SELECT number FROM dead_logs WHERE key = ?", (key,)).fetchone()
            self._known_log = (key, row[0])
        return self._known_log[1]

    # Looking

    def all(self) -> list[DeadLetter]:
        """All dead letters, oldest first."""
        return [buried.letter for buried in self.find()]

    def find(self, choice: Choice = ALL) -> Iterator[Buried]:
        """The dead letters that are meant, oldest first. They may be changed meanwhile."""
        yield from self._pages(_CHOSEN, _named(choice))

    def documents(self, choice: Choice = ALL) -> Iterator[Buried]:
        """The documents among them."""
        yield from self._pages(f"operation IS NOT NULL AND {_CHOSEN}", _named(choice))

    def unknown(self, numbers: Iterable[int]) -> list[int]:
        """Those of the numbers that no dead letter has."""
        return [number for number in numbers if not self.count(Choice((number,)))]

    def count(self, choice: Choice = ALL) -> int:
        """How many are meant."""
        rows = self._db.execute(f"SELECT count(*) FROM dead_letters WHERE {_CHOSEN}", _named(choice))
        found: int = rows.fetchone()[0]
        return found

    def reasons(self, choice: Choice = ALL) -> list[tuple[str, str, int]]:
        """(step, reason, how many), most first."""
        return self._db.execute(
            f"SELECT step, reason, count(*) AS many FROM dead_letters WHERE {_CHOSEN}"
            " GROUP BY step, reason ORDER BY many DESC, step, reason",
            _named(choice),
        ).fetchall()

    def _pages(self, where: str, values: dict[str, object]) -> Iterator[Buried]:
        last = 0
        while page := self._page(f"{where} AND number > :last ORDER BY number", values | {"last": last}):
            yield from page
            last = page[-1].number

    def _page(self, where: str, values: dict[str, object]) -> list[Buried]:
        rows = self._db.execute(f"SELECT {_LETTER} FROM dead_letters WHERE {where} LIMIT {_PAGE}", values)
        return [_buried(*row) for row in rows]

    # Lines and their logs

    def logs(self, choice: Choice = ALL) -> list[DeadLog]:
        """The logs of the lines that are meant."""
        rows = self._db.execute(
            "SELECT number, path, head FROM dead_logs WHERE number IN"
            f" (SELECT log FROM dead_letters WHERE {_CHOSEN}) ORDER BY number",
            _named(choice),
        )
        return [DeadLog(*row) for row in rows]

    def lines_of(self, log: DeadLog) -> Iterator[Buried]:
        """All dead lines of a log in their order. Those that were given may be changed meanwhile."""
        values: dict[str, object] = {"log": log.number, "offset": -1, "last": 0}
        where = "log = :log AND (ifnull(offset, 0), number) > (:offset, :last) ORDER BY ifnull(offset, 0), number"
        while page := self._page(where, values):
            yield from page
            values |= {"offset": page[-1].letter.offset or 0, "last": page[-1].number}

    def line(self, log: DeadLog, offset: int, data: bytes) -> tuple[int, int] | None:
        """(number, times) of a dead line of a log."""
        identity = _identity(DeadLetter("", "", data, offset=offset), log.number)
        found: tuple[int, int] | None = self._db.execute(
            "SELECT number, times FROM dead_letters WHERE identity = ?", (identity,)
        ).fetchone()
        return found

    # Leaving

    def drop(self, choice: Choice) -> int:
        """Forgets the dead letters that are meant, and returns how many those were."""
        dropped = self._db.execute(f"DELETE FROM dead_letters WHERE {_CHOSEN}", _named(choice)).rowcount
        self.sweep()
        return dropped

    def settle(self, number: int) -> None:
        """This one has taken its next step."""
        self._db.execute("DELETE FROM dead_letters WHERE number = ?", (number,))

    def revise(self, number: int, step: str, reason: str) -> None:
        """This line still is a dead letter, perhaps for another reason."""
        self._db.execute("UPDATE dead_letters SET step = ?, reason = ? WHERE number = ?", (step, reason, number))

    def forget(self, documents: Iterable[tuple[str, str]]) -> None:
        """These documents (index, id) are not to be stored any more."""
        self._db.executemany(
            'DELETE FROM dead_letters WHERE operation IS NOT NULL AND "index" = ? AND id = ?', list(documents)
        )

    def sweep(self) -> None:
        """Forgets logs that no dead line stands in any more."""
        self._known_log = None
        self._db.execute(
            "DELETE FROM dead_logs WHERE number NOT IN (SELECT log FROM dead_letters WHERE log IS NOT NULL)"
        )


def _identity(letter: DeadLetter, log: int | None) -> bytes:
    parts: Sequence[object] = (letter.index, letter.id) if log is None else (log, letter.offset)
    place = "\0".join(map(str, parts)).encode() + b"\0"
    return blake2b(place + (b"" if log is None else letter.data), digest_size=16).digest()


def _log_key(letter: DeadLetter) -> bytes:
    """A log is known by how it begins, where that is long enough to mean it; by its path as well where it is not."""
    head = letter.head[:_KEY_BYTES]
    path = "" if len(head) == _KEY_BYTES else letter.source.removesuffix(".gz")
    return blake2b(path.encode("utf-8", "surrogateescape") + b"\0" + head, digest_size=16).digest()


def _named(choice: Choice) -> dict[str, object]:
    numbers = None if choice.numbers is None else msgspec.json.encode(choice.numbers).decode()
    return {"numbers": numbers, "step": choice.step, "reason": choice.reason}


def _buried(
    number: int, times: int, step: str, reason: str, data: bytes, source: str, offset: int | None,
    operation: Operation | None, index: str, id: str, version: int | None, error: bytes,
) -> Buried:  # fmt: skip
    letter = DeadLetter(step, reason, data, source, offset, b"", operation, index, id, version, error)
    return Buried(number, times, letter)
