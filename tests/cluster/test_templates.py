"""Every template on both products: types, searches, closedness, and the coming and going of setup."""

from __future__ import annotations

import msgspec
import pytest

from shipper.cluster.answers import ask
from shipper.cluster.setup import Difference, apply, check, ensure_current, plan
from shipper.cluster.templates import Abilities, TemplateOptions, load_templates
from shipper.errors import SettingsError, TemplatesError
from tests.cluster.contract import CONTRACT

DOCUMENT = {
    "@timestamp": "2024-05-06T07:08:09.000Z",
    "event": {"original": "the line", "reason": "550 5.1.1 User unknown in virtual table", "duration": 5_000_000_000},
    "email": {
        "local_id": "1s3xYz-0001aB-2C",
        "message_id": "<Abc.123@Mail.Example.org>",
        "sender": {"address": "Ann@Example.org"},
        "to": {"address": ["bob@example.net", "Eve@example.net"]},
        "subject": "Quarterly figures, final version",
    },
    "source": {"ip": "10.20.30.40", "port": 45678, "domain": "Mail.Example.org"},
    "related": {"ip": ["10.20.30.40", "2001:db8::25"]},
    "sophos": {
        "utm": {
            "queue_ids": ["1s3xYz-0001aB-2C", "1s3xYa-0001aC-0D"],
            "spam": {"class": 1, "scores": {"re": 0.5}},
            "dkim": {"signatures": [{"domain": "a.example", "result": "pass"}, {"domain": "b.example"}]},
            "deliveries": [
                {"recipient": "bob@example.net", "status": "delivered", "response": {"text": "250 2.0.0 Ok: queued"}},
                {"recipient": "eve@example.net", "status": "failed", "time": "2024-05-06T07:08:11Z"},
            ],
        }
    },
}


LINE = {
    "@timestamp": "2024-05-06T07:08:09.000Z",
    "event": {"original": "the line"},
    "log": {"offset": 7},
    "process": {"pid": 4711},
    "related": {"ip": ["10.20.30.40"], "user": ["Ann@Example.org"]},
}
SORTED = {"field": ["sophos.utm.kind", "host.name", "@timestamp"]}


@pytest.fixture
def installed(cluster, options):
    apply(cluster, options)
    return cluster


@pytest.mark.cluster
@pytest.mark.parametrize("kind", ["events", "messages"])
def test_the_contract_is_mapped(installed, options, kind):
    index = f"{options.prefix}-{kind}-2024.05"
    ask(installed, "PUT", f"/{index}")
    mapping = ask(installed, "GET", f"/{index}/_mapping")[index]["mappings"]
    assert str(mapping["dynamic"]).lower() == "false"
    found = dict(_types(mapping))
    assert {path: found.get(path) for path in CONTRACT} == _on(installed, CONTRACT)
    assert found == _on(installed, _types_in_the_files(options))
    ask(installed, "DELETE", f"/{index}")


@pytest.mark.cluster
def test_settings_reach_the_index(installed, options):
    index = f"{options.prefix}-messages-2024.05"
    ask(installed, "PUT", f"/{index}")
    settings = ask(installed, "GET", f"/{index}/_settings")[index]["settings"]["index"]
    wanted = ("number_of_shards", "auto_expand_replicas", "number_of_replicas", "codec", "mapping")
    assert {name: settings[name] for name in wanted} == {
        "number_of_shards": "1",
        "auto_expand_replicas": "0-1",
        "number_of_replicas": "0",
        "codec": "best_compression",
        "mapping": {"total_fields": {"limit": "1000"}, "nested_objects": {"limit": "50000"}},
    }
    ask(installed, "DELETE", f"/{index}")


@pytest.mark.cluster
def test_lines_of_a_kind_are_kept_together_with_all_that_they_say(installed, options):
    index = f"{options.prefix}-events-2024.05"
    ask(installed, "PUT", f"/{index}")
    assert ask(installed, "GET", f"/{index}/_settings")[index]["settings"]["index"]["sort"] == SORTED
    kinds = {"1": "b", "2": "a"}
    lines = {id: LINE | {"sophos": {"utm": {"kind": kind, "queue_id": id}}} for id, kind in kinds.items()}
    items = [part for id, line in lines.items() for part in ({"create": {"_index": index, "_id": id}}, line)]
    body = b"".join(msgspec.json.encode(item) + b"\n" for item in items)
    assert installed.call("POST", "/_bulk", params={"refresh": "true"}, body=body).status == 200
    hits = ask(installed, "POST", f"/{index}/_search", body=b'{"sort": ["_doc"]}')["hits"]["hits"]
    assert [(hit["_id"], hit["_source"]) for hit in hits] == [("2", lines["2"]), ("1", lines["1"])]
    finds = {
        "both by offset": {"range": {"log.offset": {"gte": 7}}},
        "a pid": {"term": {"process.pid": 4711}},
        "a line with a pid": {"exists": {"field": "process.pid"}},
        "a queue id": {"term": {"sophos.utm.queue_id": "2"}},
        "lines of a queue id": {"exists": {"field": "sophos.utm.queue_id"}},
        "an address": {"term": {"related.user": "ANN@example.org"}},
        "a network": {"term": {"related.ip": "10.0.0.0/8"}},
    }
    counts = {name: _count(installed, index, query) for name, query in finds.items()}
    assert counts == dict.fromkeys(finds, 2) | {"a queue id": 1}
    ask(installed, "DELETE", f"/{index}")


