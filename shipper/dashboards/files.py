"""The generated files beside the declaration, one for each product."""

from __future__ import annotations

from pathlib import Path

from shipper.dashboards.saved_objects import PRODUCTS, ndjson, saved_objects
from shipper.resources import folder


def generated() -> dict[str, bytes]:
    """File name -> what it must hold. Raises PanelsError for a malformed declaration."""
    return {f"{product}.ndjson": ndjson(saved_objects(product)) for product in PRODUCTS}


def write(target: Path) -> tuple[Path, ...]:
    """Writes all files into the folder `target`, which is made where it is missing."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in generated().items():
        (target / name).write_bytes(content)
        written.append(target / name)
    return tuple(written)


def stale(target: Path) -> tuple[Path, ...]:
    """The files in the folder `target` that are missing or differ from what the declaration gives."""
    return tuple(target / name for name, content in generated().items() if not _holds(target / name, content))


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def home() -> Path:
    """Where this installation keeps the files."""
    return folder("dashboards")
