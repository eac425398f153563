from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.nodes.secured import SecuredNode

pytestmark = pytest.mark.cluster


def test_elasticsearch_names_itself_in_each_answer(elasticsearch: str) -> None:
    with urllib.request.urlopen(f"{elasticsearch}/_cluster/health", timeout=30) as answer:
        assert answer.headers["X-elastic-product"] == "Elasticsearch"


def test_elasticsearch_tells_its_version_as_a_node(elasticsearch: str) -> None:
    with urllib.request.urlopen(f"{elasticsearch}/_nodes/_local", timeout=30) as answer:
        nodes = json.load(answer)["nodes"].values()
    assert [node["version"] for node in nodes] == ["8.19.4"]


def test_secured_opensearch_refuses_strangers(secured_opensearch: SecuredNode) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(secured_opensearch.url, timeout=30, context=secured_opensearch.tls())
    assert refusal.value.code == 401


def test_secured_opensearch_lets_its_administrator_in(secured_opensearch: SecuredNode) -> None:
    request = urllib.request.Request(secured_opensearch.url, headers=secured_opensearch.basic_credentials())
    with urllib.request.urlopen(request, timeout=30, context=secured_opensearch.tls()) as answer:
        assert json.load(answer)["version"]["number"] == "2.19.4"
