"""The component and index templates as this program brings them along, fitted to one cluster."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from shipper.cluster.products import SUBSTITUTES
from shipper.errors import SettingsError
from shipper.resources import folder

DEFAULT_PREFIX = "utm-smtp"

Kind = Literal["component_template", "index_template"]

# Components come first: a cluster refuses an index template that names one it does not have.
_FOLDERS: tuple[tuple[Kind, str], ...] = (
    ("component_template", "component_templates"),
    ("index_template", "index_templates"),
)
_FORBIDDEN_IN_NAMES = set('\\/*?"<>| ,#:')


class TemplateOptions(msgspec.Struct, frozen=True):
    """What a user may choose. `prefix` begins the names of indices and templates.

    `replicas`: a number; None keeps one replica where the cluster has a second node for it.
    """

    prefix: str = DEFAULT_PREFIX
    shards: int = 1
    replicas: int | None = None


DEFAULT_OPTIONS = TemplateOptions()


class Abilities(msgspec.Struct, frozen=True):
    """What a server can do beyond what every supported one can. `sorts`: keep an index in order though its mapping
    has nested fields.
    """

    missing_types: frozenset[str] = frozenset()
    sorts: bool = True


class Template(msgspec.Struct, frozen=True):
    """One template: `kind` and `name` make its path, `body` is the JSON object that the cluster gets."""

    kind: Kind
    name: str
    body: dict[str, Any]

    @property
    def path(self) -> str:
        """The path that it is written to and read from."""
        return f"/_{self.kind}/{self.name}"

    @property
    def version(self) -> int:
        """Grows whenever the file changes."""
        return int(self.body["version"])


ALL_ABILITIES = Abilities()


def load_templates(options: TemplateOptions, abilities: Abilities = ALL_ABILITIES) -> tuple[Template, ...]:
    """All templates in the order in which they must be written, without what the server cannot do.

    Raises `SettingsError` for an impossible prefix.
    """
    _check_prefix(options.prefix)
    return tuple(
        Template(kind, _renamed(path.stem, options.prefix), _fitted(path.read_bytes(), options, abilities))
        for kind, name in _FOLDERS
        for path in sorted((folder("index_templates") / name).glob("*.json"))
    )


def _check_prefix(prefix: str) -> None:
    if not prefix or prefix != prefix.lower() or prefix[0] in "-_+." or _FORBIDDEN_IN_NAMES & set(prefix):
        raise SettingsError(
            f"{prefix!r} cannot begin an index name",
            advice="use lower-case letters, digits and hyphens, such as utm-smtp",
        )


def _renamed(name: str, prefix: str) -> str:
    return prefix + name.removeprefix(DEFAULT_PREFIX)


def _fitted(content: bytes, options: TemplateOptions, abilities: Abilities) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(content)
    for key in ("index_patterns", "composed_of"):
        if key in body:
            body[key] = [_renamed(name, options.prefix) for name in body[key]]
    template = body.get("template", {})
    if "settings" in template:
        _fit_settings(template["settings"]["index"], options, abilities)
    if "mappings" in template:
        template["mappings"] = _known_types(template["mappings"], abilities.missing_types)
    return body


def _fit_settings(index_settings: dict[str, Any], options: TemplateOptions, abilities: Abilities) -> None:
    if not abilities.sorts:
        index_settings.pop("sort", None)
    if "number_of_shards" in index_settings:
        index_settings["number_of_shards"] = options.shards
        if options.replicas is not None:
            del index_settings["auto_expand_replicas"]
            index_settings["number_of_replicas"] = options.replicas


def _known_types(mapping: dict[str, Any], missing_types: frozenset[str]) -> dict[str, Any]:
    """The mapping with a substitute wherever the server does not have a field's type."""
    kind = mapping.get("type")
    if isinstance(kind, str) and kind in missing_types:
        return SUBSTITUTES[kind]
    return {
        key: _known_types(value, missing_types) if isinstance(value, dict) else value for key, value in mapping.items()
    }
