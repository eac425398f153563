"""Which of some lines are a message's own: those of its queue ids, and of its SMTP session what the join says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from shipper.correlate.correlator import HostCorrelator
from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.documents.message import Policy, message_document
from shipper.retrieval import Document, host_of, place_of, queue_ids_of
from shipper.trace.stage_events import stage_event

_NEVER = 1 << 40
_LIMITS = Limits(settle_after=_NEVER, most_events=_NEVER, beginning=-1)


def own_lines(message: Document, candidates: Sequence[Document]) -> list[Document]:
    """Those of the candidates (all lines of the sessions that may have brought it among them) that this message was
    made of, in the order of their log.

    They are joined as they were when the message was stored. Where so many lines are gone that this gives another
    message, those with its queue ids are taken.
    """
    lines = {line["_id"]: line for line in sorted(candidates, key=place_of)}
    for joined in _joined(host_of(message), lines.values()):
        if _is_it(message, joined):
            return [line for id, line in lines.items() if id in joined.events]
    queue_ids = set(queue_ids_of(message))
    return [line for line in lines.values() if line["sophos"]["utm"].get("queue_id") in queue_ids]


def _joined(host: str, lines: Iterable[Document]) -> list[OpenMessage]:
    correlator = HostCorrelator(host, _NoStorage(), _LIMITS)
    for order, line in enumerate(lines):
        correlator.add(stage_event(line, order))
    messages, attempts, _ = correlator.close()
    return [*messages, *(attempted for some in attempts for attempted in some.messages)]


def _is_it(message: Document, joined: OpenMessage) -> bool:
    queue_ids = queue_ids_of(message)
    if not joined.events or bool(queue_ids) == joined.queue_ids.isdisjoint(queue_ids):
        return False
    id: str = message["_id"]
    return message_document(joined.in_order(), _policy(), is_open=joined.session_open).id == id


@cache
def _policy() -> Policy:
    """No setting changes a message's id."""
    return Policy()


class _NoStorage:
    def fetch(self, host: str, queue_id: str) -> OpenMessage | None:
        return None

    def unshown(self, host: str) -> list[OpenMessage]:
        return []
