"""The words of a text, as the servers' standard analyzer finds them for the views `*.text` of fields.

Lucene's StandardTokenizer: word breaks by Unicode Standard Annex 29, words of more than 255 characters cut, ideographs
and Hiragana one by one, runs of the scripts of South East Asia whole; then lower case.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 255

_KNOWN = {
    "_": "u", "'": "s", '"': "d", ":": "m", "\u00b7": "m", "\u0387": "m", "\u05f4": "m", "\u2027": "m", "\ufe13": "m",
    "\ufe55": "m", "\uff1a": "m", ".": "q", "\u2018": "q", "\u2019": "q", "\u2024": "q", "\ufe52": "q", "\uff07": "q",
    "\uff0e": "q", ",": "c", ";": "c", "\u037e": "c", "\u0589": "c", "\u060c": "c", "\u060d": "c", "\u066c": "c",
    "\u07f8": "c", "\u2044": "c", "\ufe10": "c", "\ufe14": "c", "\ufe50": "c", "\ufe54": "c", "\uff0c": "c",
    "\uff1b": "c", "\u200b": "o", "\u202f": "u",
}  # fmt: skip
_RANGES = (
    (0x0E00, 0x0EFF, "t"), (0x1000, 0x109F, "t"), (0x1780, 0x17FF, "t"), (0x1950, 0x19DF, "t"), (0x1A20, 0x1AAF, "t"),
    (0xA9E0, 0xA9FF, "t"), (0xAA60, 0xAADF, "t"), (0x3005, 0x3007, "j"), (0x3021, 0x3029, "j"), (0x3038, 0x303B, "j"),
    (0x3031, 0x3035, "k"), (0x3041, 0x309F, "i"), (0x30A0, 0x30FF, "k"), (0x31F0, 0x31FF, "k"), (0x3400, 0x4DBF, "j"),
    (0x4E00, 0x9FFF, "j"), (0xF900, 0xFAFF, "j"), (0xFF66, 0xFF9D, "k"), (0x20000, 0x3FFFF, "j"),
)  # fmt: skip
_EXTENDED = frozenset(("Mn", "Me", "Mc", "Cf"))
_WORD = re.compile(
    r"""
    (?:ux*)* (?: (?: ax*(?:[mqs]x*(?=a))? | nx*(?:[cqs]x*(?=n))? )+ | (?:kx*)+ )
    (?: (?:ux*)+ (?: (?: ax*(?:[mqs]x*(?=a))? | nx*(?:[cqs]x*(?=n))? )+ | (?:kx*)+ ) )* (?:ux*)*
    | (?:tx*)+ | [ji]x*
    """,
    re.VERBOSE,
)


def words_of(text: str) -> list[str]:
    """The words in the order of the text. Symbols are none; emoji are not told apart from them."""
    kinds = "".join(map(_kind, text))
    found = (text[match.start() : match.end()] for match in _WORD.finditer(kinds))
    return [lowered(word[at : at + LONGEST]) for word in found for at in range(0, len(word), LONGEST)]


@lru_cache(maxsize=1 << 13)
def _kind(character: str) -> str:
    """One letter for the property Word_Break of a character."""
    if character in _KNOWN:
        return _KNOWN[character]
    category = unicodedata.category(character)
    if category in _EXTENDED and character not in "\u0e33\u0eb3":
        return "x"
    code = ord(character)
    if category[0] == "L" or category in ("Nl", "No"):
        for first, last, kind in _RANGES:
            if first <= code <= last:
                return kind
    if category[0] == "L" or category == "Nl" or 0x24B6 <= code <= 0x24E9:
        return "a"
    return {"Nd": "n", "Pc": "u"}.get(category, "o")


def lowered(text: str) -> str:
    """As the servers' `lowercase` filter does it (Lucene's LowerCaseFilter): each character for itself."""
    if text.isascii():
        return text.lower()
    return "".join("i" if character == "İ" else character.lower() for character in text)
