"""The house rules that a reader of one file cannot see: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "shipper"
STEPS = {
    "sources",
    "formats",
    "tls",
    "parse",
    "correlate",
    "documents",
    "sinks",
    "state",
    "cluster",
    "embedded",
    "report",
    "dashboards",
    "pages",
    "searches",
}
FOR_EVERY_STEP = {"model", "errors", "missing_days", "queue_id", "resources"}
ALSO = {"parse": {"formats", "tls"}, "documents": {"tls"}, "sinks": {"cluster"}, "dashboards": {"cluster"}}
RESULTS = {"export", "figures", "proof", "trace"}
ABOVE = {
    "pipeline": {"retrieval", *RESULTS},
    "retrieval": RESULTS,
    "export": RESULTS,
    "figures": RESULTS,
    "proof": RESULTS - {"export"},
    "trace": RESULTS,
}
ONLY_IN = {"opensearchpy": "cluster", "elastic_transport": "cluster", "sqlite3": "state"}


def _imports(source: str, package: str) -> Iterator[str]:
    """Dotted names of what `source`, a module of `package`, imports, in functions too and relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _breaches(part: str, imported: str) -> bool:
    """Whether a module of `part` (`parse`, `model`, ...) must not import the dotted name `imported`."""
    top, _, rest = imported.partition(".")
    if top in ONLY_IN:
        return part != ONLY_IN[top]
    target = rest.partition(".")[0]
    if top != "shipper" or part in ("commands", "__main__", target):
        return False
    if target in ("commands", "__main__") or target in ABOVE.get(part, ()):
        return True
    return part in STEPS and target not in FOR_EVERY_STEP | ALSO.get(part, set())


def _modules() -> Iterator[tuple[str, str, str]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        inside = file.relative_to(PACKAGE)
        package = ".".join(["shipper", *inside.parent.parts])
        yield str(inside), inside.parts[0].removesuffix(".py"), "\n".join(_imports(file.read_text(), package))


def test_dependencies_point_one_way() -> None:
    found = [
        f"{name} imports {imported}"
        for name, part, imports in _modules()
        for imported in imports.splitlines()
        if _breaches(part, imported)
    ]

    assert found == []


def test_every_folder_of_the_package_is_a_known_part() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}

    assert folders <= STEPS | {"commands", "pipeline", "diagnosis", "retrieval"} | RESULTS


@pytest.mark.parametrize(
    ("part", "imported", "breach"),
    [
        ("parse", "shipper.formats.declarations", False),
        ("formats", "shipper.parse.values", True),
        ("parse", "shipper.tls.suites", False),
        ("documents", "shipper.tls.grades", False),
        ("tls", "shipper.parse.tls", True),
        ("correlate", "shipper.tls.suites", True),
        ("sinks", "shipper.cluster.interface", False),
        ("cluster", "shipper.sinks.bulk", True),
        ("correlate", "shipper.model", False),
        ("correlate", "shipper.correlate.sessions", False),
        ("correlate", "shipper.settings", True),
        ("correlate", "shipper.pipeline", True),
        ("documents", "shipper.correlate", True),
        ("embedded", "shipper.cluster", True),
        ("sources", "sqlite3", True),
        ("state", "sqlite3", False),
        ("pipeline", "opensearchpy.helpers", True),
        ("pipeline", "shipper.parse.lines", False),
        ("pipeline", "shipper.commands.config", True),
        ("commands", "shipper.pipeline", False),
        ("pipeline", "shipper.retrieval.scope", True),
        ("retrieval", "shipper.pipeline.parsing", False),
        ("retrieval", "shipper.export.rows", True),
        ("export", "shipper.retrieval", False),
        ("export", "shipper.proof.legs", True),
        ("retrieval", "shipper.proof.legs", True),
        ("proof", "shipper.export.formats.csv_file", False),
        ("proof", "shipper.trace.story", True),
        ("proof", "shipper.commands.talk", True),
        ("trace", "shipper.export.formats.csv_file", True),
        ("trace", "shipper.trace.story", False),
        ("retrieval", "shipper.figures.report", True),
        ("figures", "shipper.retrieval", False),
        ("figures", "shipper.commands.talk", True),
        ("documents", "shipper.retrieval", True),
        ("trace", "shipper.correlate.correlator", False),
        ("retrieval", "shipper.trace.story", True),
        ("diagnosis", "shipper.cluster.setup", False),
        ("diagnosis", "shipper.commands.talk", True),
        ("cluster", "shipper.diagnosis.check", True),
        ("settings", "shipper.commands", True),
        ("settings", "shipper.setting_kinds", False),
        ("parse", "json", False),
    ],
)
def test_the_rules_themselves(part: str, imported: str, breach: bool) -> None:
    assert _breaches(part, imported) is breach


def test_imports_are_found_wherever_they_stand() -> None:
    source = "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\ndef h():\n    import i"

    assert list(_imports(source, "shipper.parse")) == ["a.b", "c.d", "shipper.parse.e", "shipper.f.g", "i"]
