"""Saved objects as they must be for one destination, and as they must then be found there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from shipper.cluster.dashboards.read_back import SavedObject
from shipper.cluster.dashboards.server import Destination

# To these OpenSearch Dashboards appends the data source's title (saved_objects/import/create_saved_objects.ts).
_TITLED = {"dashboard", "visualization", "search"}


def placed(objects: Iterable[SavedObject], destination: Destination) -> tuple[SavedObject, ...]:
    """The objects with ids of the destination's own, also in references and in links that stand in attributes.

    An id is taken in all spaces at once: where another space has it, the server makes up a random one, which differs
    each time and breaks every link. With a data source the form is OpenSearch Dashboards' own, `SOURCE_ID`, which it
    keeps as it is. Without space and data source nothing changes.
    """
    objects = tuple(objects)
    begin = _beginning(destination)
    if not begin:
        return objects
    ids = sorted({found["id"] for found in objects}, key=len, reverse=True)
    whole_id = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, ids))})(?![\w-])")
    return tuple(_with_ids(found, lambda text: whole_id.sub(lambda id: begin + id[0], text)) for found in objects)


def as_stored(found: SavedObject, destination: Destination) -> SavedObject:
    """What a server holds after it was given a placed object: with a data source, its title and reference in it."""
    if destination.data_source is None:
        return found
    stored = dict(found)
    if found["type"] == "index-pattern":
        stored["references"] = [{"type": "data-source", "id": destination.data_source, "name": "dataSource"}]
    title = found["attributes"].get("title")
    if found["type"] in _TITLED and title and destination.data_source_title:
        stored["attributes"] = found["attributes"] | {"title": f"{title}_{destination.data_source_title}"}
    return stored


def _beginning(destination: Destination) -> str:
    """The server takes what stands before the first underscore for the data source, so a space may not have one."""
    source = f"{destination.data_source}_" if destination.data_source else ""
    space = f"{destination.space.replace('_', '-')}-" if destination.space else ""
    return source + space


def _with_ids(found: SavedObject, rename: Callable[[str], str]) -> SavedObject:
    references = [reference | {"id": rename(reference["id"])} for reference in found.get("references", ())]
    attributes = _in_texts(found["attributes"], rename)
    return found | {"id": rename(found["id"]), "references": references, "attributes": attributes}


def _in_texts(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, dict):
        return {key: _in_texts(inner, rename) for key, inner in value.items()}
    return [_in_texts(inner, rename) for inner in value] if isinstance(value, list) else value
