"""What a search node holds, read past the program, and the program run against it as a user runs it."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from shipper.commands import main

Key = tuple[str, str]
"""Index and id."""

Document = dict[str, Any]

_PAGE = 2000


@dataclass(frozen=True)
class Node:
    """Asks a node directly."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None

    def ask(self, method: str, path: str, body: Document | None = None) -> Any:
        """The answer's JSON. Raises HTTPError for a refusal."""
        data = None if body is None else json.dumps(body).encode()
        headers = self.headers | {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60, context=self.tls) as answer:
            return json.load(answer)

    def indices(self, prefix: str) -> list[str]:
        return sorted(self.ask("GET", f"/{prefix}-*/_settings"))

    def hits(self, pattern: str) -> Iterator[Document]:
        """All documents of the indices, with their versions."""
        self.ask("POST", f"/{pattern}/_refresh")
        page = self.ask("POST", f"/{pattern}/_search?scroll=1m&size={_PAGE}", {"version": True, "sort": ["_doc"]})
        while hits := page["hits"]["hits"]:
            yield from hits
            page = self.ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
        self.ask("DELETE", "/_search/scroll", {"scroll_id": page["_scroll_id"]})

    def forget(self, prefix: str) -> None:
        if names := self.indices(prefix):
            self.ask("DELETE", "/" + ",".join(names))


@dataclass
class Stored:
    """What indices hold."""

    documents: dict[Key, Document] = field(default_factory=dict)
    versions: dict[Key, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.documents)


@dataclass
class Place:
    """One test's own indices on a node, with a state of its own."""

    node: Node
    prefix: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, state: str = "state", given: bytes | None = None) -> Result:
        """Runs `utm-shipper` in this process."""
        environment = {
            "UTM_SHIPPER_URL": self.node.url,
            "UTM_SHIPPER_STATE": str(self.folder / state),
            "UTM_SHIPPER_INDEX_PREFIX": self.prefix,
        }
        return CliRunner().invoke(
            main, [str(argument) for argument in arguments], input=given, env=environment | self.environment
        )

    def set_up(self) -> None:
        assert_well(self.run("setup"))

    def ship(self, *arguments: str | Path, state: str = "state", given: bytes | None = None) -> Result:
        """Ships, which must go well."""
        return assert_well(self.run("ship", *arguments, state=state, given=given))

    def stored(self, kind: str) -> Stored:
        """`events` or `messages`."""
        stored = Stored()
        for hit in self.node.hits(f"{self.prefix}-{kind}-*"):
            key = (hit["_index"], hit["_id"])
            stored.documents[key] = hit["_source"]
            stored.versions[key] = hit["_version"]
        return stored

    def parsed(self, *arguments: str | Path, given: bytes | None = None) -> tuple[Stored, Stored]:
        """What `parse --emit all --bulk` prints: events and messages, as a node would hold them."""
        result = assert_well(self.run("parse", "--emit", "all", "--bulk", *arguments, given=given))
        lines = iter(result.stdout_bytes.splitlines())
        events, messages = Stored(), Stored()
        for action, document in zip(lines, lines, strict=True):
            ((operation, target),) = json.loads(action).items()
            stored = events if operation == "create" else messages
            key = (target["_index"], target["_id"])
            if target.get("version", 1) >= stored.versions.get(key, 0):
                stored.documents[key] = json.loads(document)
                stored.versions[key] = target.get("version", 1)
        return events, messages


def assert_well(result: Result) -> Result:
    """The command ended with 0."""
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return result


def without_place(events: Stored) -> dict[Key, Document]:
    """Events but for where they were read first, the only thing that two readings may tell differently."""
    return {
        key: {name: value for name, value in document.items() if name != "log"}
        for key, document in events.documents.items()
    }


def assert_same(wanted: Stored, found: Stored) -> None:
    """Same documents under the same ids with the same versions; shows a few differences."""
    keys = sorted(wanted.documents.keys() | found.documents.keys())
    differing = [
        (key, wanted.versions.get(key), wanted.documents.get(key), found.versions.get(key), found.documents.get(key))
        for key in keys
        if (wanted.documents.get(key), wanted.versions.get(key)) != (found.documents.get(key), found.versions.get(key))
    ]
    shown = "\n".join(
        f"{key}:\n    wanted version {version}: {json.dumps(want)}\n    found version {other}: {json.dumps(got)}"
        for key, version, want, other, got in differing[:3]
    )
    assert not differing, f"{len(differing)} of {len(keys)} differ\n{shown}"
