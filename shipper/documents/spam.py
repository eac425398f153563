"""What the spam check said of a message, or why it said nothing."""

from __future__ import annotations

import re
from typing import Any

from shipper.documents.lines import Lines
from shipper.documents.shape import known, place
from shipper.documents.transport import is_loopback
from shipper.model import StageEvent

_RESULTS = {"Unknown": "clean", "Suspect": "suspect", "Bulk": "bulk", "Confirmed": "confirmed"}
_PATH = "sophos.utm.spam."
_EXCEPTION = re.compile(r"\b(?:anti-?)?spam\b", re.IGNORECASE)


def spam_object(lines: Lines) -> dict[str, Any]:
    """`sophos.utm.spam`: always with a result for an accepted message, for others only where a line has one."""
    checked = lines.of("spam-checked")
    if checked:
        return _stated(checked[-1])
    if lines.has("spam-check-failed"):
        return {"result": "error", "not_checked_reason": "error"}
    return {"result": "not_checked", "not_checked_reason": _why(lines)} if lines.accepted else {}


def _stated(checked: StageEvent) -> dict[str, Any]:
    stated = {path[len(_PATH) :]: value for path, value in checked.fields.items() if path.startswith(_PATH)}
    result = _RESULTS.get(stated.get("verdict", ""))
    spam = {"result": result} if result else {"result": "not_checked", "not_checked_reason": "unknown"}
    return place(spam, known(stated))


def _why(lines: Lines) -> str:
    if any(_EXCEPTION.search(event.fields.get("event.reason", "")) for event in lines.of("policy-warning")):
        return "exception"
    is_own = lines.has("bounce-created") or any(_is_own(event) for event in lines.of("message-received"))
    return "internal" if is_own else "unknown"


def _is_own(received: StageEvent) -> bool:
    """Mail that the gateway made itself: from its loopback, or submitted locally."""
    return "sophos.utm.local_user" in received.fields or is_loopback(received.fields.get("source.ip"))
