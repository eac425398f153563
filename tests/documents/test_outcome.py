"""Status, completeness and reason of messages, from few lines."""

from __future__ import annotations

import pytest

from tests.documents.reading import AGAIN, ROOT, SCANNED, fields_of

ARRIVED = [
    "in: [192.0.2.10] F=<s@example.org> R=<a@example.com> Accepted: from relay",
    f"in: {ROOT} <= s@example.org H=[192.0.2.10]:53500 P=esmtp S=1 id=x",
]
SCAN = [f"scan: {SCANNED} <= s@example.org R={ROOT} P=INPUT S=1", f"scan: {ROOT} Completed"]
TWO = ["in: [192.0.2.10] F=<s@example.org> R=<b@example.com> Accepted: from relay", *ARRIVED, *SCAN]
ONE = ARRIVED + SCAN
ROUND_AGAIN = [f"scan: {AGAIN} <= s@example.org R={SCANNED} P=INPUT S=1", f"scan: {SCANNED} Completed"]


def securemail(name: str, queue_id: str = SCANNED, tail: str = "") -> str:
    return (
        f'scan: id="1" severity="info" sys="SecureMail" sub="smtp" name="{name}" srcip="192.0.2.10" '
        f'from="s@example.org" to="a@example.com" subject="x" queueid="{queue_id}" size="1"{tail}'
    )


def delivered(to: str = "a", queue_id: str = SCANNED) -> str:
    return f"out: {queue_id} => {to}@example.com R=r T=t H=m [198.51.100.20]:25"


def failed(to: str = "a", queue_id: str = SCANNED, why: str = "Unrouteable address") -> str:
    return f"out: {queue_id} ** {to}@example.com: {why}"


def deferred(to: str = "a", queue_id: str = SCANNED) -> str:
    return f"out: {queue_id} == {to}@example.com R=r defer (110): Connection timed out"


def completed(queue_id: str = SCANNED) -> str:
    return f"out: {queue_id} Completed"


TIMEOUT, GONE = "Connection timed out", "Unrouteable address"
TABLE: dict[str, tuple[list[str], tuple[str, bool, str | None]]] = {
    "received": (ARRIVED, ("in_progress", False, None)),
    "scanned": (ONE, ("in_progress", False, None)),
    "delivered": ([*ONE, delivered(), completed()], ("delivered", True, None)),
    "delivered, not off the queue": ([*ONE, delivered()], ("delivered", False, None)),
    "one of two delivered": ([*TWO, delivered()], ("in_progress", False, None)),
    "both delivered": ([*TWO, delivered(), delivered("b"), completed()], ("delivered", True, None)),
    "one failed": ([*TWO, delivered(), failed("b"), completed()], ("partially_delivered", True, GONE)),
    "all failed": ([*TWO, failed("a", why="first"), failed("b"), completed()], ("failed", True, GONE)),
    "deferred": ([*ONE, deferred()], ("deferred", False, TIMEOUT)),
    "deferred, then delivered": ([*ONE, deferred(), delivered(), completed()], ("delivered", True, None)),
    "deferred, then failed": ([*ONE, deferred(), failed(), completed()], ("failed", True, GONE)),
    "delivered and deferred": ([*TWO, delivered(), deferred("b")], ("deferred", False, TIMEOUT)),
    "failed and deferred": ([*TWO, failed(), deferred("b")], ("deferred", False, TIMEOUT)),
    "quarantined": (
        [*ONE, securemail("email quarantined", tail=' reason="as" extra=""')],
        ("quarantined", True, "as"),
    ),
    "dropped": ([*ONE, securemail("email dropped", tail=' reason="av" extra="x"')], ("discarded", True, "av")),
    "held for the sandbox": ([*ONE, securemail("email sandboxed")], ("in_progress", False, None)),
    "passed by the sandbox": (
        [*ONE, securemail("email sandboxed"), securemail("email passed"), delivered(), completed()],
        ("delivered", True, None),
    ),
    "kept by the sandbox": (
        [*ONE, securemail("email sandboxed"), securemail("email quarantined", tail=' reason="av" extra=""')],
        ("quarantined", True, "av"),
    ),
    "went round again": (
        [*ONE, failed(), *ROUND_AGAIN, delivered("a", AGAIN), completed(AGAIN)],
        ("delivered", True, None),
    ),
    "goes round again": ([*ONE, deferred(), *ROUND_AGAIN], ("deferred", False, TIMEOUT)),
    "blackholed": (
        [*ONE, f"out: {SCANNED} => :blackhole: <a@example.com> R=r", completed()],
        ("discarded", True, None),
    ),
    "removed by a person": (
        [*ONE, deferred(), f"out: {SCANNED} removed by root", completed()],
        ("discarded", True, "removed by root"),
    ),
    "rejected after DATA": (
        [f"in: {ROOT} H=[192.0.2.10]:53500 F=<s@example.org> rejected after DATA: spam"],
        ("rejected", True, "spam"),
    ),
    "rejected after DATA for now": (
        [f"in: {ROOT} H=[192.0.2.10]:53500 F=<s@example.org> temporarily rejected after DATA: busy"],
        ("temporarily_rejected", True, "busy"),
    ),
    "data timeout": (
        [f"in: {ROOT} SMTP data timeout (message abandoned) on connection from [192.0.2.10]:53500 F=<s@example.org>"],
        ("abandoned", True, "SMTP data timeout (message abandoned)"),
    ),
    "bounce": (
        [f"out: {SCANNED} <= <> R={ROOT} U=exim P=local S=1", delivered("s"), completed()],
        ("delivered", True, None),
    ),
    "frozen bounce": (
        [f"out: {SCANNED} <= <> R={ROOT} U=exim P=local S=1", f"out: {SCANNED} Frozen (delivery error message)"],
        ("in_progress", False, None),
    ),
    "frozen bounce given up": (
        [f"out: {SCANNED} <= <> R={ROOT} U=exim P=local S=1", f"out: {SCANNED} cancelled by timeout_frozen_after",
         completed()],
        ("discarded", True, "cancelled by timeout_frozen_after"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_outcomes(name: str) -> None:
    lines, wanted = TABLE[name]
    fields = fields_of(lines)
    found = (fields["sophos.utm.status"], fields["sophos.utm.complete"], fields.get("event.reason"))
    assert found == wanted
    outcomes = {"delivered": "success", "failed": "failure", "rejected": "failure", "abandoned": "failure"}
    assert fields["event.outcome"] == outcomes.get(wanted[0], "unknown")
    assert fields["sophos.utm.event_count"] == len(lines)
