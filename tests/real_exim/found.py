"""Documents, cut down to what the notes tell of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.comparison import Document

View = dict[str, Any]
"""What a document and the notes say of one message, or of one of its sides; what is not known is left out."""

NOT_ACCEPTED = ("rejected", "temporarily_rejected", "abandoned")
_DKIM = ("result", "count", "passed", "failed", "aligned", "signatures")
_DKIM_UNORDERED = ("domains", "passed_domains")


def accepted(documents: Iterable[Document]) -> dict[str, Document]:
    """By queue id."""
    return {found["email"]["local_id"]: found for found in documents if _status(found) not in NOT_ACCEPTED}


def attempts(documents: Iterable[Document]) -> dict[str, list[View]]:
    """Envelopes of what was refused or given up, by client and sender."""
    found = defaultdict(list)
    for document in documents:
        if _status(document) in NOT_ACCEPTED:
            view = envelope(document)
            found[f"{view['client']} {view.get('sender', '')}"].append(view)
    return {key: sorted(views, key=str) for key, views in found.items()}


def envelope(document: Document) -> View:
    """Who sent what to whom, over what, and what became of it."""
    utm, email, source = document["sophos"]["utm"], document.get("email", {}), document.get("source", {})
    return known(
        {
            "status": utm["status"],
            "sender": email.get("sender", {}).get("address"),
            "to": email.get("to", {}).get("address"),
            "rejected": utm.get("rejected_recipients"),
            "client": f"{source['ip']} {source['port']}" if source else None,
            "name": source.get("domain"),
            "helo": utm.get("helo"),
            "tls": leg(document.get("tls", {})),
            "message_id": email.get("message_id"),
            "subject": email.get("subject"),
            "bounce_of": utm.get("bounce_of"),
        }
    )


def deliveries(document: Document) -> list[View]:
    """What became of each recipient; and who said so to the gateway, if anyone did."""
    found = document["sophos"]["utm"].get("deliveries", [])
    return sorted(map(_delivery, found), key=str)


def _delivery(delivery: Document) -> View:
    view = {"recipient": delivery["recipient"], "status": delivery["status"]}
    if response := delivery.get("response"):
        destination = delivery["destination"]
        view["server"] = f"{destination['ip']} {destination['port']}"
        view["answer"] = f"{response['code']} {response['text']}"
        view["tls"] = leg(delivery.get("tls", {}))
    return known(view)


def dkim(document: Document) -> View:
    """The contract's fields."""
    found = document["sophos"]["utm"].get("dkim", {})
    ordered = {name: found.get(name) for name in _DKIM}
    return known(ordered | {name: sorted(found.get(name, [])) for name in _DKIM_UNORDERED})


def leg(tls: Document) -> str | None:
    """A connection's protection in a few words."""
    if "established" not in tls:
        return None
    return f"{tls.get('version')} {tls.get('cipher')}" if tls["established"] else "plaintext"


def known(view: View) -> View:
    return {name: value for name, value in view.items() if value not in (None, "", [])}


def _status(document: Document) -> str:
    status: str = document["sophos"]["utm"]["status"]
    return status
