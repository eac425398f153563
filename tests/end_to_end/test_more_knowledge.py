"""What becomes known later: an earlier root, and line shapes that were not known before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.node import Place, Stored, assert_same, without_place

pytestmark = pytest.mark.cluster

RECEPTION = """\
2019:06:10-17:09:18 utm exim-in[2202]: 2019-06-10 17:09:18 SMTP connection from [198.51.100.7]:4329 (TCP/IP connection count = 2)
2019:06:10-17:09:19 utm exim-in[9000]: 2019-06-10 17:09:19 [198.51.100.7] F=<ann@example.org> R=<bob@example.com> Accepted: from relay
2019:06:10-17:09:20 utm exim-in[9000]: 2019-06-10 17:09:20 1haLvE-0002LA-4K <= ann@example.org H=mx.example.org [198.51.100.7]:4329 P=esmtps X=TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256 S=4711 id=one@example.org
2019:06:10-17:09:21 utm exim-in[9000]: 2019-06-10 17:09:21 SMTP connection from mx.example.org [198.51.100.7]:4329 closed by QUIT
"""  # noqa: E501
SCAN = """\
2019:06:10-17:09:22 utm smtpd[5001]: QMGR[5001]: 1haLvE-0002LA-4K moved to work queue
2019:06:10-17:09:23 utm smtpd[5002]: SCANNER[5002]: 1haLvH-0001Ig-2a <= ann@example.org R=1haLvE-0002LA-4K P=INPUT S=4800
2019:06:10-17:09:23 utm smtpd[5002]: SCANNER[5002]: id="1000" severity="info" sys="SecureMail" sub="smtp" name="email passed" srcip="198.51.100.7" from="ann@example.org" to="bob@example.com" subject="Figures" queueid="1haLvH-0001Ig-2a" size="4800"
2019:06:10-17:09:23 utm smtpd[5002]: SCANNER[5002]: 1haLvE-0002LA-4K => work R=SCANNER T=SCANNER
2019:06:10-17:09:23 utm smtpd[5002]: SCANNER[5002]: 1haLvE-0002LA-4K Completed
"""  # noqa: E501
DELIVERY = """\
2019:06:10-17:09:24 utm exim-out[9010]: 2019-06-10 17:09:24 1haLvH-0001Ig-2a => bob@example.com P=<ann@example.org> R=static_route_hostlist T=static_smtp H=10.1.1.1 [10.1.1.1]:25 C="250 OK"
2019:06:10-17:09:24 utm exim-out[9010]: 2019-06-10 17:09:24 1haLvH-0001Ig-2a Completed
"""  # noqa: E501
STAGES = {"reception": RECEPTION, "scan": SCAN, "delivery": DELIVERY}
ZONE = ("--zone", "Europe/Berlin")

UNKNOWN = """\
2019:06:10-17:09:20 utm exim-in[9000]: 2019-06-10 17:09:20 1haLvE-0002LA-4K quarantine-hold by <mallory@example.net>: odd
"""  # noqa: E501
OWN_SHAPE = r"""
kinds:
  - name: own-hold
    about: A local rule.
    action: policy-warning
    queue_id: "yes"
    starts: ["quarantine-hold "]
    pattern: |
      quarantine-hold[ ]by[ ]<(?P<sender>{{angle}})>:[ ](?P<own_reason>.*)
    captures: {own_reason: {field: sophos.utm.own.reason}}
    sets: {event.outcome: failure}
    samples:
      - line: "2024:03:01-10:00:00 utm exim-in[4711]: 2024-03-01 10:00:00 1rfsYQ-0001Dz-2a quarantine-hold by <a@example.net>: not seen"
        queue_id: 1rfsYQ-0001Dz-2a
        fields: {email.sender.address: a@example.net, sophos.utm.own.reason: not seen, event.outcome: failure}
