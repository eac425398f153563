"""Saved objects in memory, and the import of them as both products do it.

OpenSearch Dashboards: src/core/server/saved_objects/import/ (import_saved_objects.ts, collect_saved_objects.ts,
validate_references.ts, check_conflicts.ts, check_conflict_for_data_source.ts, create_saved_objects.ts); workspaces:
src/plugins/workspace/server/saved_objects/saved_objects_wrapper_for_check_workspace_conflict.ts. Kibana:
packages/core/saved-objects/core-saved-objects-import-export-server-internal/src/import/.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections import Counter
from typing import Any

from tests.cluster.dashboards.behaviour import Behaviour, SavedObject
from tests.cluster.dashboards.mappings import error_of_version, error_on_writing, knows
from tests.cluster.dashboards.migrations import migrated

Key = tuple[str, str]


class RefusedError(Exception):
    """The call as a whole ends with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Storage:
    """The objects of one tenant. `where` is a space or workspace, `default` being none; ids are unique over all."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.objects: dict[Key, SavedObject] = {}
        self.homes: dict[Key, str] = {}

    def read(self, key: Key, where: str) -> SavedObject:
        """An entry of `_bulk_get`. Kibana shows a space only its own objects; a workspace's read shows all."""
        kind, id = key
        if not knows(self.behaviour, kind):
            message = f"Unsupported saved object type: '{kind}': Bad Request"
            return {"id": id, "type": kind, "error": {"statusCode": 400, "error": "Bad Request", "message": message}}
        if key in self.objects and (not self.behaviour.is_kibana or self.homes[key] == where):
            return copy.deepcopy(self.objects[key])
        message = f"Saved object [{kind}/{id}] not found"
        return {"id": id, "type": kind, "error": {"statusCode": 404, "error": "Not Found", "message": message}}

    def put_in(self, text: bytes, where: str, source: str, *, overwrite: bool) -> dict[str, Any]:
        """The answer of `_import` for a file of this text into the data source `source` (empty for none)."""
        return _Import(self, where, source, overwrite=overwrite).run(text)


class _Import:
    def __init__(self, storage: Storage, where: str, source: str, *, overwrite: bool) -> None:
        self.storage, self.where, self.source, self.overwrite = storage, where, source, overwrite
        self.behaviour = storage.behaviour
        self.errors: list[dict[str, Any]] = []
        self.new_ids: dict[Key, str] = {}

    def run(self, text: bytes) -> dict[str, Any]:
        objects = self.collect(text)
        self.check_references(objects)
        self.check_conflicts(objects)
        failed = {(error["type"], error["id"]) for error in self.errors}
        created = self.create([found for found in objects if _key(found) not in failed])
        answer: dict[str, Any] = {"successCount": len(created), "success": not self.errors}
        if created:
            answer["successResults"] = created
        if self.errors:
            answer["errors"] = self.errors
        return answer

    def collect(self, text: bytes) -> list[SavedObject]:
        objects = [json.loads(line) for line in text.split(b"\n") if line.strip()]
        if len(objects) > self.behaviour.max_objects:
            raise RefusedError(400, f"Can't import more than {self.behaviour.max_objects} objects")
        twice = [f"{kind}:{id}" for (kind, id), times in Counter(map(_key, objects)).items() if times > 1]
        if twice:
            raise RefusedError(400, f"Non-unique import objects detected: [{','.join(twice)}]")
        for found in objects:
            if not knows(self.behaviour, found["type"]):
                self.fail(found, {"type": "unsupported_type"})
        return [found for found in objects if knows(self.behaviour, found["type"])]

    def check_references(self, objects: list[SavedObject]) -> None:
        there = set(map(_key, objects)) | set(self.storage.objects)
        for found in objects:
            wanted = [_key(one) for one in found.get("references", []) if one["type"] in ("index-pattern", "search")]
            missing = [{"type": kind, "id": id} for kind, id in wanted if (kind, id) not in there]
            if missing:
                self.fail(found, {"type": "missing_references", "references": missing})

    def check_conflicts(self, objects: list[SavedObject]) -> None:
        """An object of another space cannot be overwritten: the new one gets another id. Kibana finds the one that it
        made so before by its `originId`."""
        for found in objects:
            home = self.storage.homes.get(_key(found))
            if home is None:
                continue
            if home != self.where:
                made = [key[1] for key, one in self.storage.objects.items() if self.is_copy(key, one, found)]
                self.new_ids[_key(found)] = made[0] if made else str(uuid.uuid4())
            elif not self.overwrite:
                self.fail(found, {"type": "conflict"})

    def is_copy(self, key: Key, one: SavedObject, of: SavedObject) -> bool:
        return key[0] == of["type"] and one.get("originId") == of["id"] and self.storage.homes[key] == self.where

    def create(self, objects: list[SavedObject]) -> list[dict[str, Any]]:
        """With an error that a person could resolve nothing is written, though the rest counts as a success."""
        resolvable = {"conflict", "ambiguous_conflict", "missing_references"}
        writes = not any(error["error"]["type"] in resolvable for error in self.errors)
        created = []
        for found in objects:
            new = self.with_data_source(found) if self.source else copy.deepcopy(found)
            too_new = error_of_version(self.behaviour, new)
            if too_new:
                raise RefusedError(422, too_new)
            error = error_on_writing(self.behaviour, new) if writes else None
            if error is not None:
                self.fail(found, error | {"type": "unknown"})
                continue
            moved = self.new_ids.get(_key(found))
            for reference in new.get("references", []):
                reference["id"] = self.new_ids.get(_key(reference), reference["id"])
            if moved:
                new |= {"id": moved, "originId": found["id"]}
            if writes:
                self.store(new)
            result = {"type": found["type"], "id": found["id"], "meta": {"title": new["attributes"].get("title")}}
            created.append(result | ({"destinationId": moved} if moved else {}))
        return created

    def with_data_source(self, found: SavedObject) -> SavedObject:
        """create_saved_objects.ts: titles, references and raw indices. The new ids of check_conflict_for_data_source.ts
        are computed and then thrown away, in 2.x as in 3.x: objects keep the ids of the file."""
        new = copy.deepcopy(found)
        if new["type"] in ("dashboard", "visualization", "search"):
            new["attributes"]["title"] += f"_{self.behaviour.data_sources[self.source]}"
        if new["type"] == "index-pattern":
            new["references"] = [{"id": self.source, "type": "data-source", "name": "dataSource"}]
        if new["type"] in ("visualization", "search"):
            search = json.loads(new["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            if search.get("index"):
                search["index"] = f"{self.source}_{search['index'].split('_')[-1]}"
            new["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"] = json.dumps(search)
        if new["type"] == "visualization":
            new["attributes"]["visState"] = json.dumps(json.loads(new["attributes"]["visState"]))
        return new

    def store(self, new: SavedObject) -> None:
        stored = self.behaviour.spoils(migrated(new) if self.behaviour.is_kibana else new)
        if stored is None or self.behaviour.writes_nothing:
            return
        self.storage.objects[_key(new)] = stored | {"updated_at": "2024-07-16T10:00:00.000Z", "version": "WzEsMV0="}
        self.storage.homes[_key(new)] = self.where

    def fail(self, found: SavedObject, error: dict[str, Any]) -> None:
        title = found["attributes"].get("title")
        entry = {"type": found["type"], "id": found["id"], "meta": {"title": title}, "error": error}
        self.errors.append(entry if self.behaviour.is_kibana else entry | {"title": title})


def _key(found: SavedObject) -> Key:
    return found["type"], found["id"]
