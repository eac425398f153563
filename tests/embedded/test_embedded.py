from __future__ import annotations

import json
import urllib.request
from typing import Any


def ask(url: str, method: str = "GET", body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_node_is_the_promised_opensearch(opensearch: str) -> None:
    assert ask(opensearch)["version"]["number"] == "3.4.0"


def test_the_node_ingests(opensearch: str) -> None:
    nodes = ask(f"{opensearch}/_nodes/_local")["nodes"].values()
    assert [sorted(node["roles"]) for node in nodes] == [["cluster_manager", "data", "ingest"]]


def test_field_types_of_the_templates_can_be_mapped(opensearch: str) -> None:
    mapped = {
        "mappings": {"properties": {"name": {"type": "wildcard"}, "text": {"type": "match_only_text"}}},
        "settings": {"number_of_replicas": 0},
    }
    assert ask(f"{opensearch}/mapped", "PUT", mapped)["acknowledged"] is True
    ask(f"{opensearch}/mapped", "DELETE")