"""  # noqa: E501


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.log"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "order", [("delivery", "scan", "reception"), ("scan", "delivery", "reception"), ("delivery", "reception", "scan")]
)
def test_an_earlier_root_takes_the_message_over(place: Place, tmp_path: Path, order: tuple[str, ...]) -> None:
    """The document moves to its new id, and nothing stays under the old one."""
    ids = []
    for name in order:
        place.ship(*ZONE, write(tmp_path, name, STAGES[name]))
        ids.append({id for _, id in place.stored("messages").documents})
    events, messages = place.parsed(*ZONE, write(tmp_path, "whole", RECEPTION + SCAN + DELIVERY))
    assert_same(messages, place.stored("messages"))
    assert without_place(place.stored("events")) == without_place(events)
    assert len(ids[-1]) == 1
    assert ids[0] != ids[-1]


def roots(messages: Stored) -> list[str]:
    return sorted(document["email"]["local_id"] for document in messages.documents.values())


def test_stages_stand_as_messages_of_their_own_until_they_are_linked(simple: Place, tmp_path: Path) -> None:
    simple.ship(*ZONE, write(tmp_path, "delivery", DELIVERY))
    assert roots(simple.stored("messages")) == ["1haLvH-0001Ig-2a"]
    simple.ship(*ZONE, write(tmp_path, "reception", RECEPTION))
    assert roots(simple.stored("messages")) == ["1haLvE-0002LA-4K", "1haLvH-0001Ig-2a"]
    simple.ship(*ZONE, write(tmp_path, "scan", SCAN))
    assert roots(simple.stored("messages")) == ["1haLvE-0002LA-4K"]


def test_overwrite_replaces_what_an_own_declaration_explains(place: Place, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.yaml").write_text(OWN_SHAPE)
    first, last = RECEPTION.splitlines(keepends=True)[:3], RECEPTION.splitlines(keepends=True)[3:]
    log = write(tmp_path, "smtp", "".join([*first, UNKNOWN, *last]) + SCAN + DELIVERY)
    place.ship(log)
    before = place.stored("events"), place.stored("messages")
    assert actions(before[0])["unrecognized"] == 1

    place.ship("--formats", own, log)
    assert without_place(place.stored("events")) == without_place(before[0])

    said = place.ship("--overwrite", "--formats", own, log).stderr
    after = place.stored("events"), place.stored("messages")
    assert "0 of the events unrecognized" in said
    assert "unrecognized" not in actions(after[0])
    assert without_place(after[0]) == without_place(place.parsed("--formats", own, log)[0])
    assert after[1].documents == place.parsed("--formats", own, log)[1].documents
    assert_no_version_went_down(before[0], after[0])
    assert_no_version_went_down(before[1], after[1])
    assert_a_field_without_mapping_is_kept(place, after[0])


def test_overwriting_with_less_knowledge_keeps_the_version(simple: Place, tmp_path: Path) -> None:
    """Re-read alone, with another state: the fuller document is replaced, its version stays."""
    simple.ship(*ZONE, write(tmp_path, "whole", RECEPTION + SCAN + DELIVERY))
    before = simple.stored("messages")
    simple.ship("--overwrite", *ZONE, write(tmp_path, "part", RECEPTION), state="new")
    after = simple.stored("messages")
    assert after.versions == before.versions
    assert [message["sophos"]["utm"]["event_count"] for message in after.documents.values()] == [4]


def test_overwriting_gives_what_shipping_gives(simple: Place, tmp_path: Path) -> None:
    """Where nothing is stored yet, and where less is: versions grow as they would without it."""
    simple.ship("--overwrite", *ZONE, write(tmp_path, "part", RECEPTION))
    assert list(simple.stored("messages").versions.values()) == [4]
    whole = write(tmp_path, "whole", RECEPTION + SCAN + DELIVERY)
    simple.ship("--overwrite", *ZONE, whole, state="new")
    assert_same(simple.parsed(*ZONE, whole)[1], simple.stored("messages"))


def test_an_earlier_root_after_overwriting_with_less_knowledge(simple: Place, tmp_path: Path) -> None:
    simple.ship(*ZONE, write(tmp_path, "end", SCAN.partition("\n")[2] + DELIVERY))
    simple.ship("--overwrite", *ZONE, write(tmp_path, "delivery", DELIVERY), state="new")
    simple.ship(*ZONE, write(tmp_path, "begin", RECEPTION + SCAN), state="new")
    assert roots(simple.stored("messages")) == ["1haLvE-0002LA-4K"]


def actions(events: Stored) -> dict[str, int]:
    names = [event["event"]["action"] for event in events.documents.values()]
    return {name: names.count(name) for name in names}


def assert_no_version_went_down(before: Stored, after: Stored) -> None:
    assert before.versions.keys() <= after.versions.keys()
    assert {key for key, version in before.versions.items() if after.versions[key] < version} == set()


def assert_a_field_without_mapping_is_kept(place: Place, events: Stored) -> None:
    """A user's own field stands in the document; it grows no mapping and is not searched."""
    own = [event["sophos"]["utm"]["own"] for event in events.documents.values() if "own" in event["sophos"]["utm"]]
    assert own == [{"reason": "odd"}]
    index = f"{place.prefix}-events-2019.06"
    mapping = place.node.ask("GET", f"/{index}/_mapping")[index]["mappings"]
    assert "own" not in mapping["properties"]["sophos"]["properties"]["utm"]["properties"]
