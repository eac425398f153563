"""Talk goes to standard error, as text for people or as JSON for machines; standard output is for data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import click

Level = Literal["debug", "info", "warning", "error"]

_LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
_WARNING = "warning: "


class _Manner(NamedTuple):
    format: Literal["text", "json"] = "text"
    level: Level = "info"


_manner = _Manner()


def speak(format: Literal["text", "json"] = "text", level: Level = "info") -> None:
    """How `say` speaks from now on, and from which level on."""
    global _manner
    _manner = _Manner(format, level)


def say(words: str, level: Level = "info", /, **facts: str | int | float | None) -> None:
    """One line, whatever the words quote: names from files and variables may hold line ends and terminal codes.

    The steps hand out plain words; those that begin with `warning: ` are a warning. `facts` are what the words tell, as
    fields for machines (`source="/var/log/smtp.log", lines=12`); text leaves them out.
    """
    if level == "info" and words.startswith(_WARNING):
        level, words = "warning", words.removeprefix(_WARNING)
    if _LEVELS.index(level) < _LEVELS.index(_manner.level):
        return
    clean = "".join(character if character.isprintable() else " " for character in words)
    click.echo(_json(clean, level, facts) if _manner.format == "json" else _text(clean, level), err=True)


def _text(words: str, level: Level) -> str:
    return f"utm-shipper: {words}" if level == "info" else f"utm-shipper: {level}: {words}"


def _json(words: str, level: Level, facts: dict[str, str | int | float | None]) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {name: fact for name, fact in facts.items() if fact is not None}
    return json.dumps({"time": now, "level": level, "message": words} | told, ensure_ascii=False)
