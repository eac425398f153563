"""The folders beside the package are found in a source tree and in a built wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shipper.resources import folder

REPOSITORY = Path(__file__).parents[1]
FOLDERS = ["index_templates", "dashboards"]


def names(of: Path) -> list[str]:
    return sorted(str(path.relative_to(of)) for path in of.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", FOLDERS)
def test_in_the_source_tree(name):
    assert folder(name) == REPOSITORY / name


def test_an_unknown_folder_is_named():
    with pytest.raises(FileNotFoundError, match="no-such-folder is neither at "):
        folder("no-such-folder")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked without its dependencies."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(REPOSITORY)]
    subprocess.run(command, check=True, timeout=300)
    return target


@pytest.mark.parametrize("name", FOLDERS)
def test_in_a_wheel(installed, name):
    program = f"from shipper.resources import folder; print(folder({name!r}))"
    found = subprocess.run(
        [sys.executable, "-S", "-P", "-c", program],
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    there = Path(found.stdout.strip())
    assert there == installed / "shipper" / "_data" / name
    assert names(there) == names(REPOSITORY / name)


def test_a_wheel_holds_every_file_of_the_package(installed):
    """Line shapes, the sample archive, the list of jars: data that no import would miss."""
    source = {name for name in names(REPOSITORY / "shipper") if "__pycache__" not in name}
    in_wheel = {
        name for name in names(installed / "shipper") if not name.startswith("_data") and "__pycache__" not in name
    }

    assert in_wheel == source
    assert {Path(name).suffix for name in source} >= {".py", ".yaml", ".gz", ".txt", ".typed"}
