"""Stage event -> document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from shipper.documents.shape import ECS_VERSION, OBSERVER, place, unique
from shipper.model import Fields, StageEvent, iso_date

IPS = ("source.ip", "destination.ip")
HOSTS = ("source.domain", "sophos.utm.helo", "destination.domain")
USERS = ("email.sender.address", "sophos.utm.final_address", "sophos.utm.parent_address")
TO = "email.to.address"
_HOST_NAME = re.compile(r"[\w.-]{1,255}")


def related_ips(fields: Fields) -> list[str]:
    """Every valid address that the line names."""
    return [fields[path] for path in IPS if path in fields]


def related_hosts(fields: Fields) -> list[str]:
    """Every host name that the line names, the client's own (HELO) included; what is no host name is left out."""
    return host_names(fields[path] for path in HOSTS if path in fields)


def related_users(fields: Fields) -> list[str]:
    """Every mail address that the line names; the null sender is none."""
    return user_names((fields[path] for path in USERS if path in fields), fields.get(TO, ()))


def host_names(texts: Iterable[str]) -> list[str]:
    """Those that are host names."""
    return [text for text in texts if _is_host_name(text)]


@lru_cache(maxsize=1 << 13)
def _is_host_name(text: str) -> bool:
    return _HOST_NAME.fullmatch(text) is not None


def user_names(senders: Iterable[str], recipients: Iterable[str]) -> list[str]:
    """Senders without the null sender, and recipients."""
    users = [sender for sender in senders if sender != "<>"]
    users += recipients
    return users


def event_document(event: StageEvent) -> dict[str, Any]:
    """The document of one stage event, as nested objects (the contract: stage event)."""
    return place(framed(event, _related(event.fields)), event.fields)


def framed(event: StageEvent, others: Any) -> dict[str, Any]:
    """The document without what the line states; `others` is what is related."""
    utm = {"stage": event.stage, "kind": event.kind}
    if event.queue_id is not None:
        utm["queue_id"] = event.queue_id
    if event.encoding is not None:
        utm["original_encoding"] = event.encoding
    process: dict[str, Any] = {"name": event.process}
    if event.pid is not None:
        process["pid"] = event.pid
    document: dict[str, Any] = {
        "@timestamp": iso_date(event.time),
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "event",
            "category": "email",
            "module": "sophos_utm",
            "dataset": "sophos_utm.smtp",
            "action": event.action,
            "original": event.original,
        },
        "observer": OBSERVER,
        "process": process,
        "log": {"file": {"path": event.source}, "offset": event.offset},
        "sophos": {"utm": utm},
    }
    if event.host:
        document["host"] = {"name": event.host}
    if others:
        document["related"] = others
    return document


def _related(fields: Fields) -> dict[str, list[str]]:
    found = {"ip": related_ips(fields), "hosts": related_hosts(fields), "user": related_users(fields)}
    return {name: unique(values) if len(values) > 1 else values for name, values in found.items() if values}
