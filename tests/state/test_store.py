"""What survives a run: messages found by any of their ids, memory, dead letters; all of a run or nothing of it."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shipper.errors import StateError
from shipper.model import DeadLetter
from shipper.state.store import SCHEMA_VERSION, Store, open_store, temporary_store

WAY_OUT = "the state can be deleted: ship the logs again and the cluster ends up the same"


@pytest.fixture
def store() -> Iterator[Store]:
    with temporary_store() as temporary:
        yield temporary


# Messages


@pytest.mark.parametrize("queue_id", ["a-1", "b-1", "c-1"])
def test_a_message_is_found_by_each_of_its_ids(store: Store, queue_id: str) -> None:
    store.put("utm", 10, {"a-1", "b-1", "c-1"}, b"message", None)
    assert store.take("utm", queue_id) == b"message"


def test_a_message_that_was_taken_is_out_of_the_store(store: Store) -> None:
    store.put("utm", 10, {"a-1", "b-1"}, b"message", b"document")
    store.take("utm", "a-1")
    assert store.take("utm", "a-1") is store.take("utm", "b-1") is None
    assert list(store.documents()) == list(store.expire("utm", 1000)) == []


def test_ids_belong_to_a_host(store: Store) -> None:
    store.put("utm-a", 10, {"a-1"}, b"of a", None)
    store.put("utm-b", 10, {"a-1"}, b"of b", None)
    assert store.take("utm-c", "a-1") is None
    assert store.take("utm-b", "a-1") == b"of b"
    assert store.take("utm-a", "a-1") == b"of a"


def test_expiry_gives_what_is_owed_once_and_leaves_the_younger(store: Store) -> None:
    store.put("utm", 10, {"old-1"}, b"old", b"owed by old")
    store.put("utm", 11, {"done-1"}, b"done", None)
    store.put("utm", 20, {"young-1"}, b"young", b"owed by young")
    store.put("other", 10, {"old-1"}, b"of another host", b"owed by another")
    assert list(store.expire("utm", 20)) == [b"owed by old"]
    assert list(store.expire("utm", 20)) == []
    assert store.take("utm", "old-1") is store.take("utm", "done-1") is None
    assert store.take("utm", "young-1") == b"young"
    assert store.take("other", "old-1") == b"of another host"


def test_more_may_expire_than_is_read_at_once(store: Store) -> None:
    for number in range(2345):
        store.put("utm", number, {f"id-{number}"}, b"", b"%d" % number)
    assert list(store.expire("utm", 2340)) == [b"%d" % number for number in range(2340)]
    assert list(store.documents()) == [b"%d" % number for number in range(2340, 2345)]


def test_what_each_round_and_each_start_asks_for_is_found_without_a_search(tmp_path: Path) -> None:
    """There may be millions of messages, several kilobytes each."""
    with open_store(tmp_path) as store:
        store.put("utm", 1, {"a-1"}, b"in progress", is_shown=False)
        store.put("utm", 2, {"b-1"}, b"open")
        store.put("utm", 3, {"c-1"}, b"complete", is_open=False)
        asked: list[str] = []
        store._db.set_trace_callback(asked.append)
        assert store.count_open() == 2
        assert store.take_unshown("utm") == [b"in progress"]
        store._db.set_trace_callback(None)
        plans = [
            [step[3] for step in store._db.execute(f"EXPLAIN QUERY PLAN {query}")]
            for query in asked
            if query.startswith("SELECT")
        ]
    assert plans == [
        ["SCAN messages USING COVERING INDEX messages_open"],
        ["SEARCH messages USING INDEX messages_not_shown (host=?)"],
    ]


def test_what_is_owed_comes_in_the_order_in_which_it_was_put(store: Store) -> None:
    for number in (3, 1, 2):
        store.put("utm", number, {f"id-{number}"}, b"", b"document %d" % number)
    store.put("utm", 9, {"id-9"}, b"", None)
    assert list(store.documents()) == [b"document 3", b"document 1", b"document 2"]


def test_many_messages_are_as_one_dictionary(store: Store) -> None:
    """Held, written many at a time, taken, put back under more ids, expired: as a plain dictionary would say."""
    rng, known = random.Random(1), {}
    for number in range(12_000):
        name = f"id-{rng.randrange(3000)}"
        message = known.pop(name, None)
        assert store.take("utm", name) == message
        store.put("utm", number, {name}, b"%d" % number, None)
        known[name] = b"%d" % number
        if number % 2500 == 2499:
            assert list(store.expire("utm", number - 1500)) == []
            known = {key: value for key, value in known.items() if int(value) >= number - 1500}
    assert {name: store.take("utm", name) for name in list(known)} == known


# Memory and dead letters


class Remembered(msgspec.Struct):
    number: int
    words: dict[str, int] = msgspec.field(default_factory=dict)


def test_memory_by_name_and_by_beginning(store: Store) -> None:
    store.remember("reading", Remembered(1))
    store.remember("host:utm-a", Remembered(2, {"a": 1}))
    store.remember("host:utm-b", Remembered(3))
    store.remember("host:utm-a", Remembered(4, {"b": 2}))
    assert store.recall("reading", Remembered) == Remembered(1)
    assert store.recall("never", Remembered) is None
    found = sorted(store.recall_all("host:", Remembered), key=lambda value: value.number)
    assert found == [Remembered(3), Remembered(4, {"b": 2})]


def test_a_beginning_is_no_pattern(store: Store) -> None:
    store.remember("host:utm", Remembered(1))
    assert store.recall_all("host_", Remembered) == store.recall_all("%", Remembered) == []


def test_dead_letters_are_kept_in_order_and_once(store: Store) -> None:
    letters = [
        DeadLetter("sources", "no time", b"\xff\x00 bytes", "smtp.log", 7),
        DeadLetter("cluster", "refused", b"{}", "index/id"),
        DeadLetter("sources", "no time", b"other bytes", "smtp.log", 9),
    ]
    for letter in [*letters, letters[0], letters[1]]:
        store.dead_letters.bury(letter)
    assert store.dead_letters.all() == letters


# The database


def fill(store: Store) -> None:
    store.put("utm", 10, {"a-1"}, b"message", None)
    store.remember("reading", Remembered(1))
    store.dead_letters.bury(DeadLetter("sources", "no time", b"bytes"))


def held(store: Store) -> tuple[bytes | None, Remembered | None, int]:
    return store.take("utm", "a-1"), store.recall("reading", Remembered), len(store.dead_letters.all())


def test_what_was_committed_is_there_in_the_next_run(tmp_path: Path) -> None:
    with open_store(tmp_path / "state") as first:
        fill(first)
        first.commit()
    with open_store(tmp_path / "state") as second:
        assert held(second) == (b"message", Remembered(1), 1)


def test_a_run_that_did_not_end_well_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    def interrupted_run() -> None:
        with open_store(tmp_path) as first:
            fill(first)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_run()
    with open_store(tmp_path) as second:
        assert held(second) == (None, None, 0)


def test_changes_after_a_commit_are_not_part_of_it(tmp_path: Path) -> None:
    with open_store(tmp_path) as first:
        fill(first)
        first.commit()
        assert held(first) == (b"message", Remembered(1), 1)
        first.put("utm", 11, {"b-1"}, b"later", None)
    with open_store(tmp_path) as second:
        assert (second.take("utm", "b-1"), *held(second)) == (None, b"message", Remembered(1), 1)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with open_store(tmp_path) as first:
        for commit in (False, True):
            with pytest.raises(StateError) as refused, open_store(tmp_path):
                pass
            what = f"process {os.getpid()} uses the state {tmp_path / 'state.db'}"
            assert str(refused.value) == f"{what}; wait for it, or name another with --state"
            if not commit:
                first.commit()
    with open_store(tmp_path):
        pass


def test_only_its_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    with open_store(tmp_path / "deep" / "state"):
        assert (tmp_path / "deep" / "state").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateError) as refused, open_store(tmp_path / "file" / "state"):
        pass
    assert str(refused.value).startswith(f"cannot use the state directory {tmp_path / 'file' / 'state'}: ")
    assert str(refused.value).endswith("; name another with --state")


def test_a_state_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with open_store(tmp_path) as first:
        fill(first)
        first.commit()
    set_version(tmp_path, SCHEMA_VERSION + 1)
    with pytest.raises(StateError) as refused, open_store(tmp_path):
        pass
    assert (
        str(refused.value)
        == f"the state {tmp_path / 'state.db'} was written by another version of utm-shipper; {WAY_OUT}"
    )
    set_version(tmp_path, SCHEMA_VERSION)
    with open_store(tmp_path) as again:
        assert held(again) == (b"message", Remembered(1), 1)


def set_version(folder: Path, version: int) -> None:
    connection = sqlite3.connect(folder / "state.db")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nothing like it " * 500)
    with pytest.raises(StateError) as refused, open_store(tmp_path):
        pass
    assert str(refused.value) == (
        f"the state {tmp_path / 'state.db'} cannot be used: file is not a database; {WAY_OUT}"
    )


def test_damage_that_shows_only_on_reading(tmp_path: Path) -> None:
    with open_store(tmp_path) as first:
        for number in range(3000):
            first.put("utm", number, {f"id-{number}"}, b"message" * 20, None)
        first.commit()
    file = tmp_path / "state.db"
    content = file.read_bytes()
    file.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(StateError, match="cannot be used"), open_store(tmp_path) as damaged:
        assert [damaged.take("utm", f"id-{number}") for number in range(3000)] == []


@pytest.mark.parametrize("stored", [b"\xc1", b"\x81\xa6number\xa3one"], ids=["no value", "another value"])
def test_memory_that_cannot_be_read_is_a_damaged_state(tmp_path: Path, stored: bytes) -> None:
    with open_store(tmp_path) as first:
        first.remember("reading", Remembered(1))
        first.commit()
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.execute("UPDATE memory SET value = ?", (stored,))
    connection.commit()
    connection.close()
    with pytest.raises(StateError, match=WAY_OUT), open_store(tmp_path) as damaged:
        damaged.recall("reading", Remembered)
