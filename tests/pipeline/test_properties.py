"""The promises for any log: however it is cut, packed, ordered and interleaved, the documents are the same."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.comparison import Document, assert_equal, normalize
from tests.generator import cut, generate, interleave, merge, render
from tests.generator.model import Traffic
from tests.pipeline.running import Result, parts_of, run, write_log

START = datetime(2019, 6, 10, 20, 30, tzinfo=UTC)  # midnight of the gateway falls into the log
few = settings(
    max_examples=12, deadline=None, derandomize=True, print_blob=True, database=None, phases=[Phase.generate]
)
seeds = st.integers(0, 1000)


@cache
def traffic(dialect: str = "4.82", host: str = "utm", zone: str = "Europe/Berlin") -> Traffic:
    return generate(11, messages=110, start=START, rate=0.6, dialect=dialect, host=host, zone=zone)


@cache
def as_one(dialect: str = "4.82") -> Result:
    """The documents of the uncut log."""
    with TemporaryDirectory() as folder:
        return run(write_log(Path(folder) / "smtp.log", render(traffic(dialect).lines)))


def assert_same(result: Result, reference: Result) -> None:
    """The same events and messages under the same ids, each written once."""
    assert result.balance.holds
    assert result.balance.dead_letters == 0
    assert sorted(result.event_ids) == sorted(reference.event_ids)
    assert_equal(reference.messages, result.messages)
    assert sorted(result.message_ids) == sorted(reference.message_ids)


def order_of(parts: list[Path], seed: int) -> list[Path]:
    return Random(seed).sample(parts, len(parts))


def pack(paths: list[Path], seed: int) -> list[Path]:
    """Some of the files as gzip, named so or not."""
    rng, packed = Random(seed), []
    for path in paths:
        choice = rng.randrange(3)
        if choice:
            path.write_bytes(gzip.compress(path.read_bytes()))
        packed.append(path.rename(f"{path}.gz") if choice == 1 else path)
    return packed


def test_reference_is_the_truth() -> None:
    for dialect in ("4.82", "4.97"):
        assert_equal(traffic(dialect).messages, as_one(dialect).messages, traffic(dialect).scenarios)


@given(points=st.lists(st.integers(1, 1100), max_size=6, unique=True), seed=seeds)
@few
def test_cut_at_any_line_in_any_order(points: list[int], seed: int) -> None:
    lines = render(traffic().lines)
    parts = [b"".join(line + b"\n" for line in part) for part in cut(lines, [p for p in points if p < len(lines)])]
    with TemporaryDirectory() as folder:
        assert_same(run(*order_of(parts_of(Path(folder), parts), seed)), as_one())


def byte_points(data: bytes, points: list[float]) -> list[int]:
    """Places in the data, such that every part holds more than one whole line."""
    kept = [0]
    for point in sorted(int(share * len(data)) for share in points):
        if data.count(b"\n", kept[-1], point) > 2 and data.count(b"\n", point) > 2:
            kept.append(point)
    return kept[1:]


@given(points=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=6), seed=seeds)
@few
def test_cut_at_any_byte_in_any_order(points: list[float], seed: int) -> None:
    data = traffic().text
    parts = cut(data, byte_points(data, points))
    with TemporaryDirectory() as folder:
        assert_same(run(*order_of(pack(parts_of(Path(folder), parts), seed), seed)), as_one())


@cache
def of_two_gateways() -> Result:
    with TemporaryDirectory() as folder:
        return run(*parts_of(Path(folder), [traffic().text, traffic(host="utm-2").text]))


@given(points=st.lists(st.floats(0.001, 0.999), min_size=4, max_size=9), seed=seeds)
@few
def test_cut_at_any_byte_beside_logs_of_another_gateway(points: list[float], seed: int) -> None:
    """A log of the other may begin between the two parts of a line and the line after them."""
    data, lines = traffic().text, render(traffic(host="utm-2").lines)
    places = sorted(Random(seed).sample(range(1, len(lines)), 60))
    others = [b"".join(line + b"\n" for line in part) for part in cut(lines, places)]
    with TemporaryDirectory() as folder:
        logs = parts_of(Path(folder), cut(data, byte_points(data, points)))
        logs += parts_of(Path(folder), others, "other-{:03d}.log")
        assert_same(run(*order_of(logs, seed)), of_two_gateways())


@given(seed=seeds)
@few
def test_every_line_a_file(seed: int) -> None:
    """Rotation in the smallest steps: forty files of a few lines each."""
    lines = render(traffic().lines)
    points = sorted(Random(seed).sample(range(1, len(lines)), 40))
    parts = [b"".join(line + b"\n" for line in part) for part in cut(lines, points)]
    with TemporaryDirectory() as folder:
        assert_same(run(*order_of(parts_of(Path(folder), parts), seed)), as_one())


@given(seed=seeds)
@few
def test_interleaved_differently(seed: int) -> None:
    """Within a second syslog may take the processes in another order."""
    with TemporaryDirectory() as folder:
        other = run(write_log(Path(folder) / "smtp.log", render(interleave(traffic().lines, seed))))
    assert sorted(other.event_ids) == sorted(as_one().event_ids)
    assert_equal(traffic().messages, other.messages, traffic().scenarios)


@pytest.mark.parametrize("names", [("smtp.log", "smtp.log.gz"), ("smtp.log", "copy/smtp-2019-06-10.log.gz")])
def test_twice(tmp_path: Path, names: tuple[str, str]) -> None:
    """The plain file and its gz together: every event and every message once, as it was."""
    (tmp_path / "copy").mkdir()
    plain = write_log(tmp_path / names[0], render(traffic().lines))
    packed = tmp_path / names[1]
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    result = run(plain, packed)
    assert result.balance.holds
    assert sorted(result.event_ids) == sorted(as_one().event_ids)
    assert result.balance.repeated == len(as_one().event_ids)
    stored = result.by_id
    assert stored.keys() == set(as_one().message_ids)
    assert_equal(as_one().messages, list(stored.values()))


def test_one_path_given_twice_is_read_once(tmp_path: Path) -> None:
    plain = write_log(tmp_path / "smtp.log", render(traffic().lines))
    assert_same(run(plain, tmp_path, f"{tmp_path}/../{tmp_path.name}/smtp.log"), as_one())


@given(seed=seeds)
@few
def test_archives_and_the_live_file_overlap(seed: int) -> None:
    """The archive of the day was made while the live file still holds its last lines."""
    lines = render(traffic().lines)
    split = Random(seed).randrange(200, len(lines) - 200)
    with TemporaryDirectory() as folder:
        archive, live = Path(folder) / "smtp-2019-06-10.log.gz", Path(folder) / "smtp.log"
        archive.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines[: split + 100])))
        write_log(live, lines[split:])
        stored = run(Path(folder)).by_id
    assert_equal(as_one().messages, list(stored.values()))


@pytest.mark.parametrize("in_one_file", [True, False])
def test_several_hosts_with_the_same_ids(tmp_path: Path, in_one_file: bool) -> None:
    """Two boxes in two zones, whose queue ids and pids are the same."""
    logs = [traffic(), traffic(host="utm2", zone="America/New_York")]
    whole = merge(*logs)
    if in_one_file:
        result = run(write_log(tmp_path / "all.log", render(whole.lines)))
    else:
        result = run(*(write_log(tmp_path / f"{n}.log", render(log.lines)) for n, log in enumerate(logs)))
    assert_equal(whole.messages, result.messages, whole.scenarios)
    assert len(set(result.message_ids)) == len(whole.messages)
    assert len(set(result.event_ids)) == len(whole.lines) - len(whole.ignored)


@given(seed=seeds)
@few
def test_late_lines(seed: int) -> None:
    """smtpd's and exim-out's lines reach the file up to three seconds after exim-in's."""
    rng = Random(seed)
    lag = {process: rng.uniform(0, 3) for process in ("exim-in", "smtpd", "exim-out")}
    lines = sorted(traffic().lines, key=lambda line: line.at + lag.get(line.process, 0))
    with TemporaryDirectory() as folder:
        result = run(write_log(Path(folder) / "smtp.log", render(lines)))
    assert result.balance.holds
    assert_equal(traffic().messages, result.messages, traffic().scenarios)


