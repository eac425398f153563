"""Bringing a cluster's templates to what this program needs, and telling how they differ from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.cluster.products import SUBSTITUTES
from shipper.cluster.templates import DEFAULT_OPTIONS, Abilities, Template, TemplateOptions, load_templates
from shipper.errors import TemplatesError

_ADVICE = "run utm-shipper setup"
_ABSENT = "absent"


class Call(msgspec.Struct, frozen=True):
    """One request that `apply` makes; `body` is JSON."""

    method: str
    path: str
    body: bytes


class Difference(msgspec.Struct, frozen=True):
    """Where a stored template is not as it should be. `expected` and `found` are JSON text, or `absent`."""

    template: str
    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        where = f"{self.template} {self.path}".rstrip()
        return f"{where}: expected {self.expected}, found {self.found}"


def plan(cluster: Cluster, options: TemplateOptions = DEFAULT_OPTIONS) -> tuple[Call, ...]:
    """The calls that `apply` would make now, in order; empty when all is in place. Only reads.

    Raises `ClusterError` when the cluster does not answer or refuses.
    """
    return tuple(
        Call("PUT", template.path, msgspec.json.encode(template.body))
        for template in _templates(cluster, options)
        if next(_differences(cluster, template), None) is not None
    )


def apply(cluster: Cluster, options: TemplateOptions = DEFAULT_OPTIONS) -> tuple[Call, ...]:
    """Writes every template that is missing or different, and returns the calls made; a second time it makes none."""
    calls = plan(cluster, options)
    for call in calls:
        ask(cluster, call.method, call.path, body=call.body)
    return calls


def check(cluster: Cluster, options: TemplateOptions = DEFAULT_OPTIONS) -> tuple[Difference, ...]:
    """Every difference between the stored templates and this program's, after the server's own normalisation."""
    return tuple(
        difference for template in _templates(cluster, options) for difference in _differences(cluster, template)
    )


def ensure_current(cluster: Cluster, options: TemplateOptions = DEFAULT_OPTIONS) -> None:
    """Raises `TemplatesError` when a template is missing or older than this program's. A changed one is the user's."""
    for template in load_templates(options):
        stored = _stored(cluster, template)
        if stored is None:
            raise TemplatesError(f"the index template {template.name} is missing at {cluster.where}", advice=_ADVICE)
        if _version(stored) < template.version:
            raise TemplatesError(
                f"the index template {template.name} at {cluster.where} has version {_version(stored)}, "
                f"this program needs {template.version}",
                advice=_ADVICE,
            )


def _templates(cluster: Cluster, options: TemplateOptions) -> tuple[Template, ...]:
    lacking = frozenset(kind for kind in SUBSTITUTES if not _has_field_type(cluster, kind, options.prefix))
    return load_templates(options, Abilities(lacking, _can_sort(cluster, options.prefix)))


def _has_field_type(cluster: Cluster, field_type: str, prefix: str) -> bool:
    return _takes(cluster, {"mappings": {"properties": {"field": {"type": field_type}}}}, prefix)


def _can_sort(cluster: Cluster, prefix: str) -> bool:
    """Whether an index may be kept in order whose mapping has nested fields: not before OpenSearch 3, for one."""
    mapping = {"properties": {"field": {"type": "keyword"}, "nested": {"type": "nested"}}}
    return _takes(cluster, {"settings": {"index": {"sort": {"field": ["field"]}}}, "mappings": mapping}, prefix)


def _takes(cluster: Cluster, template: dict[str, Any], prefix: str) -> bool:
    """Lets the server try a template; nothing is stored."""
    trial = {"index_patterns": [f"{prefix}-field-type-trial-*"], "template": template}
    body = msgspec.json.encode(trial)
    return ask(cluster, "POST", "/_index_template/_simulate", body=body, also=(400,)) is not None


def _stored(cluster: Cluster, template: Template) -> dict[str, Any] | None:
    """What the cluster holds under the template's name; None where it holds nothing."""
    answer = ask(cluster, "GET", template.path, also=(404,))
    listed = (answer or {}).get(f"{template.kind}s", [])
    return next((entry[template.kind] for entry in listed if entry["name"] == template.name), None)


def _version(stored: dict[str, Any]) -> int:
    """A template without a version is older than any."""
    return int(stored.get("version", 0))


def _differences(cluster: Cluster, template: Template) -> Iterator[Difference]:
    stored = _stored(cluster, template)
    if stored is None:
        yield Difference(template.name, "", "the template", _ABSENT)
        return
    expected, found = _comparable(template.body), _comparable(stored)
    for path in sorted(expected.keys() | found.keys()):
        if expected.get(path) != found.get(path):
            yield Difference(template.name, path, expected.get(path, _ABSENT), found.get(path, _ABSENT))


def _comparable(body: dict[str, Any]) -> dict[str, str]:
    """Path -> value, with the spellings that a server may change made equal: numbers and booleans as strings, settings
    dotted or nested and with or without `index.`; keys that only the server adds are left out."""
    ours = {key: value for key, value in body.items() if key in _OUR_KEYS}
    flat = dict(_flattened(ours, ""))
    return {_settled(path): value for path, value in flat.items()}


_OUR_KEYS = {"index_patterns", "composed_of", "priority", "version", "_meta", "template"}
_SETTINGS = "template.settings."


def _settled(path: str) -> str:
    name = path.removeprefix(_SETTINGS)
    return path if name == path or name.startswith("index.") else f"{_SETTINGS}index.{name}"


def _flattened(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flattened(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield path, msgspec.json.encode([str(item) for item in value]).decode()
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
