"""Which files in a folder are logs: those whose names look so."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

LOG_NAME = re.compile(r"smtp.*|.*\.log(?:[.\-_].*)?|.*\.gz", re.IGNORECASE)


def log_entries(folder: str, on_error: Callable[[OSError], None]) -> Iterator[os.DirEntry[str]]:
    """What has a log's name in the folder and those below it, in no order; folders that are links are not entered.

    A folder that cannot be listed goes to `on_error` and is left out.
    """
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif LOG_NAME.fullmatch(entry.name):
                        yield entry
        except OSError as error:
            on_error(error)


def as_text(path: str) -> str:
    r"""Text that can be printed and stored, whatever bytes a path is made of: one that is no UTF-8 reads as `\xe4`."""
    return os.fsencode(path).decode(errors="backslashreplace")
