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
    "\uff1b": "c", "\u200b": "o", "\u202f": "u", "\u05f3": "a", "\u200d": "z",
}  # fmt: skip
_RANGES = (
    (0x05D0, 0x05F2, "h"), (0xFB1D, 0xFB4F, "h"),
    (0x0E00, 0x0EFF, "t"), (0x1000, 0x109F, "t"), (0x1780, 0x17FF, "t"), (0x1950, 0x19DF, "t"), (0x1A20, 0x1AAF, "t"),
    (0xA9E0, 0xA9FF, "t"), (0xAA60, 0xAADF, "t"), (0x3006, 0x3007, "j"), (0x3021, 0x3029, "j"), (0x3038, 0x303B, "j"),
    (0x3031, 0x3035, "k"), (0x3041, 0x309F, "i"), (0x30A0, 0x30FF, "k"), (0x31F0, 0x31FF, "k"), (0x3400, 0x4DBF, "j"),
    (0x4E00, 0x9FFF, "j"), (0xF900, 0xFAFF, "j"), (0xFF66, 0xFF9D, "k"), (0x20000, 0x3FFFF, "j"),
)  # fmt: skip
_SYMBOLS = """
a9 ae 203c 2049 2122 2194-2199 21a9-21aa 231a-231b 2328 2388 23cf 23e9-23f3 23f8-23fa 25aa-25ab 25b6 25c0 25fb-25fe
2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271d 2721 2728 2733-2734 2744 2747 274c 274e 2753-2755 2757
2763-2767 2795-2797 27a1 27b0 27bf 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f000-1f0ff 1f10d-1f10f
1f12f 1f16c-1f171 1f17e-1f17f 1f18e 1f191-1f19a 1f1ad 1f201-1f202 1f21a 1f22f 1f232-1f23a 1f250-1f251 1f260-1f265
1f300-1f3fa 1f400-1f53d 1f546-1f64f 1f680-1f6ff 1f7d5-1f7eb 1f90c-1f93a 1f93c-1f945 1f947-1faff
"""
_EMOJI = tuple(
    (int(first, 16), int(last or first, 16)) for first, _, last in (r.partition("-") for r in _SYMBOLS.split())
)
_SKIN_TONES = (0x1F3FB, 0x1F3FF)
_FLAGS = (0x1F1E6, 0x1F1FF)
_EXTENDED = frozenset(("Mn", "Me", "Mc", "Cf"))
_CORE = "(?:(?:aX(?:[mqs]X(?=[ah]))?|hX(?:sX|[mq]X(?=[ah])|dX(?=h))?|nX(?:[cqs]X(?=n))?)+|(?:kX)+)"
_WORD = re.compile(
    f"(?:uX)*{_CORE}(?:(?:uX)+{_CORE})*(?:uX)*|(?:[ty]X)+|[ji]X|eX(?:(?<=z)eX)*|rX(?:rX)?".replace("X", "[xyz]*")
)


def words_of(text: str) -> list[str]:
    """The words in the order of the text. Of symbols only emoji are words."""
    kinds = "".join(map(_kind, text))
    found = (text[match.start() : match.end()] for match in _WORD.finditer(kinds))
    return [lowered(word[at : at + LONGEST]) for word in found for at in range(0, len(word), LONGEST)]


@lru_cache(maxsize=1 << 13)
def _kind(character: str) -> str:
    """One letter for the property Word_Break of a character."""
    if character in _KNOWN:
        return _KNOWN[character]
    category, code = unicodedata.category(character), ord(character)
    if category[0] in "LM" or category == "Nl":
        for first, last, kind in _RANGES:
            if first <= code <= last:
                return kind if category[0] != "M" else "y" if kind == "t" else "x"
    if category in _EXTENDED or _SKIN_TONES[0] <= code <= _SKIN_TONES[1]:
        return "x"
    if category[0] == "L" or category == "Nl" or 0x24B6 <= code <= 0x24E9:
        return "a"
    if _FLAGS[0] <= code <= _FLAGS[1]:
        return "r"
    if category[0] in "SP" and any(first <= code <= last for first, last in _EMOJI):
        return "e"
    return {"Nd": "n", "Pc": "u"}.get(category, "o")


def lowered(text: str) -> str:
    """As the servers' `lowercase` filter does it (Lucene's LowerCaseFilter): each character for itself."""
    if text.isascii():
        return text.lower()
    return "".join("i" if character == "İ" else character.lower() for character in text)
