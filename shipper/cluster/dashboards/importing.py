"""The import of saved objects, after which every one is read back: an answer that says success proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from urllib3.filepost import encode_multipart_formdata

from shipper.cluster.dashboards.answers import message, read_answer, refusal
from shipper.cluster.dashboards.comparison import differences
from shipper.cluster.dashboards.placement import as_stored, placed
from shipper.cluster.dashboards.read_back import SavedObject, read_objects
from shipper.cluster.dashboards.server import DashboardsServer
from shipper.cluster.interface import Answer
from shipper.errors import ClusterError

_PATH = "/api/saved_objects/_import"
# Both products refuse any other extension.
_FILE = "utm-shipper.ndjson"


class Problem(msgspec.Struct, frozen=True):
    """One object that is not in the server as it should be, and why."""

    type: str
    id: str
    title: str
    reason: str

    def __str__(self) -> str:
        return f"{self.type} {self.id} ({self.title}): {self.reason}"


class ImportCall(msgspec.Struct, frozen=True):
    """The request that `import_objects` makes: `target` is its path with parameters, `file` what is uploaded."""

    target: str
    params: Mapping[str, str]
    file: bytes
    objects: tuple[SavedObject, ...]


def plan(server: DashboardsServer, objects: Iterable[SavedObject]) -> ImportCall:
    """The call that would import the objects into the server's destination. Asks nothing."""
    params = {"overwrite": "true"}
    if server.destination.data_source is not None:
        params["dataSourceId"] = server.destination.data_source
    ours = placed(objects, server.destination)
    file = b"".join(msgspec.json.encode(found) + b"\n" for found in ours)
    return ImportCall(server.target(_PATH, params), params, file, ours)


def import_objects(server: DashboardsServer, objects: Iterable[SavedObject]) -> tuple[Problem, ...]:
    """Imports the objects over older ones, reads each back, and gives every problem; none means all are in place.

    Raises `ClusterError` when the server does not answer or refuses the call as a whole.
    """
    call = plan(server, objects)
    said = _post(server, call)
    problems = [*_refused(said), *_moved(said)]
    told = {(problem.type, problem.id) for problem in problems}
    claim = ", though the server reported success" if said.get("success") is True else ""
    problems += _not_in_place(server, [found for found in call.objects if _key(found) not in told], claim)
    if not problems and not claim:
        raise ClusterError(
            f"{server.where} reports that the import failed, names no object, and has them all",
            advice="see the server's log for the cause",
        )
    return tuple(problems)


def check_objects(server: DashboardsServer, objects: Iterable[SavedObject]) -> tuple[Problem, ...]:
    """Every object that is missing or differs from what would be imported. Only reads."""
    return tuple(_not_in_place(server, placed(objects, server.destination), ""))


def _post(server: DashboardsServer, call: ImportCall) -> dict[str, Any]:
    body, content_type = encode_multipart_formdata({"file": (_FILE, call.file, "application/ndjson")})
    answer = server.call("POST", _PATH, params=call.params, body=body, content_type=content_type)
    doing = f"POST {call.target}"
    if answer.status == 413:
        raise _too_large(answer, len(call.file))
    said = read_answer(answer, doing)
    if not isinstance(said.get("success"), bool):
        raise refusal(answer, doing)
    return said


def _too_large(answer: Answer, size: int) -> ClusterError:
    return ClusterError(
        f"{answer.url} takes no file of {size:,} bytes (413: {message(answer)})",
        advice="raise savedObjects.maxImportPayloadBytes in its settings, or the limit of the proxy before it",
    )


def _refused(said: Mapping[str, Any]) -> Iterator[Problem]:
    """The errors that the answer lists. An object may be in it more than once."""
    for entry in said.get("errors") or ():
        title = entry.get("title") or (entry.get("meta") or {}).get("title") or ""
        yield Problem(str(entry.get("type")), str(entry.get("id")), str(title), _reason(entry.get("error") or {}))


def _reason(error: Mapping[str, Any]) -> str:
    """`type: ...` in our words; the types are those of src/core/server/saved_objects/import/types.ts."""
    match error.get("type"):
        case "conflict":
            told = f"another object has its place ({error.get('destinationId') or 'the same id'})"
        case "ambiguous_conflict":
            told = "several objects have its place: " + _listed(error.get("destinations"), "id")
        case "missing_references":
            told = "it refers to what is not there: " + _listed(error.get("references"), "type", "id")
        case "unsupported_type":
            told = "the server does not know this type, or imports none of it"
        case "missing_data_source":
            told = f"its data source is not there: {error.get('dataSourceName')}"
        case _:
            told = str(error.get("message") or error)
    return f"{error.get('type', 'error')}: {' '.join(told.split())}"


def _listed(entries: Sequence[Mapping[str, Any]] | None, *names: str) -> str:
    return ", ".join(" ".join(str(entry.get(name)) for name in names) for entry in entries or ())


def _moved(said: Mapping[str, Any]) -> Iterator[Problem]:
    """What went under another id: links to it lead nowhere."""
    for entry in said.get("successResults") or ():
        if entry.get("destinationId") not in (None, entry.get("id")):
            title = (entry.get("meta") or {}).get("title") or ""
            reason = (
                f"stored as {entry['destinationId']}, as an object of another space has its id; delete that one "
                "or name its space (dashboards.space)"
            )
            yield Problem(str(entry.get("type")), str(entry.get("id")), str(title), reason)


def _not_in_place(server: DashboardsServer, ours: Sequence[SavedObject], claim: str) -> Iterator[Problem]:
    for expected, found in zip(ours, read_objects(server, [_key(one) for one in ours]), strict=True):
        reasons: tuple[str, ...] = (f"{found.reason}{claim}",)
        if found.stored is not None:
            reasons = differences(as_stored(expected, server.destination), found.stored)
        for reason in reasons:
            yield Problem(*_key(expected), str(expected["attributes"].get("title", "")), reason)


def _key(found: SavedObject) -> tuple[str, str]:
    return found["type"], found["id"]
