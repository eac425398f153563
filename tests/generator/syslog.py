"""Local time stamps, and how Exim hands one entry to syslog: cut at 870 bytes and at each line end."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONGEST = 870


class Clock:
    """UTC seconds to the gateway's local stamps; the offset is looked up once per quarter of an hour."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._offsets: dict[int, int] = {}
        self._stamps: dict[int, tuple[str, str]] = {}

    def offset(self, utc: int) -> int:
        block = utc // 900
        if block not in self._offsets:
            offset = datetime.fromtimestamp(block * 900, UTC).astimezone(self.zone).utcoffset()
            assert offset is not None
            self._offsets[block] = int(offset.total_seconds())
        return self._offsets[block]

    def zone_text(self, utc: int) -> str:
        """`+0200`"""
        minutes = self.offset(utc) // 60
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"

    def stamps(self, utc: int) -> tuple[str, str]:
        """`2019:06:10-11:04:40` as syslog writes it and `2019-06-10 11:04:40` as Exim does."""
        found = self._stamps.get(utc)
        if found is None:
            if len(self._stamps) > 50_000:
                self._stamps.clear()
            local = time.gmtime(utc + self.offset(utc))
            found = (time.strftime("%Y:%m:%d-%H:%M:%S", local), time.strftime("%Y-%m-%d %H:%M:%S", local))
            self._stamps[utc] = found
        return found


def iso(utc: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(utc))


def to_bytes(text: str) -> bytes:
    """Lone surrogates stand for raw bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def as_read(text: str) -> str:
    """What a reader sees in these bytes: UTF-8, or Latin-1 where they are none."""
    raw = to_bytes(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def split_entry(entry: bytes) -> list[bytes]:
    """The pieces that Exim's syslog writer makes: `[1/2] ...` after a cut, `[1\\2] ...` where a line end was."""
    if len(entry) <= LONGEST and b"\n" not in entry:
        return [entry]
    pieces: list[tuple[bytes, bool]] = []
    rest = entry.removesuffix(b"\n")
    while rest:
        end = rest.find(b"\n")
        length = min(len(rest) if end < 0 else end, LONGEST)
        at_line_end = rest[length : length + 1] == b"\n"
        pieces.append((rest[:length], at_line_end and len(rest) > length + 1))
        rest = rest[length + at_line_end :]
    if len(pieces) == 1:
        return [pieces[0][0]]
    return [
        b"[%d%s%d] %s" % (number, b"\\" if broken else b"/", len(pieces), piece)
        for number, (piece, broken) in enumerate(pieces, 1)
    ]


def printing(text: str) -> str:
    """Exim's `string_printing`: bytes outside printable ASCII as backslash escapes, the backslash itself doubled."""
    out = []
    for byte in to_bytes(text):
        if byte == 0x5C:
            out.append("\\\\")
        elif 0x20 <= byte < 0x7F:
            out.append(chr(byte))
        else:
            out.append({10: "\\n", 13: "\\r", 9: "\\t"}.get(byte) or f"\\{byte:03o}")
    return "".join(out)
