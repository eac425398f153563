"""How the lines of a connection are cut into transactions, shown on small sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comparison import Document, flatten
from tests.pipeline.running import run, write_log

A, B = "1haLqi-0002Mp-2G", "1haLqk-0002Mp-80"
CLIENT = "mail.example.net [192.0.2.10]:53500"
CONNECT = "6854 SMTP connection from [192.0.2.10]:53500 (TCP/IP connection count = 1)"
CLOSE = f"SMTP connection from {CLIENT} closed by QUIT"
LOST = f"SMTP connection from {CLIENT} lost while reading message data"
OUT_OF_TURN = (
    "SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): "
    f'rejected "MAIL FROM:<s@example.net>" H={CLIENT} next input="DATA"'
)
LOOKUP = "DNS list lookup defer (probably timeout) for 10.2.0.192.rbl.example.org: assumed not in list"
WARNING = f"H={CLIENT} Warning: example.com profile excludes greylisting"
SPAM = f"H={CLIENT} F=<s@example.net> rejected after DATA: spam"


def accepted(sender: str, recipient: str) -> str:
    return f"[192.0.2.10] F=<{sender}@example.net> R=<{recipient}@example.com> Accepted: from relay"


def refused(sender: str, recipient: str, word: str = "rejected") -> str:
    return f"H={CLIENT} F=<{sender}@example.net> {word} RCPT <{recipient}@example.com>: no"


def received(queue_id: str, sender: str) -> str:
    return f"{queue_id} <= {sender}@example.net H={CLIENT} P=esmtp S=1"


# what a document says of its lines: root, status, number of lines, accepted and refused recipients
Row = tuple[str | None, str, int, str, str]
TABLE: dict[str, tuple[list[str], list[Row]]] = {
    "one message": (
        [CONNECT, accepted("s", "a"), received(A, "s"), CLOSE],
        [(A, "in_progress", 4, "a", "")],
    ),
    "cut at each <=": (
        [CONNECT, accepted("s", "a"), received(A, "s"), accepted("s", "b"), received(B, "s"), CLOSE],
        [(A, "in_progress", 4, "a", ""), (B, "in_progress", 4, "b", "")],
    ),
    "a refused recipient does not cut": (
        [CONNECT, refused("s", "x"), accepted("s", "a"), refused("s", "y"), received(A, "s"), CLOSE],
        [(A, "in_progress", 6, "a", "x y")],
    ),
    "cut where the sender changes": (
        [CONNECT, refused("s", "x"), refused("t", "y"), refused("t", "z"), CLOSE],
        [(None, "rejected", 3, "", "x"), (None, "rejected", 4, "", "y z")],
    ),
    "the sender's case changes nothing": (
        [CONNECT, refused("s", "x"), refused("S", "y"), CLOSE],
        [(None, "rejected", 4, "", "x y")],
    ),
    "cut at a rejection after DATA": (
        [CONNECT, accepted("s", "a"), f"{A} {SPAM}", accepted("s", "b"), received(B, "s"), CLOSE],
        [(A, "rejected", 4, "a", ""), (B, "in_progress", 4, "b", "")],
    ),
    "lines without a sender go to the transaction they stand in": (
        [CONNECT, LOOKUP, accepted("s", "a"), received(A, "s"), WARNING, accepted("s", "b"), received(B, "s"), CLOSE],
        [(A, "in_progress", 5, "a", ""), (B, "in_progress", 5, "b", "")],
    ),
    "lines after the last that names a sender go on": (
        [CONNECT, refused("s", "x"), WARNING, accepted("t", "a"), received(A, "t"), CLOSE],
        [(None, "rejected", 3, "", "x"), (A, "in_progress", 5, "a", "")],
    ),
    "TLS errors belong to every message": (
        [CONNECT, accepted("s", "a"), received(A, "s"), f"TLS error on connection from {CLIENT} (SSL_write): timed out",
         refused("t", "x"), CLOSE],
        [(A, "in_progress", 5, "a", ""), (None, "rejected", 4, "", "x")],
    ),
    "all refusals for now": (
        [CONNECT, refused("s", "x", "temporarily rejected"), CLOSE],
        [(None, "temporarily_rejected", 3, "", "x")],
    ),
    "one of two refusals for now": (
        [CONNECT, refused("s", "x", "temporarily rejected"), refused("s", "y"), CLOSE],
        [(None, "rejected", 4, "", "x y")],
    ),
    "a refusal wins over the disconnection": (
        [CONNECT, refused("s", "x"), f"SMTP connection from {CLIENT} lost"],
        [(None, "rejected", 3, "", "x")],
    ),
    "given up": (
        [CONNECT, accepted("s", "a"), CLOSE],
        [(None, "abandoned", 3, "a", "")],
    ),
    "lost within a message that has its id": (
        [CONNECT, accepted("s", "a"), received(A, "s"), accepted("t", "b"), f"{B} {LOST}"],
        [(A, "in_progress", 3, "a", ""), (B, "abandoned", 3, "b", "")],
    ),
    "lost within a message before which another was refused": (
        [CONNECT, refused("s", "x"), accepted("t", "b"), f"{B} {LOST}"],
        [(None, "rejected", 2, "", "x"), (B, "abandoned", 3, "b", "")],
    ),
    "addresses beyond ASCII, escaped by the configuration alone": (
        [CONNECT, accepted("j\\303\\274rgen", "m\\303\\274ller"), received(A, "jürgen"), CLOSE],
        [(A, "in_progress", 4, "müller", "")],
    ),
    "sent out of turn within a transaction": (
        [CONNECT, f"H={CLIENT} incomplete transaction (sync failure) from <s@example.net>", OUT_OF_TURN],
        [(None, "rejected", 3, "", "")],
    ),
    "nothing attempted": ([CONNECT, CLOSE], []),
    "a failed login is no attempt": (
        [CONNECT, f"login authenticator failed for {CLIENT}: 535 Incorrect authentication data (set_id=x)", CLOSE],
        [],
    ),
    "a refused command is no attempt": ([CONNECT, f"H={CLIENT} rejected VRFY root", CLOSE], []),
    "a refused connection is one": (
        [CONNECT, f'H={CLIENT} rejected connection in "connect" ACL: listed', CLOSE],
        [(None, "rejected", 3, "", "")],
    ),
    "no connect line": ([accepted("s", "a"), received(A, "s"), CLOSE], [(A, "in_progress", 3, "a", "")]),
    "no close line": ([CONNECT, accepted("s", "a"), received(A, "s")], [(A, "in_progress", 3, "a", "")]),
    "the connect line comes late": (
        [accepted("s", "a"), CONNECT, received(A, "s"), CLOSE],
        [(A, "in_progress", 4, "a", "")],
    ),
    "the pid serves another client": (
        [CONNECT, accepted("s", "a"), "7777 SMTP connection from [192.0.2.99]:1 (TCP/IP connection count = 2)",
         "[192.0.2.99] F=<o@example.net> R=<o@example.com> Accepted: from relay",
         f"{A} <= o@example.net H=[192.0.2.99]:1 P=esmtp S=1"],
        [(None, "abandoned", 1, "a", ""), (A, "in_progress", 3, "o", "")],
    ),
}  # fmt: skip


def as_log(texts: list[str]) -> list[bytes]:
    """Lines of pid 9103 a second apart; a number in front is another pid's."""
    lines = []
    for number, text in enumerate(texts):
        pid, _, rest = text.partition(" ")
        pid, rest = (pid, rest) if pid.isdigit() else ("9103", text)
        lines.append(
            f"2019:06:10-11:04:{40 + number} utm exim-in[{pid}]: 2019-06-10 11:04:{40 + number} {rest}".encode()
        )
    return lines


