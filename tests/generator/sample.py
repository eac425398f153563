"""`python -m tests.generator.sample`: writes the sample archive that the package brings along, `shipper/sample/`.

Four generations of one gateway, years apart: the day before a clock change and the day itself, a day of each other one.
Days after those hold only what their deferred messages still had to say. The same program gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.generator.archive import archive_path, day_of
from tests.generator.model import Line, Traffic
from tests.generator.traffic import generate

FOLDER = Path(__file__).resolve().parents[2] / "shipper" / "sample"
SEED = 2020
ZONE = "Europe/Berlin"
RATE = 0.35  # messages a minute on average: 500 a day


@dataclass(frozen=True)
class Part:
    """A stretch of the archive; `start` in UTC is a local midnight."""

    dialect: str
    start: str
    messages: int


PARTS = (
    Part("asg7", "2013-03-12T23:00", 500),
    Part("4.82", "2020-10-23T22:00", 1000),
    Part("4.94", "2021-11-08T23:00", 500),
    Part("4.97", "2024-07-15T22:00", 500),
)
# What a log also holds after a power failure or a full disk: by day, after how many finished messages, and the line.
STRAY = (
    ("2013-03-13", 120, bytes(512)),
    ("2020-10-24", 200, b"X=TLSv1.2:AES128-SHA256:128 S=4711 id=a@example.net"),
    ("2020-10-25", 250, bytes(128)),
    ("2021-11-09", 50, b"Nov  9"),
)


@cache
def logs() -> tuple[Traffic, ...]:
    """The parts of the archive with their truth, without the stray lines."""
    return tuple(
        generate(
            SEED,
            messages=part.messages,
            start=datetime.fromisoformat(part.start).replace(tzinfo=UTC),
            zone=ZONE,
            dialect=part.dialect,
            rate=RATE,
            rhythm=True,
        )
        for part in PARTS
    )


def messages() -> list[dict[str, Any]]:
    """The expected message documents."""
    return [document for log in logs() for document in log.messages]


def contents() -> dict[str, bytes]:
    """Unpacked content by path below the sample's folder."""
    days: dict[str, list[Line]] = {}
    for log in logs():
        day = ""
        for line in log.lines:
            day = day_of(line.text, day)
            days.setdefault(day, []).append(line)
    return {archive_path(Path(), day).as_posix(): _text(day, lines) for day, lines in sorted(days.items())}


def _text(day: str, lines: list[Line]) -> bytes:
    strays = {after: text for there, after, text in STRAY if there == day}
    out, finished = [], 0
    for line in lines:
        out.append(line.text)
        if line.action == "completed":
            finished += 1
            out += [strays[finished]] if finished in strays else []
    return b"".join(text + b"\n" for text in out)


def packed(content: bytes) -> bytes:
    """As gzip, without the time or the name of the file in it."""
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(content)
    return out.getvalue()


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, content in contents().items():
        file = FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packed(content))


if __name__ == "__main__":
    main()