def test_crlf_and_a_last_line_without_end(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_bytes(traffic().text.replace(b"\n", b"\r\n").removesuffix(b"\r\n"))
    assert_same(run(log), as_one())


def test_a_log_that_begins_in_the_middle_gives_a_part_of_the_whole(tmp_path: Path) -> None:
    """Fewer lines never make more: each id of a part is known of the whole, with at least as many events."""
    lines = render(traffic().lines)
    whole = {_root(document): document for document in as_one().messages if _root(document)}
    for begin, end in pairwise((0, 300, 700, len(lines))):
        part = run(write_log(tmp_path / f"{begin}.log", lines[begin:end]))
        assert part.balance.holds
        chains = {queue_id: document for document in whole.values() for queue_id in _ids(document)}
        for document in part.messages:
            root = _root(document)
            if root:
                assert set(_ids(document)) <= set(_ids(chains[root]))
                assert _count(document) <= _count(chains[root])


def _root(document: Document) -> str | None:
    """None of a refused attempt; a connection that was refused as a whole tells nothing of a mail."""
    root: str | None = document.get("email", {}).get("local_id")
    return root


def _ids(document: Document) -> list[str]:
    return list(normalize(document)["sophos.utm.queue_ids"])


def _count(document: Document) -> int:
    return int(normalize(document)["sophos.utm.event_count"])
