"""Stage event -> document."""

from __future__ import annotations

import re

from shipper.documents.shape import ECS_VERSION, OBSERVER, iso_date, nest, unique, without_nothing
from shipper.model import Fields, StageEvent

_IPS = ("source.ip", "destination.ip")
_HOSTS = ("source.domain", "sophos.utm.helo", "destination.domain")
_HOST_NAME = re.compile(r"[\w.-]{1,255}")
_USER = ("email.sender.address", "sophos.utm.final_address", "sophos.utm.parent_address")


def related_ips(fields: Fields) -> list[str]:
    """Every valid address that the line names."""
    return [fields[path] for path in _IPS if path in fields]


def related_hosts(fields: Fields) -> list[str]:
    """Every host name that the line names, the client's own (HELO) included; what is no host name is left out."""
    return [fields[path] for path in _HOSTS if path in fields and _HOST_NAME.fullmatch(fields[path])]


def related_users(fields: Fields) -> list[str]:
    """Every mail address that the line names; the null sender is none."""
    users = [fields[path] for path in _USER if path in fields and fields[path] != "<>"]
    return [*users, *fields.get("email.to.address", ())]


def event_document(event: StageEvent) -> dict[str, object]:
    """The document of one stage event, as nested objects (the contract: stage event)."""
    fields = event.fields
    head: Fields = {
        "@timestamp": iso_date(event.time),
        "ecs": {"version": ECS_VERSION},
        "event.kind": "event",
        "event.category": "email",
        "event.module": "sophos_utm",
        "event.dataset": "sophos_utm.smtp",
        "event.action": event.action,
        "event.original": event.original,
        "host.name": event.host or None,
        "observer": OBSERVER,
        "process.name": event.process,
        "process.pid": event.pid,
        "log.file.path": event.source,
        "log.offset": event.offset,
        "related.ip": unique(related_ips(fields)),
        "related.hosts": unique(related_hosts(fields)),
        "related.user": unique(related_users(fields)),
        "sophos.utm.stage": event.stage,
        "sophos.utm.kind": event.kind,
        "sophos.utm.queue_id": event.queue_id,
        "sophos.utm.original_encoding": event.encoding,
    }
    return nest(without_nothing(head) | fields)
