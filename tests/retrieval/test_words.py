"""Words as the servers' own analyzer finds them."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

import pytest

from shipper.retrieval.words import words_of
from tests.end_to_end.node import Node

CHARACTERS = """
abcXYZ 0189 _ ' " : . , ; - ! ? ( ) [ ] / @ # & + = * % $ € £ § ° « » … – — ’ ‘ “ ” · ª º ß ÄÖÜ éèñçøå İı ŁŐ ﬁ Ǆ Æ
ΑΩάς Жжщё אבגד ״ ׳ عربي ًّ ۰۱٣ ۔، हिन्दी ম ไทยกำ ລາວ မြန် ខ្មែរ 日本語漢字 ひらがな カタカナ ｶﾀ 한국어 ー 々 ３ Ａ
Ⓐ ① ½ ² ㎏ ℃ ™ ® Ⅷ ❤ ☎ ✓ 😀 👍 → ■ ★
"""
WRITTEN = {
    "Re: your ORDER 4711": ["re", "your", "order", "4711"],
    "don't can’t 3.14 1,000 a_b": ["don't", "can’t", "3.14", "1,000", "a_b"],
    "mail.example.net c-d": ["mail.example.net", "c", "d"],
    "foo:bar 12:30 a1b2 a.1": ["foo:bar", "12", "30", "a1b2", "a", "1"],
    "ΟΔΟΣ İST große": ["οδοσ", "ist", "große"],
    "ไทย ขอบคุณครับ מכ\"ם א' ז'": ["ไทย", "ขอบคุณครับ", 'מכ"ם', "א'", "ז'"],
    "日本 カタ한국": ["日", "本", "カタ", "한국"],
    "x" * 300: ["x" * 255, "x" * 45],
    "_ __ -- ()": [],
    "\U0001f1e9\U0001f1ea \U0001f468\u200d\U0001f469 \U0001f44d\U0001f3fd": [
        "\U0001f1e9\U0001f1ea",
        "\U0001f468\u200d\U0001f469",
        "\U0001f44d\U0001f3fd",
    ],
}


@pytest.mark.parametrize("text", WRITTEN)
def test_words(text: str) -> None:
    assert words_of(text) == WRITTEN[text]


@pytest.mark.cluster
@pytest.mark.parametrize("product", ["opensearch", "elasticsearch"])
def test_a_server_finds_the_same(request: pytest.FixtureRequest, product: str) -> None:
    node = Node(request.getfixturevalue(product))
    rng = Random(1)
    letters = sorted({character for character in CHARACTERS if not character.isspace()})
    texts = [*WRITTEN, *("".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(5000))]
    found = [words for at in range(0, len(texts), 1000) for words in analyzed(node, texts[at : at + 1000])]
    differing = [
        (text, words_of(text), words) for text, words in zip(texts, found, strict=True) if words != words_of(text)
    ]

    assert differing[:8] == [], f"{len(differing)} of {len(texts)}"


def analyzed(node: Node, texts: list[str]) -> list[list[str]]:
    """The words of each. A server counts UTF-16 units from the first text on, and one between two."""
    tokens = node.ask("POST", "/_analyze", {"analyzer": "standard", "text": texts})["tokens"]
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text.encode("utf-16-le")) // 2 + 1)
    words: list[list[str]] = [[] for _ in texts]
    for token in tokens:
        words[bisect_right(starts, token["start_offset"]) - 1].append(token["token"])
    return words
