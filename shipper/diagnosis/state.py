"""Checks of the state folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shipper.diagnosis.check import Check, looked
from shipper.state.holder import held_by
from shipper.state.read_only import view_state

_MIB = 2**20
_TOO_LITTLE, _LITTLE = 100 * _MIB, 1024 * _MIB


def state_checks(folder: Path) -> Iterator[Check]:
    """Whether it can be used, who does, and whether there is room. Nothing is left in it."""
    yield looked("state", lambda: state_check(folder))
    yield disk_check(folder, shutil.disk_usage(_existing(folder)).free)


def state_check(folder: Path) -> Check:
    """Raises StateError for a state that is damaged or of another version."""
    place = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        words = f"cannot write into {place}: {error.strerror or error}"
        return Check("state", "failed", words, "run this as the user who ships, or name another with --state")
    if place != folder:
        return Check("state", "ok", f"{folder} is not there yet and can be made")
    with view_state(folder) as view:
        kept = f"{view.count_open():,} open messages, {view.dead_letters.count():,} dead letters" if view else "empty"
    holder = held_by(folder)
    return Check("state", "ok", f"{folder}: {kept}; {f'held by process {holder}' if holder else 'not in use'}")


def disk_check(folder: Path, free: int) -> Check:
    """`free` in bytes."""
    words = f"{free / _MIB:,.0f} MiB free for {folder}"
    if free < _TOO_LITTLE:
        return Check("state disk", "failed", words, "free some disk: without room nothing is stored")
    if free < _LITTLE:
        return Check("state disk", "warning", words, "free some disk")
    return Check("state disk", "ok", words)


def _existing(folder: Path) -> Path:
    """The folder, or what is nearest above it."""
    path = folder.absolute()
    return next((place for place in (path, *path.parents) if place.exists()), Path("/"))