@pytest.mark.cluster
def test_what_analysts_search(installed, options):
    index = f"{options.prefix}-messages-2024.05"
    body = msgspec.json.encode(DOCUMENT)
    assert installed.call("PUT", f"/{index}/_create/1", params={"refresh": "true"}, body=body).status == 201
    finds = {
        "network": {"term": {"source.ip": "10.0.0.0/8"}},
        "other network": {"term": {"source.ip": "192.168.0.0/16"}},
        "IPv6 network": {"term": {"related.ip": "2001:db8::/32"}},
        "address in any case": {"term": {"email.sender.address": "ANN@EXAMPLE.ORG"}},
        "domain in any case": {"prefix": {"source.domain": "mail."}},
        "queue id": {"term": {"sophos.utm.queue_ids": "1s3xYa-0001aC-0D"}},
        "queue id in other case": {"term": {"sophos.utm.queue_ids": "1S3XYA-0001AC-0D"}},
        "part of a Message-ID": {"wildcard": {"email.message_id": "*123@Mail*"}},
        "words of a subject": {"match_phrase": {"email.subject.text": "figures FINAL"}},
        "words of a reason": {"match": {"event.reason.text": "virtual"}},
        "one delivery": _delivery("bob@example.net", "delivered"),
        "words of two deliveries": _delivery("bob@example.net", "failed"),
        "the line": {"match_all": {}},
    }
    assert {name: _count(installed, index, query) for name, query in finds.items()} == {
        name: 0 if name in ("other network", "queue id in other case", "words of two deliveries") else 1
        for name in finds
    }
    ask(installed, "DELETE", f"/{index}")


@pytest.mark.cluster
def test_a_surprising_field_is_kept_and_grows_no_mapping(installed, options):
    index = f"{options.prefix}-events-2024.05"
    ask(installed, "PUT", f"/{index}")
    before = ask(installed, "GET", f"/{index}/_mapping")
    surprise = {"surprise": 1, "sophos": {"utm": {"new": "x", "deliveries": [{"new": {"deep": True}}]}}}
    ask(installed, "PUT", f"/{index}/_create/1", body=msgspec.json.encode(surprise))
    assert ask(installed, "GET", f"/{index}/_doc/1")["_source"] == surprise
    assert ask(installed, "GET", f"/{index}/_mapping") == before
    ask(installed, "DELETE", f"/{index}")


@pytest.mark.cluster
def test_a_malformed_address_is_refused_rather_than_ignored(installed, options):
    path = f"/{options.prefix}-events-2024.05/_create/1"
    assert installed.call("PUT", path, body=b'{"source": {"ip": "10.0.0.x"}}').status == 400


@pytest.mark.cluster
def test_setup_writes_once(cluster, options):
    names = [f"{options.prefix}-{name}" for name in ("ecs", "settings", "sophos", "events", "messages")]
    kinds = ["_component_template"] * 3 + ["_index_template"] * 2
    paths = [f"/{kind}/{name}" for kind, name in zip(kinds, names, strict=True)]
    planned = plan(cluster, options)
    assert [(call.method, call.path) for call in planned] == [("PUT", path) for path in paths]
    assert check(cluster, options) == tuple(Difference(name, "", "the template", "absent") for name in names)
    assert apply(cluster, options) == planned
    assert (plan(cluster, options), apply(cluster, options), check(cluster, options)) == ((), (), ())
    ensure_current(cluster, options)


@pytest.mark.cluster
def test_check_names_every_difference(installed, options):
    prefix = options.prefix
    _change(installed, f"/_component_template/{prefix}-ecs", _change_fields)
    _change(installed, f"/_component_template/{prefix}-settings", _change_settings)
    _change(installed, f"/_index_template/{prefix}-events", lambda body: body.update(priority=7))
    fields = "template.mappings.properties"
    assert check(installed, options) == (
        Difference(f"{prefix}-ecs", f"{fields}.mine.type", "absent", "keyword"),
        Difference(f"{prefix}-ecs", f"{fields}.source.properties.ip.type", "ip", "keyword"),
        Difference(f"{prefix}-settings", "template.settings.index.codec", "best_compression", "absent"),
        Difference(f"{prefix}-settings", "template.settings.index.refresh_interval", "absent", "30s"),
        Difference(f"{prefix}-events", "priority", "200", "7"),
    )
    assert str(check(installed, options)[-1]) == f"{prefix}-events priority: expected 200, found 7"
    assert [call.path.rpartition("/")[2] for call in apply(installed, options)] == [
        f"{prefix}-{name}" for name in ("ecs", "settings", "events")
    ]
    assert check(installed, options) == ()


