"""Lines as shapes that can be shown to anybody: only words of a known vocabulary are left, all else is masked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

_WORDS_FILE = Path(__file__).with_name("log_words.txt")
_ANYTHING = "*"
_LONGEST_SHOWN = 200
_LONGEST_READ = 2000
_PARTS = re.compile(
    r"""
      (?P<quoted>"[^"]*"|<[^<>]*>)
    | (?P<time>\b[0-9]{1,2}:[0-9]{2}:[0-9]{2}\b)
    | (?P<groups>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?!\w))
    | (?P<space>\s+)
    | (?P<sign>[][(){}<>"',;:=!?/+|*])
    | (?P<name>[^][(){}<>"',;:=!?/+|*\s]+)
    """,
    re.VERBOSE,
)
_ID = re.compile(r"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})", re.ASCII)
_IP = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.ASCII)
_NUMBER = re.compile(r"[-.0-9]*[0-9][-.0-9]*", re.ASCII)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_LETTERS = re.compile(r"[a-zA-Z]+", re.ASCII)
_RUNS = re.compile(r"\*(?:[\s*]*\*)*")


class Shape(msgspec.Struct, frozen=True):
    """`text` is what lines have in common, `count` how many there are."""

    text: str
    count: int


def known_words(texts: Iterable[str]) -> frozenset[str]:
    """The vocabulary, in lower case: words that programs log, and those of the given texts."""
    own = _WORDS_FILE.read_text(encoding="ascii").split()
    return frozenset(word.lower() for text in [*own, *texts] for word in re.findall(r"[A-Za-z]+", text))


def shape_of(line: str, vocabulary: Collection[str]) -> str:
    """What is not known to be a word of a program becomes `*`; numbers, ids, hosts and addresses say what they were."""
    text = "".join(_masked(match, vocabulary) for match in _PARTS.finditer(line[:_LONGEST_READ]))
    shape = " ".join(_RUNS.sub(_ANYTHING, text).split())
    return shape if len(shape) <= _LONGEST_SHOWN else f"{shape[:_LONGEST_SHOWN].rpartition(' ')[0]} {_ANYTHING}"


def _masked(match: re.Match[str], vocabulary: Collection[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "quoted":
            return _ANYTHING
        case "time":
            return "TIME"
        case "groups":
            is_ip = any(c != ":" for c in text) and ("::" in text or text.count(":") == 7)
            return "IP" if is_ip else ":" * text.count(":") if set(text) == {":"} else _ANYTHING
        case "space":
            return " "
        case "sign":
            return text
    return _name(text, vocabulary)


def _name(text: str, vocabulary: Collection[str]) -> str:
    """A run of characters without blanks and brackets; a full stop or hyphen at its end is the sentence's."""
    name = text.rstrip(".-")
    stop = text[len(name) :][:1]
    if "@" in name:
        return f"ADDRESS{stop}"
    for pattern, mask in ((_ID, "ID"), (_IP, "IP"), (_NUMBER, "N"), (_HOST, "HOST")):
        if pattern.fullmatch(name):
            return f"{mask}{stop}"
    words = name.replace("_", "-").split("-")
    is_known = all(_LETTERS.fullmatch(word) and word.lower() in vocabulary for word in words)
    return f"{name if is_known else _ANYTHING}{stop}"


def shapes_of(lines: Iterable[str], vocabulary: Collection[str]) -> tuple[Shape, ...]:
    """The shapes of these lines, most frequent first."""
    counts = Counter(shape_of(line, vocabulary) for line in lines)
    return tuple(Shape(text, count) for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
