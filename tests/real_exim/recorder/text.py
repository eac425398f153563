"""Bytes of mail as text."""

from __future__ import annotations

import re


def readable(content: bytes) -> str:
    """What is not UTF-8 is read as Latin-1."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def unescaped(content: bytes) -> bytes:
    """Bytes beyond ASCII instead of the octal numbers (`\\303`) that Exim writes for them."""
    return re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), content)
