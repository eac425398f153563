"""What a setting may be: each kind reads one value from YAML, a variable or an option, and says what it expects."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

MASK = "********"
_units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_switches = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_duration = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([smhd]?)")


class ValueRefusedError(ValueError):
    """The text says why; the value itself is not repeated to the user."""


class Secret:
    """A password or key. Only `reveal` gives it; printing, formatting and comparing failures show the mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Kind(msgspec.Struct, frozen=True):
    """How one kind of setting is read.

    The value is cut at `separator` where a list may be given as one text, converted to `type`, then passed through
    `check`, which returns what the settings hold and raises ValueError for what does not fit. `show` is the way back to
    YAML. `secret` values are never shown; a relative `path` in a settings file counts from the file's folder.
    """

    expected: str
    type: Any = str
    check: Callable[[Any], Any] = lambda value: value
    show: Callable[[Any], Any] = lambda value: value
    separator: str | None = None
    secret: bool = False
    path: bool = False

    def read(self, value: object, *, from_text: bool) -> Any:
        """Raises ValueError. `from_text` permits `"5"` for a number, as variables and options have only text."""
        if self.separator and isinstance(value, str):
            value = [part for part in map(str.strip, value.split(self.separator)) if part]
        return self.check(msgspec.convert(value, self.type, strict=not from_text))


def whole_number(least: int, most: int) -> Kind:
    return Kind(f"a whole number from {least} to {most}", Annotated[int, Meta(ge=least, le=most)])


def one_of(*words: str) -> Kind:
    return Kind(" or ".join(words), Literal[words])


def matching(pattern: str, expected: str) -> Kind:
    return Kind(expected, Annotated[str, Meta(pattern=rf"^(?:{pattern})\Z")])


def _read_switch(value: bool | str) -> bool:
    if isinstance(value, bool):
        return value
    if value.lower() not in _switches:
        raise ValueError
    return _switches[value.lower()]


def _read_seconds(value: float | str) -> float:
    if isinstance(value, str):
        match = _duration.fullmatch(value)
        if not match:
            raise ValueError
        value = float(match[1]) * _units[match[2] or "s"]
    if not 0 < value < 1e9:
        raise ValueError
    return float(value)


def _show_seconds(seconds: float) -> float | str:
    unit = next((unit for unit in "dhms" if seconds % _units[unit] == 0), None)
    return f"{int(seconds // _units[unit])}{unit}" if unit else seconds


def _read_url(text: str, section: str) -> str:
    if "@" in text:
        raise ValueRefusedError(
            f"credentials do not belong in a URL; use {section}.username with a password or {section}.api_key"
        )
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.port == 0:
        raise ValueError
    return text.rstrip("/")


def _read_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as unknown:
        raise ValueError from unknown
    return name


def _read_place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") and host.endswith("]") else host
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host) != ("[" in text):
        raise ValueError
    return host, int(port)


def _show_place(place: tuple[str, int]) -> str:
    host, port = place
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read_patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueRefusedError(f"{error} in {pattern!r}") from error
    return patterns


type_of_texts = tuple[Annotated[str, Meta(min_length=1)], ...]

text = Kind("a text that is not empty", Annotated[str, Meta(min_length=1)])
switch = Kind("true or false", bool | str, _read_switch)
secret = Kind("a text that is not empty", Annotated[str, Meta(min_length=1)], Secret, secret=True)
seconds = Kind(
    'a time such as "30s", "10m", "2h" or "5d", or a number of seconds', float | str, _read_seconds, _show_seconds
)
zone = Kind("an IANA time zone such as Europe/Berlin", str, _read_zone)
path = Kind("a path", Annotated[str, Meta(min_length=1)], Path, str, path=True)
paths = Kind(
    "a list of folders",
    type_of_texts,
    lambda names: tuple(map(Path, names)),
    lambda paths: list(map(str, paths)),
    separator=",",
    path=True,
)
url = Kind(
    "a URL such as https://dashboards.example.net:5601, without credentials",
    str,
    lambda text: _read_url(text, "dashboards"),
)
urls = Kind(
    "one or several URLs such as https://search.example.net:9200, without credentials",
    type_of_texts,
    lambda texts: tuple(_read_url(text, "cluster") for text in texts),
    list,
    separator=",",
)
domains = Kind(
    "a list of domains",
    tuple[Annotated[str, Meta(pattern=r"^[^\s@]+\Z")], ...],
    lambda names: tuple(name.lower().rstrip(".") for name in names),
    list,
    separator=",",
)
patterns = Kind("a list of regular expressions", type_of_texts, _read_patterns, list, separator="\n")
texts = Kind("a list of texts", type_of_texts, tuple, list, separator=",")
place = Kind("HOST:PORT such as 0.0.0.0:5514 or [::]:5514", str, _read_place, _show_place)
networks = Kind(
    "a list of addresses and networks such as 192.0.2.1, 198.51.100.0/24",
    type_of_texts,
    lambda texts: tuple(map(ipaddress.ip_network, texts)),
    lambda networks: list(map(str, networks)),
    separator=",",
)
