"""What lies under the followed paths at one moment."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from shipper.sources.folders import as_text, log_entries

Key = tuple[int, int]
"""Device and inode."""


class File(msgspec.Struct, frozen=True, gc=False):
    """A regular file. `size` in bytes; `modified` and `altered` are its mtime and ctime in nanoseconds."""

    path: str
    key: Key
    size: int
    modified: int
    altered: int
    is_link: bool = False

    @property
    def name(self) -> str:
        """The path as text that can be printed and stored: bytes that are no UTF-8 are escaped."""
        return as_text(self.path)

    def is_better_named(self, other: File) -> bool:
        """Whether its path is the one to show of two that lead to the same file."""
        return (self.is_link, self.path) < (other.is_link, other.path)


class Found(msgspec.Struct, frozen=True):
    """One look at the paths.

    `files` are the logs there; `beside` are those next to a file that was named, where it may have been rotated to.
    `keys` tells which file each path of both leads to. `is_whole` is false where a folder could not be listed.
    """

    files: dict[Key, File]
    beside: dict[Key, File]
    keys: dict[str, Key]
    is_whole: bool


class Scanner:
    """Looks at the same paths again and again. What cannot be looked at is said once, until it can be."""

    def __init__(self, paths: Sequence[str], on_notice: Callable[[str], None]) -> None:
        self._paths = list(dict.fromkeys(paths))
        self._on_notice = on_notice
        self._said: set[str] = set()
        self._saying: set[str] = set()
        self._folders: set[str] = set()
        self._is_first = True
        self._is_whole = True

    def scan(self, *, beside: bool) -> Found:
        """All files under the paths; with `beside`, those next to named files too."""
        self._saying = set()
        self._is_whole = True
        keys: dict[str, Key] = {}
        files = _by_key((file for path in self._paths for file in self._files_at(path)), keys)
        named = [path for path in self._paths if beside and path not in self._folders]
        others = _by_key((file for path in named for file in self._files_beside(path)), keys)
        self._is_first = False
        self._said = self._saying
        return Found(files, {key: file for key, file in others.items() if key not in files}, keys, self._is_whole)

    def covers(self, path: str) -> bool:
        """Whether a file at this path would be found."""
        named = (own for own in self._paths if own not in self._folders)
        beside = any(os.path.split(path)[0] == os.path.split(own)[0] for own in named)
        return beside or any(path.startswith(own.rstrip("/") + "/") for own in self._folders)

    def _files_at(self, path: str) -> Iterator[File]:
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError as error:
            self._miss(path, error)
            return
        if stat.S_ISDIR(status.st_mode):
            self._folders.add(path)
            yield from _regular(log_entries(path, self._fault))
        elif stat.S_ISREG(status.st_mode):
            yield _file(path, status)
        else:
            self._say(path, f"{path}: neither a file nor a folder, it cannot be followed")

    def _files_beside(self, path: str) -> Iterator[File]:
        """Those in the same folder whose names begin alike: `smtp.log.1`, `smtp-20240301.log` for `smtp.log`."""
        folder, name = os.path.split(path)
        beginning = name.split(".")[0] or name
        try:
            with os.scandir(folder or os.curdir) as entries:
                alike = [entry for entry in entries if entry.name.startswith(beginning) and entry.name != name]
        except OSError as error:
            self._fault(error)
            return
        for file in _regular(alike):
            yield msgspec.structs.replace(file, path=os.path.join(folder, os.path.basename(file.path)))  # noqa: PTH118, PTH119

    def _miss(self, path: str, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self._fault(error)
        elif self._is_first or path in self._folders or path in self._said:
            self._is_whole = self._is_whole and path not in self._folders
            self._say(path, f"{path}: no such file or folder; it is read as soon as it is there")

    def _fault(self, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return
        self._is_whole = False
        path = str(error.filename)
        self._say(path, f"{path}: cannot be looked into ({error.strerror}); tried again until it can")

    def _say(self, path: str, notice: str) -> None:
        self._saying.add(path)
        if path not in self._said:
            self._on_notice(as_text(notice))


def _regular(entries: Iterable[os.DirEntry[str]]) -> Iterator[File]:
    for entry in entries:
        try:
            status = entry.stat()
        except OSError:
            continue  # it vanished, or is a link to nothing
        if stat.S_ISREG(status.st_mode):
            yield _file(entry.path, status, entry.is_symlink())


def _file(path: str, status: os.stat_result, is_link: bool = False) -> File:
    key = (status.st_dev, status.st_ino)
    return File(path, key, status.st_size, status.st_mtime_ns, status.st_ctime_ns, is_link)


def _by_key(found: Iterable[File], keys: dict[str, Key]) -> dict[Key, File]:
    files: dict[Key, File] = {}
    for file in found:
        keys[file.path] = file.key
        known = files.get(file.key)
        if known is None or file.is_better_named(known):
            files[file.key] = file
    return files
