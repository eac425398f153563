"""What each finding means: ok, warning or failed, in these words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shipper.cluster.backfill import Relaxed
from shipper.cluster.condition import Disk, Health, Watermarks
from shipper.diagnosis.check import Check, looked
from shipper.diagnosis.cluster import backfill_check, blocks_check, clock_check, disks_check, health_check, shards_check
from shipper.diagnosis.lines import judged, text_of
from shipper.diagnosis.state import disk_check, state_check, state_checks
from shipper.errors import AuthenticationError, ClusterError, ShipperError
from shipper.model import DeadLetter
from shipper.report.shapes import Shape
from shipper.report.unrecognized import Unrecognized
from shipper.state.opening import WAY_OUT
from shipper.state.store import open_store
from tests.cluster.test_condition import Told

GIB = 2**30
MARKS = Watermarks("85%", "90%", "95%")
SETTINGS = "/_cluster/settings?include_defaults=true&flat_settings=true"


@pytest.mark.parametrize(
    ("error", "check"),
    [
        (AuthenticationError("a 403", advice="give"), ("warning", "not permitted to look: a 403", "give")),
        (ClusterError("gone", advice="look"), ("failed", "gone", "look")),
        (KeyError("x"), ("warning", "an answer is not understood: KeyError('x')", "please report it with the product")),
    ],
)
def test_an_error_is_a_check_too(error: Exception, check: tuple[str, str, str]) -> None:
    def look() -> Check:
        raise error

    assert looked("x", look) == Check("x", *check)  # type: ignore[arg-type]
    assert looked("x", lambda: Check("x", "ok", "fine")) == Check("x", "ok", "fine")


def test_a_defect_stays_one() -> None:
    def look() -> Check:
        raise AssertionError

    with pytest.raises(AssertionError):
        looked("x", look)


@pytest.mark.parametrize(
    ("status", "state", "words", "advice"),
    [
        ("green", "ok", "indices mail-* are green", ""),
        ("yellow", "warning", "indices mail-* are yellow: copies are missing", "add a node, or ask for no replicas"),
        (
            "red",
            "failed",
            "indices mail-* are red",
            "see why shards are not assigned: GET /_cluster/allocation/explain",
        ),
    ],
)
def test_health(status: str, state: str, words: str, advice: str) -> None:
    assert health_check(Health(status, 1, 1), "mail") == Check("health", state, words, advice)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("free", "state", "words"),
    [
        ((50, 20), "ok", "n1 has 20.0 GiB free (20%), within the watermarks"),
        ((50, 12), "warning", "n1 has 12.0 GiB free (12%), past the low watermark (85%): it gets no new shards"),
        ((12, 8), "warning", "n1 has 8.0 GiB free (8%), past the high watermark (90%): shards are moved away from it"),
        (
            (3, 8),
            "failed",
            "n0 has 3.0 GiB free (3%), past the flood_stage watermark (95%): its indices become read-only",
        ),
    ],
)
def test_disks(free: tuple[int, ...], state: str, words: str) -> None:
    disks = tuple(Disk(f"n{number}", 100 * GIB, one * GIB) for number, one in enumerate(free))
    advice = "" if state == "ok" else "free some disk, or add a node"

    assert disks_check(disks, MARKS) == Check("disks", state, words, advice)  # type: ignore[arg-type]


def test_disks_that_are_not_looked_at() -> None:
    assert disks_check((Disk("n0", 100 * GIB, 1),), None) == Check(
        "disks", "ok", "n0 has 0.0 GiB free (0%); the cluster is told not to look at them"
    )
    assert disks_check((), MARKS) == Check(
        "disks", "warning", "no node tells of its disk", "look at the disks yourself"
    )


def blocked(**indices: str) -> Told:
    answer = {name: {"settings": {f"index.blocks.{block}": "true"}} for name, block in indices.items()}
    return Told({"/mail-*/_settings/index.blocks.*?flat_settings=true": answer})


def test_indices_that_are_relaxed() -> None:
    assert backfill_check([]) == Check("backfill", "ok", "no index is relaxed")
    relaxed = [Relaxed(f"mail-events-2019.0{month}", "a date", "a machine, process 7", {}) for month in (6, 7)]
    assert backfill_check(relaxed) == Check(
        "backfill",
        "warning",
        "2 indices are relaxed: mail-events-2019.06, mail-events-2019.07",
        "unless that ship --backfill is running: utm-shipper setup",
        (
            "mail-events-2019.06: since a date by a machine, process 7",
            "mail-events-2019.07: since a date by a machine, process 7",
        ),
    )


def test_blocks() -> None:
    assert blocks_check(blocked(), "mail") == Check("blocks", "ok", "no index mail-* refuses writing")
    assert blocks_check(blocked(b="write", a="read_only_allow_delete"), "mail") == Check(
        "blocks",
        "failed",
        "2 indices refuse writing: a, b",
        "free some disk; where the block stays, set index.blocks.read_only_allow_delete to null",
        ("a: read_only_allow_delete", "b: write"),
    )
    assert blocks_check(blocked(a="write"), "mail") == Check(
        "blocks",
        "warning",
        "1 indices refuse writing: a",
        "unblock them before lines of their time are shipped",
        ("a: write",),
    )
    whole = Told({SETTINGS: {"persistent": {"cluster.blocks.read_only": "true"}}})
    assert blocks_check(whole, "mail") == Check(
        "blocks", "failed", "the whole cluster is blocked: cluster.blocks.read_only", "set it to null"
    )


@pytest.mark.parametrize(
    ("shards", "state", "words"),
    [
        (1952, "ok", "1,952 of 2,000 shards are in use"),
        (1953, "warning", "1,953 of 2,000 shards are in use: room for 11 periods"),
        (1996, "warning", "1,996 of 2,000 shards are in use: room for 1 periods"),
        (1997, "failed", "1,997 of 2,000 shards are in use: the next indices cannot be made"),
    ],
)
def test_shards(shards: int, state: str, words: str) -> None:
    health = {"status": "green", "number_of_data_nodes": 2, "active_shards": shards - 3, "initializing_shards": 1}
    told = Told(dict.fromkeys(("/_cluster/health", "/_cluster/health/mail-*"), health | {"unassigned_shards": 2}))
    advice = "delete or merge old indices, use index.granularity: year, or raise cluster.max_shards_per_node"

    assert shards_check(told, "mail") == Check("shards", state, words, "" if state == "ok" else advice)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ahead", "state", "words", "advice"),
    [
        (0.04, "ok", "the cluster's clock and this machine's differ by 0.0 s", ""),
        (-59.0, "ok", "the cluster's clock and this machine's differ by 59.0 s", ""),
        (61.0, "warning", "the cluster's clock is 61 s ahead of this machine's", "let both follow a time server"),
        (-7200.0, "warning", "the cluster's clock is 7,200 s behind this machine's", "let both follow a time server"),
        (None, "warning", "the cluster does not tell its time", "compare the clocks yourself"),
    ],
)
def test_clock(ahead: float | None, state: str, words: str, advice: str) -> None:
    assert clock_check(ahead) == Check("clock", state, words, advice)  # type: ignore[arg-type]


SHAPES = tuple(Shape(f"exim-in: shape {number}", 20 - number) for number in range(12))


@pytest.mark.parametrize(
    ("found", "days", "check"),
    [
        (Unrecognized(0, 0, 0, ()), 7, Check("lines", "ok", "no events of the last 7 days")),
        (
            Unrecognized(1000, 10, 10, SHAPES[:1]),
            1,
            Check(
                "lines",
                "ok",
                "10 of 1,000 events of the last day are unrecognized (1.00%)",
                "",
                ("     20  exim-in: shape 0",),
            ),
        ),
        (
            Unrecognized(100000, 4000, 2000, SHAPES),
            30,
            Check(
                "lines",
                "warning",
                "4,000 of 100,000 events of the last 30 days are unrecognized (4.00%)",
                "declare these shapes: `Own line shapes` in the README",
                (
                    *(f"     {20 - number:2}  exim-in: shape {number}" for number in range(10)),
                    "and 2 more shapes",
                    "of the newest 2,000",
                ),
            ),
        ),
    ],
)
def test_lines(found: Unrecognized, days: int, check: Check) -> None:
    assert judged(found, days) == check


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G a text", "exim-in: a text"),
        ("Jun 10 11:04:41 192.0.2.1 2019: 06:10-11:04:40 utm smtpd[9095]: SCANNER[9095]: a text", "smtpd: a text"),
        ("what has no time\udcff", "what has no time\udcff"),
    ],
)
def test_what_all_lines_have_is_no_part_of_a_shape(line: str, text: str) -> None:
    assert text_of(line) == text


@pytest.mark.parametrize(
    ("free", "state", "advice"),
    [
        (1024, "ok", ""),
        (1023, "warning", "free some disk"),
        (100, "warning", "free some disk"),
        (99, "failed", "free some disk: without room nothing is stored"),
    ],
)
def test_room_for_the_state(free: int, state: str, advice: str) -> None:
    check = Check("state disk", state, f"{free:,} MiB free for /var/lib/x", advice)  # type: ignore[arg-type]
    assert disk_check(Path("/var/lib/x"), free * 2**20) == check


def test_a_state_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert state_check(folder) == Check("state", "ok", f"{folder} is not there yet and can be made")
    assert [check.state for check in state_checks(folder)] == ["ok", "ok"]
    assert list(tmp_path.iterdir()) == []


def test_a_state_in_use_and_at_rest(tmp_path: Path) -> None:
    assert state_check(tmp_path) == Check("state", "ok", f"{tmp_path}: empty; not in use")
    with open_store(tmp_path) as store:
        store.put("utm", 10, {"a-1"}, b"message", None)
        store.dead_letters.bury(DeadLetter("clock", "no time", b"x", "smtp.log", 1))
        store.commit()
        kept = f"{tmp_path}: 1 open messages, 1 dead letters"
        assert state_check(tmp_path) == Check("state", "ok", f"{kept}; held by process {os.getpid()}")
    assert state_check(tmp_path) == Check("state", "ok", f"{kept}; not in use")


def test_a_damaged_state_fails(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"nothing like it " * 500)
    with pytest.raises(ShipperError, match="cannot be read: file is not a database"):
        state_check(tmp_path)
    check = next(iter(state_checks(tmp_path)))
    assert (check.state, check.advice) == ("failed", WAY_OUT)


@pytest.mark.parametrize("name", ["file", "file/state"])
def test_a_folder_that_cannot_be_written_to(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    checks = list(state_checks(tmp_path / name))
    assert checks[0] == Check(
        "state",
        "failed",
        f"cannot write into {tmp_path}/file: Not a directory",
        "run this as the user who ships, or name another with --state",
    )
    assert checks[1].state == "ok"