@pytest.mark.cluster
def test_ship_needs_current_templates(cluster, options):
    with pytest.raises(TemplatesError) as missing:
        ensure_current(cluster, options)
    assert str(missing.value) == (
        f"the index template {options.prefix}-ecs is missing at {cluster.where}; run utm-shipper setup"
    )
    apply(cluster, options)
    _change(cluster, f"/_index_template/{options.prefix}-messages", lambda body: body.update(version=0))
    with pytest.raises(TemplatesError) as older:
        ensure_current(cluster, options)
    assert str(older.value) == (
        f"the index template {options.prefix}-messages at {cluster.where} has version 0, this program needs 1; "
        "run utm-shipper setup"
    )
    _change(cluster, f"/_index_template/{options.prefix}-messages", lambda body: body.update(version=999))
    ensure_current(cluster, options)


@pytest.mark.cluster
def test_shards_and_replicas_are_the_users(cluster, options):
    chosen = TemplateOptions(prefix=options.prefix, shards=3, replicas=2)
    apply(cluster, chosen)
    assert check(cluster, chosen) == ()
    assert [str(difference) for difference in check(cluster, options)] == [
        f"{options.prefix}-settings template.settings.index.{line}"
        for line in (
            "auto_expand_replicas: expected 0-1, found absent",
            "number_of_replicas: expected absent, found 2",
            "number_of_shards: expected 1, found 3",
        )
    ]


@pytest.mark.parametrize(
    ("missing", "message_id", "words"),
    [
        (frozenset(), "wildcard", "match_only_text"),
        (frozenset({"wildcard"}), "keyword", "match_only_text"),
        (frozenset({"match_only_text"}), "wildcard", "text"),
    ],
)
def test_servers_get_only_types_that_they_have(missing, message_id, words):
    ecs = load_templates(TemplateOptions(), Abilities(missing))[0]
    email = ecs.body["template"]["mappings"]["properties"]["email"]["properties"]
    assert (email["message_id"]["type"], email["subject"]["fields"]["text"]["type"]) == (message_id, words)


def test_a_server_that_cannot_sort_is_not_asked_to():
    events = {sorts: load_templates(TemplateOptions(), Abilities(sorts=sorts))[3].body for sorts in (True, False)}
    assert events[True]["template"]["settings"]["index"].pop("sort") == SORTED
    assert events[True] == events[False]


@pytest.mark.parametrize("prefix", ["", "Mail", "-mail", "a b", "mail*", "a,b"])
def test_an_impossible_prefix(prefix):
    with pytest.raises(SettingsError, match="cannot begin an index name; use lower-case letters"):
        load_templates(TemplateOptions(prefix=prefix))


def test_templates_carry_their_version_and_owner():
    for template in load_templates(TemplateOptions()):
        meta = template.body["_meta"]
        assert (meta["managed_by"], meta["version"]) == ("utm-shipper", template.version)


def _types_in_the_files(options):
    mappings = [template.body.get("template", {}).get("mappings", {}) for template in load_templates(options)]
    return {path: kind for mapping in mappings for path, kind in _types(mapping)}


def _on(cluster, types):
    """The types as this test's node has them: the Elasticsearch core from Maven Central lacks two modules."""
    absent = {"elasticsearch": {"wildcard": "keyword", "match_only_text": "text"}, "opensearch": {}}[cluster.product]
    return {path: absent.get(kind, kind) for path, kind in types.items()}


def _types(mapping, path=""):
    for name, field in mapping.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        if "type" in field:
            yield inner, field["type"]
        for extra, variant in field.get("fields", {}).items():
            yield f"{inner}.{extra}", variant["type"]
        yield from _types(field, inner)


def _delivery(recipient, status):
    path = "sophos.utm.deliveries"
    both = [{"term": {f"{path}.recipient": recipient}}, {"term": {f"{path}.status": status}}]
    return {"nested": {"path": path, "query": {"bool": {"filter": both}}}}


def _count(cluster, index, query):
    return ask(cluster, "POST", f"/{index}/_count", body=msgspec.json.encode({"query": query}))["count"]


def _change(cluster, path, change):
    kind = path.split("/")[1].removeprefix("_")
    body = ask(cluster, "GET", path)[f"{kind}s"][0][kind]
    change(body)
    ask(cluster, "PUT", path, body=msgspec.json.encode(body))


def _change_fields(body):
    properties = body["template"]["mappings"]["properties"]
    properties["source"]["properties"]["ip"] = {"type": "keyword"}
    properties["mine"] = {"type": "keyword"}


def _change_settings(body):
    index = body["template"]["settings"]["index"]
    del index["codec"]
    index["refresh_interval"] = "30s"
