"""What changes from one repetition of a simulated block to the next, so that a long log is not one block over and over.

Senders, sizes, Message-IDs and subjects get other values, and each repetition is another gateway's. What a text becomes
depends on the text and the repetition alone: lines that belong together stay together. The first is left as simulated.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from random import Random
from zlib import crc32

HOSTS = (b"utm", b"utm-north", b"mail-gw2")

_STAMP = 19
_NUMBERED = re.compile(rb"(?<=[a-z])(\d{1,4})(?=@)")
_SIZE = re.compile(rb'((?<= S=)|(?<= size="))([1-9])(\d+)')
_MESSAGE_ID = re.compile(rb"(?<= id=)([0-9a-f]{8,})(?=[.@])")
_SUBJECT = re.compile(rb'(subject="[^"\\]*)(" queueid="([^"]+))')
_SAME = 30
"""Per cent of subjects that stay: newsletters, replies, alerts."""
_SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ki",
    "lo",
    "mar",
    "ne",
    "or",
    "pa",
    "qui",
    "ra",
    "sel",
    "ta",
    "um",
    "ver",
)


def _words(count: int) -> list[bytes]:
    rng = Random(1)
    return ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))).encode() for _ in range(count)]


_WORDS = _words(2000)


def varied(line: bytes, repetition: int) -> bytes:
    """The line as that repetition has it."""
    if not repetition:
        return line
    seed = repetition.to_bytes(4, "big")

    def number(found: re.Match[bytes]) -> bytes:
        return _digits(found[0], seed, len(found[0]))

    def size(found: re.Match[bytes]) -> bytes:
        return found[2] + _digits(found[0], seed, len(found[3]))

    def message_id(found: re.Match[bytes]) -> bytes:
        told = blake2b(found[0] + seed, digest_size=32)
        made = str(int(told.hexdigest(), 16)) if found[0].isdigit() else told.hexdigest()
        return made[: len(found[0])].encode()

    def subject(found: re.Match[bytes]) -> bytes:
        told = crc32(found[3] + seed)
        if told % 100 < _SAME:
            return found[0]
        words = (_WORDS[told % 1999], _WORDS[told // 1999 % 1997], b"%d" % (told >> 16))[: 1 + told % 3]
        return b"%s %s%s" % (found[1], b" ".join(words), found[2])

    stamp, rest = line[: _STAMP + 1], line[_STAMP + 1 :]
    host, gap, text = rest.partition(b" ")
    if b"@" in text:
        text = _NUMBERED.sub(number, text)
        text = _MESSAGE_ID.sub(message_id, text)
        text = _SIZE.sub(size, text)
        text = _SUBJECT.sub(subject, text)
    return stamp + (HOSTS[repetition % len(HOSTS)] if host == HOSTS[0] else host) + gap + text


def _digits(text: bytes, seed: bytes, width: int) -> bytes:
    return b"%0*d" % (width, crc32(text + seed) % 10**width)
