"""The folders that users and clusters read: at the top level of the repository, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `name` (such as `index_templates`), wherever this installation has it.

    Raises `FileNotFoundError` for a name that this program does not bring along. A folder inside the package comes
    first: next to an installed package another distribution may have put one of the same name.
    """
    in_wheel = _PACKAGE / "_data" / name
    in_repository = _PACKAGE.parent / name
    for candidate in (in_wheel, in_repository):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name} is neither at {in_wheel} nor at {in_repository}")
