"""Runs the whole of `parse` on logs and gives back what it made."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from shipper.pipeline.balance import Balance
from shipper.pipeline.parsing import parse_logs
from shipper.pipeline.preparing import Preparation, prepare
from shipper.settings import load
from shipper.sources.files import find_logs
from tests.comparison import Document


@dataclass
class Result:
    """The documents of one run with their ids, and its balance. An id that was written twice stands twice."""

    balance: Balance
    notices: list[str]
    messages: list[Document] = field(default_factory=list)
    events: list[Document] = field(default_factory=list)
    message_ids: list[tuple[str, str]] = field(default_factory=list)  # (index, id)
    event_ids: list[tuple[str, str]] = field(default_factory=list)

    @property
    def by_id(self) -> dict[tuple[str, str], Document]:
        """What an index holds after the run: of each id, the document with the most events."""
        stored: dict[tuple[str, str], Document] = {}
        for key, document in zip(self.message_ids, self.messages, strict=True):
            if key not in stored or _version(document) >= _version(stored[key]):
                stored[key] = document
        return stored


def _version(document: Document) -> int:
    count: int = document["sophos"]["utm"]["event_count"]
    return count


@cache
def preparation(**settings: Any) -> Preparation:
    """The values that these settings come to; compiling all patterns takes longer than a small log."""
    return prepare(load(None, {}, settings))


def run(*paths: Path | str, **settings: Any) -> Result:
    """Parses logs, as `utm-shipper parse --emit all --bulk PATH...` does."""
    output, notices = io.BytesIO(), []
    files = find_logs([str(path) for path in paths])
    balance = parse_logs(files, preparation(**settings), output, "all", bulk=True, on_notice=notices.append)
    result = Result(balance, notices)
    lines = iter(output.getvalue().splitlines())
    for action, document in zip(lines, lines, strict=True):
        ((_, where),) = json.loads(action).items()
        _sort_in(result, (where["_index"], where["_id"]), json.loads(document))
    return result


def _sort_in(result: Result, key: tuple[str, str], document: Document) -> None:
    is_event = "-events-" in key[0]
    (result.event_ids if is_event else result.message_ids).append(key)
    (result.events if is_event else result.messages).append(document)


def dead_letters(*paths: Path | str, **settings: Any) -> list[Document]:
    """The dead letters of a run."""
    output = io.BytesIO()
    files = find_logs([str(path) for path in paths])
    parse_logs(files, preparation(**settings), output, "dead-letters", on_notice=lambda text: None)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def write_log(path: Path, lines: Iterable[bytes]) -> Path:
    """A log with these lines, each with its line end."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def parts_of(folder: Path, parts: Sequence[bytes], name: str = "part-{:03d}.log") -> list[Path]:
    """Each part as a file of its own."""
    paths = []
    for number, part in enumerate(parts):
        paths.append(folder / name.format(number))
        paths[-1].write_bytes(part)
    return paths
