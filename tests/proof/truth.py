"""The statement that must come of a traffic, from the generator's truth alone: no name of a field is the program's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tests.generator.ciphers import POLICIES
from tests.generator.model import Line, Traffic
from tests.generator.tls import GRADES

Row = dict[str, Any]
Counts = tuple[int, int, int, int, int]
VERDICTS = ("meets", "fails", "plaintext", "not provable")
RECEIVED = ("message-received", "rejected", "temporarily-rejected", "message-abandoned")
ATTEMPTED = ("delivered", "deferred", "failed")
TRIED = ("tls-failed", "tls-fallback", "host-failed")
ENDED = ("connection-lost", "connection-closed", "tls-failed")
SHOWN = {None: "TLS, version not logged", "3.0": "SSL 3.0"} | {f"1.{minor}": f"TLS 1.{minor}" for minor in range(4)}
REFUSED = ("rejected", "temporarily_rejected", "abandoned")
LOOPBACK = ("127.", "::1", "::ffff:127.")


@dataclass(frozen=True)
class Question:
    partners: tuple[str, ...]
    subdomains: bool = False
    accepted: bool = False
    policy: str = "mozilla-intermediate"
    since: str = ""
    until: str = "9"

    def partner(self, address: str) -> str | None:
        """Of the names that a domain is or lies below, the longest."""
        domain = address.rpartition("@")[2].lower() if "@" in address else ""
        parents = {domain} | ({domain[at.end() :] for at in re.finditer(r"\.", domain)} if self.subdomains else set())
        return max((name for name in self.partners if name in parents), key=len, default=None)


@dataclass
class Truth:
    """`legs` in the order of messages' times; `local` and `refused` are left out of them."""

    legs: list[Row] = field(default_factory=list)
    messages: int = 0
    local: int = 0
    refused: int = 0
    first: str | None = None
    last: str | None = None
    in_period: int = 0

    def counts(self, of: Callable[[Row], Any] = lambda leg: ()) -> dict[Any, Counts]:
        """Value -> legs, and how many of each verdict."""
        groups: dict[Any, Counter[str]] = {}
        for leg in self.legs:
            groups.setdefault(of(leg), Counter())[leg["verdict"]] += 1
        return {value: (group.total(), *(group[name] for name in VERDICTS)) for value, group in groups.items()}  # type: ignore[misc]

    def chosen(self, *verdicts: str) -> list[Row]:
        return [leg for leg in self.legs if leg["verdict"] in verdicts]


def truth_of(traffics: Iterable[Traffic], question: Question) -> Truth:
    truth = Truth()
    times = []
    for traffic in traffics:
        lines: dict[int, list[Line]] = {}
        for line in traffic.lines:
            for key in line.message:
                lines.setdefault(key, []).append(line)
        for message, key in zip(traffic.messages, traffic.keys, strict=True):
            if question.since <= message["@timestamp"] < question.until:
                times.append(message["@timestamp"])
                _add(truth, message, question, lines.get(key, []))
    truth.legs.sort(key=lambda leg: (leg["received"], leg["queue_id"] or ""))
    truth.in_period, truth.first, truth.last = len(times), min(times, default=None), max(times, default=None)
    return truth


def _add(truth: Truth, message: Row, question: Question, lines: Sequence[Line]) -> None:
    found = []
    for leg, ip in _legs(message, question, lines):
        if leg["direction"] == "inbound" and question.accepted and leg["status"] in REFUSED:
            truth.refused += 1
        elif ip.startswith(LOOPBACK):
            truth.local += 1
        else:
            found.append(leg)
    truth.messages += bool(found)
    truth.legs += found


def _legs(message: Row, question: Question, lines: Sequence[Line]) -> Iterator[tuple[Row, str]]:
    utm, email, source = message["sophos"]["utm"], message["email"], message.get("source", {})
    ids = utm.get("queue_ids", [])
    both = {"received": message["@timestamp"], "host": message["host"]["name"], "queue_ids": sorted(ids)}
    sender = email.get("sender", {}).get("address", "")
    if partner := question.partner(sender):
        tls = utm.get("tls", {}).get("inbound", {}) | message.get("tls", {})
        handed_over = not source and bool(ids)  # by a program of the gateway's own
        leg = both | {
            "partner": partner, "direction": "inbound", "time": message["@timestamp"],
            "queue_id": email.get("local_id"), "address": sender, "status": utm["status"], "attempts": None,
            "peer": source.get("domain"), "peer_ip": source.get("ip"), "peer_port": source.get("port"),
            "lines": [line for line in lines if _tells_of_reception(line, ids)],
        }  # fmt: skip
        yield leg | _judged(tls, question), "127.0.0.1" if handed_over else source.get("ip", "")
    for delivery in utm.get("deliveries", []):
        if partner := question.partner(delivery["recipient"]):
            to = delivery.get("destination", {})
            leg = both | {
                "partner": partner, "direction": "outbound", "time": delivery["time"],
                "queue_id": delivery["queue_id"], "address": delivery["recipient"], "status": delivery["status"],
                "attempts": delivery["attempts"],
                "peer": to.get("domain"), "peer_ip": to.get("ip"), "peer_port": to.get("port"),
                "lines": [line for line in lines if _tells_of_delivery(line, delivery)],
            }  # fmt: skip
            yield leg | _judged(delivery.get("tls", {}), question), to.get("ip", "")


def _judged(tls: Row, question: Question) -> Row:
    version, cipher, grade = tls.get("version"), tls.get("cipher"), tls.get("grade")
    nothing: Row = {"cipher": None, "openssl_cipher": None, "bits": None}
    if not tls:
        return nothing | {"version": "(not logged)", "grade": "(not logged)", "verdict": "not provable"}
    if not tls["established"]:
        return nothing | {"version": "plaintext", "grade": "plaintext", "verdict": "plaintext"}
    assert grade in GRADES
    meets = cipher in POLICIES[question.policy].get(version or "", ())
    return {
        "version": SHOWN[version],
        "cipher": cipher, "openssl_cipher": tls.get("openssl_cipher"), "bits": tls.get("bits"), "grade": grade,
        "verdict": "meets" if meets else "not provable" if grade == "unknown" else "fails",
    }  # fmt: skip


def _tells_of_reception(line: Line, ids: Sequence[str]) -> bool:
    if not ids:
        return line.queue_id is None and line.action in (*RECEIVED, *ENDED)
    return line.queue_id in ids and line.action in RECEIVED and line.stage != "exim-out"


def _tells_of_delivery(line: Line, delivery: Row) -> bool:
    if line.action in TRIED:
        return bool(line.queue_id == delivery["queue_id"])
    if line.action not in ATTEMPTED:
        return False
    text = read(line.text).partition(f"{line.queue_id} ")[2]
    last = re.split(r" P=<| R=| routing defer| defer \(|: ", text)[0].rpartition(" ")[2]
    return last.strip("<>:").lower() == str(delivery["recipient"]).lower()


def read(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def days_with_lines(traffic: Traffic) -> set[date]:
    lines = {datetime.fromtimestamp(line.utc, UTC).date() for line in traffic.events}
    return lines | {date.fromisoformat(message["@timestamp"][:10]) for message in traffic.messages}
