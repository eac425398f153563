"""What the repository must hold besides code, and what must not be in it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from shipper.formats.declarations import load
from shipper.parse.proof import prove
from shipper.settings import load as load_settings

ROOT = Path(__file__).resolve().parent.parent
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
DEMO_COMMAND = "python3 -m venv .venv && .venv/bin/pip install '.[demo]' && .venv/bin/utm-shipper demo"
NOT_OURS = {".git", ".venv", ".hypothesis", "__pycache__", "build", "dist"}
MACHINE_PATH = re.compile(rb"(?<![\w.~}-])/(?:work|home|root|Users)/[a-z]")


def _files() -> Iterator[Path]:
    """Everything but what tools leave behind: environments, caches, builds."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        if path.is_file() and not NOT_OURS.intersection(inside) and not any(part.endswith("_cache") for part in inside):
            yield path


def test_the_files_that_people_look_for_are_there() -> None:
    wanted = {
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "LICENSE",
        "docker-compose.yml",
        "pyproject.toml",
        ".ci/run",
    }

    assert {name for name in wanted if not (ROOT / name).is_file()} == set()
    assert (ROOT / "LICENSE").read_text().split()[:4] == ["Apache", "License", "Version", "2.0,"]


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {
        str(file.relative_to(ROOT)): match[0] for file in _files() if (match := MACHINE_PATH.search(file.read_bytes()))
    }

    assert found == {}


def test_the_readme_opens_with_the_demo_and_marks_the_test_command_for_ci() -> None:
    readme = (ROOT / "README.md").read_text()
    marked = re.search(r"^<!-- test -->\n```sh\n(.*?)\n```\n<!-- /test -->$", readme, re.MULTILINE | re.DOTALL)

    assert marked
    assert marked[1] == TEST_COMMAND
    assert f"```sh\n{DEMO_COMMAND}\n```" in readme
    assert readme.index(DEMO_COMMAND) < readme.index(TEST_COMMAND)


def test_ci_reads_the_readmes_command_and_contains_none_of_its_own() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "pytest" not in script

    extraction = next(line for line in script.splitlines() if line.startswith("test_command="))
    shown = subprocess.run(
        ["bash", "-c", f'{extraction}; printf %s "$test_command"'], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert shown.stdout == TEST_COMMAND


def test_the_declaration_in_the_contributing_guide_is_proven_by_its_sample(tmp_path: Path) -> None:
    example = re.search(
        r"^```yaml\n(kinds:\n.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert example
    (tmp_path / "own.yaml").write_text(example[1])

    declarations = load((tmp_path,))

    assert declarations[0].kind.name == "own-greylisting"
    assert [str(disproof) for disproof in prove(declarations)] == []


def test_every_dependency_has_its_reason_in_the_contributing_guide() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    wanted = {re.split(r"[<>=\[]", name)[0] for name in [*project["dependencies"], *extras]} - {"utm-shipper"}
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}

    assert wanted - explained == set()


def test_the_composed_services_listen_on_loopback_only_and_wait_for_a_healthy_node() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    waits = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }

    assert published == {"opensearch": ["127.0.0.1:9200:9200"], "dashboards": ["127.0.0.1:5601:5601"]}
    assert waits == {
        "opensearch": {},
        "dashboards": {"opensearch": "service_healthy"},
        "setup": {"opensearch": "service_healthy", "dashboards": "service_healthy"},
        "shipper": {"setup": "service_completed_successfully"},
        "ready": {"shipper": "service_completed_successfully"},
    }


def test_the_composed_commands_are_taken_and_lead_a_browser_on_the_host_to_the_dashboards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each service of ours: its arguments, and the settings that its environment gives."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "utm-shipper:local"}
    settings = {name: load_settings(None, service["environment"], {}) for name, service in ours.items()}
    published = {name: service["ports"][0].split(":") for name, service in services.items() if "ports" in service}
    inside = {name: f"http://{name}:{port}" for name, (_, _, port) in published.items()}

    assert {name: service["command"] for name, service in ours.items()} == {
        "setup": ["setup"],
        "shipper": ["ship", "/source/shipper/sample"],
        "ready": ["setup", "--check"],
    }
    assert {
        name: (found.url, found.dashboards.url, found.dashboards.public_url) for name, found in settings.items()
    } == (
        dict.fromkeys(
            ours, ((inside["opensearch"],), inside["dashboards"], f"http://localhost:{published['dashboards'][1]}")
        )
    )
