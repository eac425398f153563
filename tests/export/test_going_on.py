"""An export that is interrupted anywhere goes on after its last whole part, and ends as if it never was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from shipper.commands import main
from shipper.errors import ShipperError
from shipper.export.account import describe
from shipper.export.exporting import Sizes, export
from shipper.export.folder import MANIFEST, Manifest, Query, held_folder
from shipper.export.formats import Format
from shipper.retrieval import EVERYTHING, Archive, FileArchive, read_logs
from shipper.sources.files import find_logs
from tests.end_to_end.node import assert_well
from tests.export.reading import TABLES, read_tables
from tests.export.test_tables import START, assert_true, exported
from tests.export.truth import tables_of
from tests.generator import generate, render
from tests.pipeline.running import preparation, write_log

TRAFFIC = generate(31, messages=40, start=START)
SIZES = Sizes(part=16, batch=5)


class Killed(BaseException):
    """Nothing in the program may catch it."""


class Countdown:
    """Ends the program at one of its steps: a message read, a file synced, renamed or removed."""

    def __init__(self, steps: float) -> None:
        self.left = steps
        self.done = 0

    def step(self) -> None:
        self.done += 1
        self.left -= 1
        if self.left < 0:
            raise Killed


@contextmanager
def counted(countdown: Countdown) -> Iterator[None]:
    real = {"replace": Path.replace, "unlink": Path.unlink}
    with pytest.MonkeyPatch.context() as patch:
        for name, function in real.items():

            def counting(self: Path, *args: Any, _function: Any = function, **options: Any) -> Any:
                countdown.step()
                return _function(self, *args, **options)

            patch.setattr(Path, name, counting)

        patch.setattr(os, "fsync", lambda descriptor: countdown.step())
        yield


class Counted:
    """An archive whose messages count as steps."""

    def __init__(self, archive: Archive, countdown: Countdown) -> None:
        self._archive = archive
        self._countdown = countdown
        self.lines_of = archive.lines_of

    def messages(self, *args: Any) -> Iterator[dict[str, Any]]:
        for message in self._archive.messages(*args):
            self._countdown.step()
            yield message


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileArchive]:
    log = write_log(tmp_path_factory.mktemp("logs") / "smtp.log", render(TRAFFIC.lines, "P1"))
    with read_logs(find_logs([str(log)]), preparation(), on_notice=lambda words: None) as archive:
        yield archive


def query(format: Format) -> Query:
    return Query("1", "a cluster", True, format, TABLES, "", None, ())


def run(archive: Archive, to: Path, countdown: Countdown, format: Format = "ndjson") -> Manifest:
    with held_folder(to) as folder, counted(countdown):
        manifest = folder.begin(query(format), overwrite=False)
        return export(Counted(archive, countdown), EVERYTHING, folder, manifest, sizes=SIZES)  # type: ignore[arg-type]


def is_finished(to: Path) -> bool:
    """It was cut after its very last step but one."""
    manifest = to / MANIFEST
    return manifest.exists() and msgspec.json.decode(manifest.read_bytes(), type=Manifest).finished


def test_it_goes_on_from_every_step(archive: FileArchive, tmp_path: Path) -> None:
    countdown = Countdown(float("inf"))
    wanted = run(archive, tmp_path / "whole", countdown)
    assert_true(read_tables(tmp_path / "whole", "ndjson"), tables_of(TRAFFIC))
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    contents = [(tmp_path / "whole" / name).read_bytes() for name in names]
    assert len(wanted.parts) == -(-len(TRAFFIC.messages) // SIZES.part)

    for steps in range(countdown.done):
        to = tmp_path / f"cut-{steps}"
        with pytest.raises(Killed):
            run(archive, to, Countdown(steps))
        if not is_finished(to):
            assert run(archive, to, Countdown(float("inf"))) == wanted
        assert sorted(path.name for path in to.iterdir()) == names
        assert [(to / name).read_bytes() for name in names] == contents


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_it_goes_on_though_cut_again_and_again(archive: FileArchive, tmp_path: Path, format: Format) -> None:
    wanted = run(archive, tmp_path / "whole", Countdown(float("inf")), format)
    for steps in (3, 21, 28, 34, 42):
        with pytest.raises(Killed):
            run(archive, tmp_path / "cut", Countdown(steps), format)

    assert run(archive, tmp_path / "cut", Countdown(float("inf")), format) == wanted
    assert read_tables(tmp_path / "cut", format) == read_tables(tmp_path / "whole", format)
    assert next(describe(wanted)).startswith("rows: ")


def test_whole_parts_stay(archive: FileArchive, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(archive, tmp_path, Countdown(45))
    before = msgspec.json.decode((tmp_path / MANIFEST).read_bytes(), type=Manifest)
    kept = {path.name: path.stat().st_ino for path in tmp_path.glob("*-00001.ndjson")}
    assert (len(before.parts), len(kept)) == (1, len(TABLES))

    run(archive, tmp_path, Countdown(float("inf")))
    assert {path.name: path.stat().st_ino for path in tmp_path.glob("*-00001.ndjson")} == kept


def test_lines_that_are_gone_are_told_of(tmp_path: Path) -> None:
    """Somebody keeps the events of a cluster for a shorter time than its messages."""
    log = write_log(tmp_path / "smtp.log", render(TRAFFIC.lines, "P1"))
    truth = tables_of(TRAFFIC)
    told = {row["message"] for name in ("exim_in", "deliveries") for row in truth[name]}
    with read_logs([*find_logs([str(log)])], preparation(), keep=lambda line: False, on_notice=print) as archive:
        manifest = run(archive, tmp_path / "out", Countdown(float("inf")))

    assert manifest.bare == len(told)
    words = f"warning: {len(told)} messages have no lines (any more): tables made of lines miss their rows"
    assert words in list(describe(manifest))
    assert manifest.summed("rows")["deliveries"] == len(truth["deliveries"])


# What is in the folder already


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(tmp_path / "smtp.log", render(TRAFFIC.lines, "P1"))


def refused(log: Path, to: Path, *options: str) -> str:
    result = CliRunner().invoke(main, ["export", str(log), "--to", str(to), *options])
    assert result.exit_code == 1
    return result.stderr


def test_a_finished_export_stays(log: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    exported(log, to)
    before = {path: path.read_bytes() for path in to.iterdir()}

    assert refused(log, to) == (f"utm-shipper: error: {to} holds this export already; replace it with --overwrite\n")
    assert refused(log, to, "--since", "2019-06-10") == (
        f"utm-shipper: error: {to} holds another export (since '', not '2019-06-10T00:00:00.000Z');"
        " name another folder, or replace it with --overwrite\n"
    )
    assert {path: path.read_bytes() for path in to.iterdir()} == before


def test_overwriting(log: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    exported(log, to)
    (to / "mine.txt").write_text("stays")
    exported(log, to, "--format", "ndjson", "--table", "dkim", "--overwrite")

    assert sorted(path.name for path in to.iterdir()) == ["dkim-00001.ndjson", MANIFEST, "mine.txt"]


def test_files_of_somebody_else_stay(log: Path, tmp_path: Path) -> None:
    to = tmp_path / "out"
    to.mkdir()
    (to / "messages-00001.csv").write_text("mine")

    assert refused(log, to) == (
        f"utm-shipper: error: {to / 'messages-00001.csv'} is there, and {MANIFEST} is not;"
        " name another folder, or replace it with --overwrite\n"
    )
    assert [path.read_text() for path in to.iterdir()] == ["mine"]


def test_a_manifest_that_cannot_be_read(log: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST).write_text("{}")

    assert f"{tmp_path / 'out' / MANIFEST} cannot be read" in refused(log, tmp_path / "out")
    exported(log, tmp_path / "out", "--overwrite")


def test_two_at_once(log: Path, tmp_path: Path) -> None:
    with (
        held_folder(tmp_path / "out"),
        pytest.raises(ShipperError, match="another export writes to"),
        held_folder(tmp_path / "out"),
    ):
        pass
    exported(log, tmp_path / "out")


def test_of_logs_it_begins_anew(log: Path, tmp_path: Path) -> None:
    """They are read from the beginning in any case, and may have grown."""
    to = tmp_path / "out"
    exported(log, to, "--format", "ndjson")
    manifest = msgspec.json.decode((to / MANIFEST).read_bytes(), type=Manifest)
    (to / MANIFEST).write_bytes(msgspec.json.encode(msgspec.structs.replace(manifest, finished=False)))
    later = generate(32, messages=60, start=datetime(2019, 6, 1, tzinfo=UTC))
    write_log(log, [*render(later.lines, "P1"), *render(TRAFFIC.lines, "P1")])
    exported(log, to, "--format", "ndjson")

    found = read_tables(to, "ndjson")
    assert len(found["messages"]) == len(TRAFFIC.messages) + len(later.messages)


def test_parquet_without_its_package(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    said = refused(log, tmp_path / "out", "--format", "parquet")

    assert said == (
        "utm-shipper: error: Parquet files need the package pyarrow, which is not installed;"
        " pip install 'utm-shipper[parquet]', or take --format csv or ndjson\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "2019-06-10", "--until", "2019-06-10"], "--until must be later than --since"),
        (["--since", "June"], "Invalid value for '--since'"),
        (["--table", "events"], "Invalid value for '--table'"),
    ],
)
def test_wrong_options(log: Path, tmp_path: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["export", str(log), "--to", str(tmp_path / "out"), *options])

    assert (result.exit_code, said in result.stderr) == (2, True)
    assert not (tmp_path / "out").exists()


def test_the_columns_are_listed() -> None:
    listed = assert_well(CliRunner().invoke(main, ["export", "--columns"])).stdout.splitlines()

    assert "dkim\tkey_bits\tnumber\tbits of the key" in listed
    assert {line.split("\t")[0] for line in listed} == set(TABLES)
