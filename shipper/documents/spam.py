"""What the spam check said of a message, or why it said nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shipper.documents.transport import is_loopback
from shipper.model import Fields, StageEvent

_RESULTS = {"Unknown": "clean", "Suspect": "suspect", "Bulk": "bulk", "Confirmed": "confirmed"}
_EXCEPTION = re.compile(r"\b(?:anti-?)?spam\b", re.IGNORECASE)


def spam_fields(events: Sequence[StageEvent], *, accepted: bool) -> Fields:
    """`sophos.utm.spam.*`: always with a result for an accepted message, for others only where a line has one."""
    checked = [event for event in events if event.action == "spam-checked"]
    if checked:
        fields = checked[-1].fields
        verdict = fields.get("sophos.utm.spam.verdict", "")
        stated = {path: value for path, value in fields.items() if path.startswith("sophos.utm.spam.")}
        result = _RESULTS.get(verdict)
        if result is None:
            return {"sophos.utm.spam.result": "not_checked", "sophos.utm.spam.not_checked_reason": "unknown"} | stated
        return {"sophos.utm.spam.result": result} | stated
    if any(event.action == "spam-check-failed" for event in events):
        return {"sophos.utm.spam.result": "error", "sophos.utm.spam.not_checked_reason": "error"}
    if not accepted:
        return {}
    return {"sophos.utm.spam.result": "not_checked", "sophos.utm.spam.not_checked_reason": _why(events)}


def _why(events: Sequence[StageEvent]) -> str:
    if any(
        event.action == "policy-warning" and _EXCEPTION.search(event.fields.get("event.reason", "")) for event in events
    ):
        return "exception"
    return "internal" if any(_is_own(event) for event in events) else "unknown"


def _is_own(event: StageEvent) -> bool:
    """Mail that the gateway made itself: from its loopback, or submitted locally."""
    if event.action == "bounce-created":
        return True
    if event.action != "message-received":
        return False
    return "sophos.utm.local_user" in event.fields or is_loopback(event.fields.get("source.ip"))