def row(document: Document) -> Row:
    flat = flatten(document)
    names = [
        " ".join(address.partition("@")[0] for address in flat.get(path, ()))
        for path in ("email.to.address", "sophos.utm.rejected_recipients")
    ]
    count = flat["sophos.utm.event_count"]
    return flat.get("email.local_id"), flat["sophos.utm.status"], count, names[0], names[1]


@pytest.mark.parametrize("name", TABLE)
def test_sessions(tmp_path: Path, name: str) -> None:
    texts, rows = TABLE[name]
    log = write_log(tmp_path / "smtp.log", as_log(texts))
    found = [row(document) for document in run(log, zone="America/New_York").messages]
    assert sorted(found, key=repr) == sorted(rows, key=repr)


def test_the_same_port_again_is_another_connection(tmp_path: Path) -> None:
    """The client comes back with the same port minutes later: each message has its own connect line."""
    first = as_log([CONNECT, accepted("s", "a"), received(A, "s"), CLOSE])
    again = [
        line.replace(b"-11:04", b"-11:14").replace(b" 11:04", b" 11:14").replace(b"9103", b"9200")
        for line in as_log([CONNECT, accepted("s", "b"), received(B, "s"), CLOSE])
    ]
    result = run(write_log(tmp_path / "smtp.log", first + again), zone="America/New_York")
    assert sorted(row(document)[:4] for document in result.messages) == [
        (A, "in_progress", 4, "a"),
        (B, "in_progress", 4, "b"),
    ]
    assert all(flatten(document)["event.duration"] == 3_000_000_000 for document in result.messages)
