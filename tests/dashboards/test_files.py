"""The files that people import: as declared, and alike on each run."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from shipper.commands import main
from shipper.dashboards import files
from shipper.dashboards.saved_objects import PRODUCTS

NAMES = ["kibana.ndjson", "opensearch-dashboards.ndjson"]


def build(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["dashboards", "build", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_committed_files_are_as_declared() -> None:
    """Else run `utm-shipper dashboards build`."""
    assert files.stale(files.home()) == ()


def test_there_is_one_for_each_product() -> None:
    assert sorted(f"{product}.ndjson" for product in PRODUCTS) == NAMES


def test_each_line_is_one_object_and_the_overview_is_the_first_dashboard() -> None:
    for name in NAMES:
        objects = [json.loads(line) for line in (files.home() / name).read_bytes().splitlines()]
        dashboards = [found["id"] for found in objects if found["type"] == "dashboard"]

        assert dashboards[0] == "utm-shipper-dashboard-overview"
        assert (files.home() / name).read_bytes().endswith(b"}\n")


def test_build_writes_the_same_bytes_into_any_folder(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"

    code, out, said = build("--out", target)

    assert (code, out) == (0, "")
    assert sorted(said.splitlines()) == [f"utm-shipper: written: {target / name}" for name in NAMES]
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        name: (files.home() / name).read_bytes() for name in NAMES
    }


def test_check_names_what_is_stale_or_missing_and_writes_nothing(tmp_path: Path) -> None:
    build("--out", tmp_path)
    (tmp_path / "kibana.ndjson").write_bytes(b"{}\n")
    (tmp_path / "opensearch-dashboards.ndjson").unlink()

    code, out, said = build("--out", tmp_path, "--check")

    assert code == 1
    assert sorted(out.splitlines()) == [str(tmp_path / name) for name in NAMES]
    assert said == f"utm-shipper: error: 2 files in {tmp_path} are stale; run utm-shipper dashboards build\n"
    assert (tmp_path / "kibana.ndjson").read_bytes() == b"{}\n"


def test_check_is_content_with_what_was_built(tmp_path: Path) -> None:
    build("--out", tmp_path)

    assert build("--out", tmp_path, "--check") == (0, "", f"utm-shipper: all files in {tmp_path} are as declared\n")
