"""What a text is taken for."""

from __future__ import annotations

import pytest

from shipper.errors import SettingsError
from shipper.trace.sought import Kind, Sought, sought

RECOGNISED: list[tuple[str, str, tuple[Kind, ...]]] = [
    ("1haLqi-0002Mp-2G", "1haLqi-0002Mp-2G", ("queue-id",)),
    ("1haFDq-000000002tU-3Q7k", "1haFDq-000000002tU-3Q7k", ("queue-id",)),
    (" 1haLqi-0002Mp-2G\n", "1haLqi-0002Mp-2G", ("queue-id",)),
    ("1haLqi-0002Mp-2", "1haLqi-0002Mp-2", ("subject",)),
    ("<4711@example.net>", "4711@example.net", ("address", "message-id")),
    ("a@b.example", "a@b.example", ("address", "message-id")),
    ("<>", "<>", ("address",)),
    ("mail to a@b.example", "mail to a@b.example", ("subject",)),
    ("192.0.2.10", "192.0.2.10", ("client",)),
    ("192.0.2.10/24", "192.0.2.10/24", ("client",)),
    ("2001:db8::1", "2001:db8::1", ("client",)),
    ("4711", "4711", ("subject",)),
    ("your order", "your order", ("subject",)),
]


@pytest.mark.parametrize(("text", "bare", "kinds"), RECOGNISED)
def test_recognised(text: str, bare: str, kinds: tuple[Kind, ...]) -> None:
    assert sought(text) == Sought(bare, kinds)


def test_said_otherwise() -> None:
    assert sought("192.0.2.10", "subject") == Sought("192.0.2.10", ("subject",))
    assert sought("<a@b>", "message-id") == Sought("a@b", ("message-id",))
    assert sought("<a@b>", "subject") == Sought("<a@b>", ("subject",))
    with pytest.raises(SettingsError, match="'your order' is no network; write it like"):
        sought("your order", "client")


def test_described() -> None:
    assert sought("<a@b>").describe() == "address or Message-ID a@b"
    assert sought("your order").describe() == "words of the subject your order"
