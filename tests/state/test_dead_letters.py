"""The table of dead letters: each kept once, found by what is asked for, gone when done, read while it is in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shipper.errors import StateError
from shipper.model import DeadLetter
from shipper.state.dead_letters import Buried, Choice, DeadLetters
from shipper.state.opening import WAY_OUT, opened
from shipper.state.read_only import view_dead_letters
from shipper.state.store import SCHEMA_VERSION, Store, open_store, temporary_store

HEAD = b"how the log begins, for long enough to be known by it. " * 6


def line(data: bytes, offset: int | None = 0, source: str = "smtp.log", head: bytes = HEAD) -> DeadLetter:
    return DeadLetter("clock", "no zone is set", data, source, offset, head)


def document(id: str, version: int | None = None, data: bytes = b"{}", reason: str = "refused") -> DeadLetter:
    return DeadLetter(
        "cluster", reason, data, operation="index" if version else "create", index="utm-smtp-messages-2019.06", id=id,
        version=version, error=b'{"type":"mapper_parsing_exception"}',
    )  # fmt: skip


def without_head(letter: DeadLetter) -> DeadLetter:
    return msgspec.structs.replace(letter, head=b"")


@pytest.fixture
def letters() -> Iterator[DeadLetters]:
    with temporary_store() as store:
        yield store.dead_letters


# Keeping


def test_all_that_is_known_is_kept(letters: DeadLetters) -> None:
    kept = [line(b"\xff\x00 bytes", None), document("a", 3), document("b"), line(b"", 7, "/log/gr\u00fcn.log")]
    for letter in kept:
        letters.bury(letter)
    assert list(letters.find()) == [Buried(n, 1, without_head(letter)) for n, letter in enumerate(kept, 1)]


@pytest.mark.parametrize(
    "other",
    [
        line(b"x", 5, "smtp-2019-06-10.log.gz"),
        line(b"x", 5, head=HEAD[:256] + b"grown"),
        msgspec.structs.replace(line(b"x", 5), step="sources", reason="why now"),
    ],
    ids=["a copy", "longer now", "for another reason"],
)
def test_a_line_that_is_read_again_is_kept_once(letters: DeadLetters, other: DeadLetter) -> None:
    letters.bury(line(b"x", 5))
    letters.bury(other)
    expected = msgspec.structs.replace(line(b"x", 5), step=other.step, reason=other.reason)
    assert list(letters.find()) == [Buried(1, 2, without_head(expected))]


@pytest.mark.parametrize(
    "other",
    [line(b"x", 6), line(b"y", 5), line(b"x", 5, head=b"another log " * 30), line(b"x", 5, "other.log", b"short")],
    ids=["at another place", "other bytes", "of another log", "of another short log"],
)
def test_lines_that_differ_are_all_kept(letters: DeadLetters, other: DeadLetter) -> None:
    letters.bury(line(b"x", 5, head=b"short" if other.head == b"short" else HEAD))
    letters.bury(other)
    assert letters.count() == 2


def test_a_short_log_is_known_by_its_name_packed_or_not(letters: DeadLetters) -> None:
    for name in ("smtp.log", "smtp.log.gz"):
        letters.bury(line(b"x", 5, name, b"short"))
    assert letters.count() == 1


def test_of_a_document_the_fullest_version_is_kept(letters: DeadLetters) -> None:
    for letter in (document("a", 3, b"[3]"), document("a", 5, b"[5]", "why now"), document("a", 4, b"[4]")):
        letters.bury(letter)
    assert list(letters.find()) == [Buried(1, 2, document("a", 5, b"[5]", "why now"))]


def test_numbers_are_never_used_again(letters: DeadLetters) -> None:
    for offset in (1, 2):
        letters.bury(line(b"x", offset))
    letters.drop(Choice((2,)))
    letters.bury(line(b"x", 3))
    assert [buried.number for buried in letters.find()] == [1, 3]


# Finding


def filled(letters: DeadLetters, many: int = 3) -> None:
    for offset in range(many):
        letters.bury(line(b"x", offset))
    letters.bury(document("a", 3, reason="Failed to parse field [helo]"))
    letters.bury(document("b", 3, reason="failed to parse field [subject]"))


CHOICES = {
    "all": (Choice(), [1, 2, 3, 4, 5]),
    "numbers": (Choice((5, 1, 9)), [1, 5]),
    "none": (Choice(()), []),
    "step": (Choice(step="cluster"), [4, 5]),
    "reason in any case": (Choice(reason="FAILED TO parse field [h"), [4]),
    "a reason is no pattern": (Choice(reason="%"), []),
    "together": (Choice((1, 4), "cluster", "helo"), [4]),
}


@pytest.mark.parametrize(("choice", "numbers"), CHOICES.values(), ids=CHOICES)
def test_what_is_asked_for_is_found(letters: DeadLetters, choice: Choice, numbers: list[int]) -> None:
    filled(letters)
    assert [buried.number for buried in letters.find(choice)] == numbers
    assert letters.count(choice) == len(numbers)


def test_more_than_a_page_is_found_while_it_changes(letters: DeadLetters) -> None:
    filled(letters, 1800)
    found = []
    for buried in letters.find():
        found.append(buried.number)
        letters.drop(Choice((buried.number,)))
    assert (found, letters.count()) == (list(range(1, 1803)), 0)


def test_counts_by_step_and_reason(letters: DeadLetters) -> None:
    filled(letters)
    assert letters.reasons() == [
        ("clock", "no zone is set", 3),
        ("cluster", "Failed to parse field [helo]", 1),
        ("cluster", "failed to parse field [subject]", 1),
    ]
    assert letters.reasons(Choice(reason="helo")) == [("cluster", "Failed to parse field [helo]", 1)]


def test_numbers_that_nothing_has(letters: DeadLetters) -> None:
    filled(letters)
    letters.drop(Choice((2,)))
    assert letters.unknown([1, 2, 5, 6]) == [2, 6]


# Lines in their logs


def test_lines_of_a_log_come_in_their_order(letters: DeadLetters) -> None:
    other = b"another log " * 30
    for letter in (line(b"c", 900), line(b"a", 0), line(b"z", 0, "other.log", other), line(b"b", 40), document("d", 1)):
        letters.bury(letter)
    logs = letters.logs()
    assert [(log.path, log.head) for log in logs] == [("smtp.log", HEAD), ("other.log", other)]
    assert [[buried.letter.data for buried in letters.lines_of(log)] for log in logs] == [[b"a", b"b", b"c"], [b"z"]]
    assert letters.logs(Choice((3,))) == logs[1:]


def test_a_long_log_comes_whole(letters: DeadLetters) -> None:
    for offset in reversed(range(1300)):
        letters.bury(line(b"%d" % offset, offset // 3))
    (log,) = letters.logs()
    found = [buried.letter.offset for buried in letters.lines_of(log)]
    assert found == [offset // 3 for offset in range(1300)]


# Leaving


def rows(letters: DeadLetters) -> tuple[int, int]:
    """What is really in the tables: letters, logs."""
    tables = ("dead_letters", "dead_logs")
    counts = [letters._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    return counts[0], counts[1]


def settle(letters: DeadLetters, *numbers: int) -> None:
    for number in numbers:
        letters.settle(number)
    letters.sweep()


def test_what_is_dropped_is_gone(letters: DeadLetters) -> None:
    filled(letters)
    assert letters.drop(Choice(step="clock")) == 3
    assert ([buried.number for buried in letters.find()], rows(letters)) == ([4, 5], (2, 0))


def test_what_is_settled_is_gone_and_its_log_with_its_last_line(letters: DeadLetters) -> None:
    filled(letters)
    settle(letters, 1, 3, 4)
    assert ([buried.number for buried in letters.find()], rows(letters)) == ([2, 5], (2, 1))
    settle(letters, 2)
    assert ([buried.number for buried in letters.find()], rows(letters)) == ([5], (1, 0))


def test_a_log_that_went_and_came_again(letters: DeadLetters) -> None:
    letters.bury(line(b"x", 0))
    settle(letters, 1)
    letters.bury(line(b"x", 0))
    (log,) = letters.logs()
    assert [buried.number for buried in letters.lines_of(log)] == [2]


def test_a_line_is_found_by_its_place_and_bytes(letters: DeadLetters) -> None:
    for letter in (line(b"x", 5), line(b"x", 5), line(b"y", 5), line(b"x", 6)):
        letters.bury(letter)
    (log,) = letters.logs()
    places = [(5, b"x"), (5, b"y"), (6, b"x"), (6, b"y"), (7, b"x")]
    assert [letters.line(log, offset, data) for offset, data in places] == [(1, 2), (3, 1), (4, 1), None, None]


def test_a_line_that_stays_dead_for_another_reason(letters: DeadLetters) -> None:
    filled(letters, 1)
    letters.revise(1, "sources", "why now")
    (buried,) = letters.find(Choice((1,)))
    assert buried.letter == msgspec.structs.replace(without_head(line(b"x")), step="sources", reason="why now")


def test_a_document_that_is_deleted_is_forgotten(letters: DeadLetters) -> None:
    filled(letters)
    letters.forget([("utm-smtp-messages-2019.06", "a"), ("utm-smtp-messages-2019.07", "b")])
    assert [buried.number for buried in letters.find(Choice(step="cluster"))] == [5]


# Beside a running process


def seen(folder: Path) -> list[DeadLetter] | None:
    with view_dead_letters(folder) as found:
        return None if found is None else found.all()


def bury(store: Store, *letters: DeadLetter) -> None:
    for letter in letters:
        store.dead_letters.bury(letter)


def test_no_state_no_letters(tmp_path: Path) -> None:
    assert seen(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()
    opened(tmp_path / "state.db").close()
    assert seen(tmp_path) is None


def test_an_empty_file_has_lost_its_letters(tmp_path: Path) -> None:
    (tmp_path / "state.db").touch()
    with pytest.raises(StateError) as refused:
        seen(tmp_path)
    assert str(refused.value) == f"the state {tmp_path / 'state.db'} is an empty file; {WAY_OUT}"


def test_what_was_committed_is_seen_while_the_state_is_held(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        bury(store, document("a", 3))
        store.commit()
        bury(store, document("b", 3))
        assert seen(tmp_path) == [document("a", 3)]
        store.commit()
        assert seen(tmp_path) == [document("a", 3), document("b", 3)]
    assert seen(tmp_path) == [document("a", 3), document("b", 3)]


def test_a_view_keeps_nobody_from_writing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        bury(store, document("a", 3))
        store.commit()
    with view_dead_letters(tmp_path) as found:
        with open_store(tmp_path) as store:
            store.dead_letters.drop(Choice())
            store.commit()
        assert found
        assert found.all() == [document("a", 3)]
    assert seen(tmp_path) == []


def test_a_view_changes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        bury(store, document("a", 3))
        store.commit()
    with view_dead_letters(tmp_path) as found:
        assert found
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            found.drop(Choice())


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nothing like it " * 500)
    with pytest.raises(StateError) as refused:
        seen(tmp_path)
    assert str(refused.value) == f"the state {tmp_path / 'state.db'} cannot be read: file is not a database; {WAY_OUT}"


def test_a_state_of_a_later_version(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.commit()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StateError) as refused:
        seen(tmp_path)
    assert (
        str(refused.value)
        == f"the state {tmp_path / 'state.db'} was written by another version of utm-shipper; {WAY_OUT}"
    )
