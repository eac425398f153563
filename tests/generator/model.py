"""The values that the generator hands out: a log line with what it is, and a whole log with its ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_ACTIONS = """connection-opened connection-closed connection-lost policy-warning recipient-accepted dkim-checked
    dkim-check-failed spam-checked spam-check-failed malware-check-failed authentication-failed sender-verify-failed
    message-received rejected temporarily-rejected message-abandoned queued-for-scan scan-started disposition
    scan-finished delivered deferred failed host-failed tls-failed tls-fallback bounce-created completed frozen daemon
    continuation unrecognized"""
ACTIONS = frozenset(_ACTIONS.split())
IGNORED = "ignored"  # the action of an empty line, which makes no event


@dataclass(slots=True)
class Line:
    """One log line. `text` is the form on the UTM itself (P1) without newline, `utc` its outer stamp in UTC seconds."""

    text: bytes
    utc: int
    pid: int | None
    process: str
    action: str
    queue_id: str | None = None
    message: tuple[int, ...] = ()
    priority: int = 30  # of syslog: 22 Exim's main log, 21 its reject log, 17 its panic log
    host: str = "utm"
    at: float = 0.0  # when it was written, finer than the stamp: the order of the log
    shape: str = ""  # the scenario that made it
    stage: str = "other"  # exim-in, smtpd, exim-out, other


@dataclass(slots=True)
class Traffic:
    """A log and its truth. `ignored` holds the positions of lines that make no event (empty ones)."""

    lines: list[Line] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)  # keys[i] is the key that lines carry for messages[i]
    scenarios: list[str] = field(default_factory=list)  # scenarios[i] made messages[i]

    @property
    def text(self) -> bytes:
        return b"".join(line.text + b"\n" for line in self.lines)

    @property
    def events(self) -> Iterator[Line]:
        """The lines that make an event each: `action`, `stage` and the UTC second `utc` say what an index holds."""
        return (line for line in self.lines if line.action != IGNORED)

    def lines_of(self, position: int) -> list[Line]:
        """The lines of `messages[position]`, for looking at a difference."""
        key = self.keys[position]
        return [line for line in self.lines if key in line.message]
