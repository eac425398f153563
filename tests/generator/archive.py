"""Writes a log as the gateway keeps it: a gzip file for each day, the last day as the live `smtp.log`."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from tests.generator.model import Line
from tests.generator.truth import Case


def day_of(text: bytes, before: str) -> str:
    """`2019-06-10` from the outer stamp; an empty line stays in the day before it."""
    return text[:10].decode().replace(":", "-") if text else before


def archive_path(folder: Path, day: str) -> Path:
    return folder / day[:4] / day[5:7] / f"smtp-{day}.log.gz"


def write_days(lines: Iterable[bytes], folder: Path, *, level: int = 6) -> list[Path]:
    """Writes lines (in log order, without newline) below `folder` and returns the files."""
    files: list[Path] = []
    out: IO[bytes] | None = None
    day = ""
    for text in lines:
        today = day_of(text, day)
        if out is None or today != day:
            if out:
                out.close()
            day = today
            files.append(archive_path(folder, day))
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            out = gzip.GzipFile(files[-1], "wb", compresslevel=level, mtime=0)  # type: ignore[assignment]
        assert out is not None
        out.write(text + b"\n")
    if out:
        out.close()
    if files:
        last = files.pop()
        target = folder / "smtp.log"
        with gzip.open(last) as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        last.unlink()
        files.append(target)
    return files


def write_months(lines: Iterable[Line], folder: Path, *, level: int = 1) -> list[Path]:
    """Lines in log order as `HOST/YYYY/MM/smtp-YYYY-MM.log.gz` below `folder`, by the month of the gateway's clock."""
    months: dict[Path, list[bytes]] = {}
    current: dict[str, str] = {}
    for line in lines:
        day = current[line.host] = day_of(line.text, current.get(line.host, ""))
        file = folder / line.host / day[:4] / day[5:7] / f"smtp-{day[:7]}.log.gz"
        months.setdefault(file, []).append(line.text)
    for file, texts in months.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with gzip.GzipFile(file, "wb", compresslevel=level, mtime=0) as out:
            out.write(b"".join(text + b"\n" for text in texts))
    return list(months)


def write_truth(documents: Iterable[dict[str, Any]], file: Path) -> None:
    """The expected documents as NDJSON."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)


def write_archive(items: Iterable[Line | Case], folder: Path, truth: Path) -> list[Path]:
    """The log below `folder`, and the expected documents as NDJSON in `truth`."""
    with truth.open("w", encoding="utf-8") as documents:

        def texts() -> Iterator[bytes]:
            for item in items:
                if isinstance(item, Case):
                    documents.write(json.dumps(item.document(), ensure_ascii=False) + "\n")
                else:
                    yield item.text

        return write_days(texts(), folder)
