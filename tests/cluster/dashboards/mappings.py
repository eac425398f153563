"""What each type of saved object may hold.

OpenSearch Dashboards: mappings are strict (src/core/server/saved_objects/migrations/core/build_active_mappings.ts), so
an attribute that is not listed is refused by OpenSearch, object by object; index-pattern says `dynamic: false`. The
lists: src/plugins/dashboard/server/saved_objects/dashboard.ts, src/plugins/visualizations/server/saved_objects/
visualization.ts, src/plugins/discover/server/saved_objects/search.ts, src/plugins/data/server/saved_objects/
index_patterns.ts, src/plugins/data_source/server/saved_objects/data_source.ts.

Kibana 8.8 to 8.19: schemas that refuse what they do not know when an object is made (src/plugins/dashboard/server/
dashboard_saved_object/schema/v1/v1.ts, src/plugins/saved_search/server/saved_objects/search.ts); a visualization's
mapping says `dynamic: false` since 8.7.
"""

from __future__ import annotations

from tests.cluster.dashboards.behaviour import Behaviour, SavedObject

_DASHBOARD = {
    "description",
    "hits",
    "kibanaSavedObjectMeta",
    "optionsJSON",
    "panelsJSON",
    "refreshInterval",
    "timeFrom",
    "timeRestore",
    "timeTo",
    "title",
    "version",
}
_SEARCH = {"columns", "description", "hits", "kibanaSavedObjectMeta", "sort", "title", "version"}
_VISUALIZATION = {
    "description",
    "kibanaSavedObjectMeta",
    "savedSearchRefName",
    "title",
    "uiStateJSON",
    "version",
    "visState",
}
_KNOWN = {
    "opensearch-dashboards": {
        "dashboard": _DASHBOARD,
        "search": _SEARCH | {"columnWidths"},
        "visualization": _VISUALIZATION,
        "index-pattern": None,
        "data-source": None,
    },
    "kibana": {
        "dashboard": _DASHBOARD | {"controlGroupInput"},
        "search": _SEARCH | {"grid", "hideChart", "isTextBasedQuery", "rowHeight", "timeRange", "viewMode"},
        "visualization": None,
        "index-pattern": None,
    },
}
_LATEST = {"visualization": (7, 10, 0), "dashboard": (7, 9, 3), "search": (7, 9, 3), "index-pattern": (7, 6, 0)}


def knows(behaviour: Behaviour, kind: str) -> bool:
    """Whether the type is registered and may be imported. Data sources are, where the server has that feature."""
    return kind in _KNOWN[behaviour.product] and (kind != "data-source" or bool(behaviour.data_sources))


def error_on_writing(behaviour: Behaviour, found: SavedObject) -> dict[str, object] | None:
    """The error of one object in the answer of a bulk creation; None when it is stored.

    OpenSearch Dashboards gives the reason alone (getBulkOperationError, src/core/server/saved_objects/service/lib/
    repository.ts), Kibana a bad request (validate_attributes of core-saved-objects-api-server-internal).
    """
    allowed = _KNOWN[behaviour.product][found["type"]]
    unknown = sorted(set(found["attributes"]) - allowed) if allowed is not None else []
    if not unknown:
        return None
    if behaviour.is_kibana:
        message = f"[attributes.{unknown[0]}]: definition for this key is missing"
        return {"statusCode": 400, "error": "Bad Request", "message": message}
    return {
        "message": f"mapping set to strict, dynamic introduction of [{unknown[0]}] within [{found['type']}]"
        " is not allowed"
    }


def error_of_version(behaviour: Behaviour, found: SavedObject) -> str | None:
    """An object from a newer version refuses the whole call (src/core/server/saved_objects/migrations/core/
    document_migrator.ts); Kibana 8 knows later versions than our objects state."""
    for name, version in found.get("migrationVersion", {}).items():
        latest = (8, 99, 0) if behaviour.is_kibana else _LATEST.get(name, (0, 0, 0))
        if tuple(map(int, version.split("."))) > latest:
            known = ".".join(map(str, latest))
            return (
                f'Document "{found["id"]}" has property "{name}" which belongs to a more recent version of '
                f"OpenSearch Dashboards [{version}]. The last known version is [{known}]"
            )
    return None
