"""Compares whole documents with their truth. Nothing is left out but what is named here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

Document = dict[str, Any]

_UNORDERED = """related.ip related.hosts related.user sophos.utm.queue_ids sophos.utm.dkim.domains
    sophos.utm.dkim.passed_domains sophos.utm.dkim.unverified_domains sophos.utm.dkim.selectors
    sophos.utm.dkim.passed_selectors sophos.utm.dkim.unverified_selectors sophos.utm.dkim.algorithms
    sophos.utm.dkim.failure_reasons sophos.utm.tls.outbound.versions sophos.utm.tls.outbound.ciphers
    sophos.utm.tls.outbound.grades sophos.utm.tls.outbound.domains sophos.utm.tls.outbound.partners"""
UNORDERED = frozenset(_UNORDERED.split())
"""Lists whose order means nothing."""

_BEYOND = """ecs.version event.module sophos.utm.protocol sophos.utm.spam.items sophos.utm.tls.fallback
    sophos.utm.authenticator sophos.utm.authenticated_id tls.resumed tls.client.server_name"""
BEYOND_THE_CONTRACT = frozenset(_BEYOND.split())
"""Fields of a message that the program adds, or that say the same in every document: no truth is held against them."""

BEYOND_IN_DELIVERIES = frozenset(("reason", "tls.version_protocol"))

SHOWN = 12


def flatten(document: Document, path: str = "") -> Document:
    """Nested objects as dotted paths."""
    flat: Document = {}
    for name, value in document.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{path}{name}."))
        else:
            flat[path + name] = value
    return flat


def normalize(document: Document) -> Document:
    """A message document in a form in which equal means equal: dotted, unordered lists and deliveries sorted."""
    flat = {path: value for path, value in flatten(document).items() if path not in BEYOND_THE_CONTRACT}
    for path in UNORDERED & flat.keys():
        flat[path] = sorted(flat[path])
    if "sophos.utm.deliveries" in flat:
        deliveries = [flatten(delivery) for delivery in flat["sophos.utm.deliveries"]]
        kept = [{k: v for k, v in d.items() if k not in BEYOND_IN_DELIVERIES} for d in deliveries]
        flat["sophos.utm.deliveries"] = sorted(kept, key=lambda delivery: str(delivery["recipient"]))
    return flat


def identity(document: Document) -> tuple[Any, ...]:
    """What tells which message a document is about: host and root id, or the attempt's client, sender and time."""
    flat = flatten(document)
    if "email.local_id" in flat:
        return flat.get("host.name"), flat["email.local_id"]
    paths = ("host.name", "source.ip", "source.port", "email.sender.address", "event.start", "@timestamp")
    return tuple(flat.get(path) for path in paths)


def _by_identity(documents: Iterable[Document]) -> dict[tuple[Any, ...], list[Document]]:
    found: dict[tuple[Any, ...], list[Document]] = defaultdict(list)
    for document in documents:
        found[identity(document)].append(document)
    return found


def differences(wanted: Sequence[Document], found: Sequence[Document], names: Sequence[str] = ()) -> list[str]:
    """Every difference between two sets of message documents, one text each; none means that they are equal.

    `names[i]` says what `wanted[i]` is about.
    """
    named = {id(document): name for document, name in zip(wanted, names, strict=False)}
    left, right = _by_identity(wanted), _by_identity(found)
    texts = []
    for key in left.keys() | right.keys():
        ours, theirs = left.get(key, []), right.get(key, [])
        name = named.get(id(ours[0]), "") if ours else ""
        if len(ours) != len(theirs):
            texts.append(f"{name} {key}: {len(ours)} documents wanted, {len(theirs)} found")
        for one, other in zip(ours, theirs, strict=False):
            texts += [f"{name} {key}: {text}" for text in _differing_fields(normalize(one), normalize(other))]
    return sorted(texts)


def _differing_fields(wanted: Document, found: Document) -> list[str]:
    paths = sorted(wanted.keys() | found.keys())
    return [
        f"{path}\n    wanted {wanted.get(path)!r}\n    found  {found.get(path)!r}"
        for path in paths
        if wanted.get(path) != found.get(path)
    ]


def assert_equal(wanted: Sequence[Document], found: Sequence[Document], names: Sequence[str] = ()) -> None:
    """Fails with the first differences."""
    texts = differences(wanted, found, names)
    assert not texts, f"{len(texts)} differences\n" + "\n".join(texts[:SHOWN])
