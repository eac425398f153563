"""Which bytes a statement from logs is about."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shipper.proof.statement import File
from shipper.sources.files import LogFile


class Fingerprint(msgspec.Struct, frozen=True):
    """A log as it was before it was read: its digest, None of a stream, and what would show a change."""

    log: LogFile
    sha256: str | None
    seen: tuple[int, int] | None


def fingerprints(logs: Sequence[LogFile]) -> list[Fingerprint]:
    """Reads each log once, which takes a small part of the time that its lines take."""
    return [_fingerprint(log) for log in logs]


def _fingerprint(log: LogFile) -> Fingerprint:
    if log.is_stream:
        return Fingerprint(log, None, None)
    with Path(log.place).open("rb") as file:
        seen = _seen(os.fstat(file.fileno()))
        return Fingerprint(log, hashlib.file_digest(file, "sha256").hexdigest(), seen)


def unchanged(before: Sequence[Fingerprint]) -> tuple[File, ...]:
    """The logs with their digests, once they were read; without that of one that is another now."""
    return tuple(_file(each) for each in before)


def _file(before: Fingerprint) -> File:
    if before.seen is None:
        return File(before.log.path, 0, None)
    is_same = _seen(Path(before.log.place).stat()) == before.seen
    return File(before.log.path, before.seen[0], before.sha256 if is_same else None)


def _seen(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
