"""One check, and how an error becomes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from shipper.errors import AuthenticationError, ShipperError

State = Literal["ok", "warning", "failed"]


class Check(msgspec.Struct, frozen=True):
    """`words` say how it is, `advice` what to do about it, `details` more lines for who wants to know."""

    name: str
    state: State
    words: str
    advice: str = ""
    details: tuple[str, ...] = ()


Look = Callable[[], Check]


def looked(name: str, look: Look) -> Check:
    """What a look found. One that is not permitted is a warning, as the shipper itself may do without; others fail."""
    try:
        return look()
    except AuthenticationError as error:
        return Check(name, "warning", f"not permitted to look: {error.what}", error.advice)
    except ShipperError as error:
        return Check(name, "failed", error.what, error.advice)
    except (LookupError, TypeError, ValueError) as error:
        return Check(name, "warning", f"an answer is not understood: {error!r}", "please report it with the product")
