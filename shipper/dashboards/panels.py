"""Loads the one declaration of every panel, `dashboards/panels.yaml`, and checks what it says."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from shipper.dashboards.checks import faults
from shipper.dashboards.declaration import Panels
from shipper.errors import PanelsError
from shipper.resources import folder

_ADVICE = "CONTRIBUTING.md explains the parts of a declaration"


def panels_file() -> Path:
    """The declaration that this installation brings along."""
    return folder("dashboards") / "panels.yaml"


def load_panels(path: Path | None = None) -> Panels:
    """The checked declaration; `path` only where it is not the one that this installation brings along.

    Raises PanelsError (file, key, what is wrong).
    """
    path = path or panels_file()
    try:
        panels = msgspec.convert(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader), Panels)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise PanelsError(f"{path}: {' '.join(str(error).split())}", advice=_ADVICE) from error
    for fault in faults(panels):
        raise PanelsError(f"{path}: {fault}", advice=_ADVICE)
    return panels
