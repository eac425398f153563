"""The simulated gateway: its processes, its queue ids, and the writing of log lines into the cases they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from tests.generator.dialects import Dialect
from tests.generator.facts import Client
from tests.generator.ids import encode
from tests.generator.model import Line
from tests.generator.offers import possible_sessions, usual_session
from tests.generator.pools import CLIENT_NETS, INSIDE, LOCAL_DOMAINS, NAMES, REMOTE_DOMAINS, REMOTE_WEIGHTS
from tests.generator.syslog import Clock, split_entry, to_bytes
from tests.generator.tls import Tls
from tests.generator.truth import Case

MAIN_LOG, REJECT_LOG, PANIC_LOG, DAEMON_LOG = 22, 21, 17, 30
IN, OUT = "exim-in", "exim-out"  # stages
PIDS_PER_SECOND = 3
FIRST_PID, LAST_PID = 3000, 32700
Card = TypeVar("Card")
QUIET = 120.0  # seconds before a pid or a client's port is used again


class Gateway:
    """Holds what one box shares between its messages. Lines and cases pile up until `take` fetches them."""

    def __init__(self, rng: Random, dialect: Dialect, host: str, clock: Clock) -> None:
        self.rng, self.dialect, self.host, self.clock = rng, dialect, host, clock
        self.daemon, self.qmgr, self.master = (rng.randrange(900, 2900) for _ in range(3))
        self.comma = rng.choice((",", ", "))
        self.scenario = ""
        self.stamp_items = ""  # what more selectors put behind Exim's time: `.{milli:03d}`, ` {zone}`, ` [{pid}]`
        self._lines: list[Line] = []
        self._cases: list[Case] = []
        self._keys = 0
        self._busy: dict[int, list[list[float]]] = {}
        self._workers: dict[int, dict[int, list[tuple[float, float]]]] = {}
        self._ports: dict[tuple[str, int], float] = {}
        self._decks: dict[int, list[Any]] = {}  # by the identity of constants
        self._vendor_counter = rng.randrange(4096)

    # processes and ids

    def pid(self, at: float, until: float | None = None) -> int:
        """A process that lives from `at` to `until`; numbers rise with time and come round within hours."""
        end = (at + 60 if until is None else until) + QUIET
        number, tries = int(at * PIDS_PER_SECOND) + self.rng.randrange(40), 0
        while True:
            pid = FIRST_PID + number % (LAST_PID - FIRST_PID)
            spans = self._busy.setdefault(pid, [])
            if all(end < begun or at > ended for begun, ended in spans):
                spans.append([at, end])
                return pid
            tries += 1
            number = number + 1 if tries < 5 else self.rng.randrange(LAST_PID)

    def ends(self, pid: int, at: float, until: float) -> None:
        """The process that was given this pid at `at` ended at `until`."""
        for span in self._busy.get(pid, ()):
            if span[0] == at:
                span[1] = until + QUIET

    def scanner(self, at: float, seconds: float = 1.0) -> int:
        """A scanner that is idle then: each serves many messages, one after the other."""
        workers = self._workers.setdefault(int(at // 3600), {})
        for pid, spans in workers.items():
            if all(at + seconds < begun or at > ended for begun, ended in spans[-40:]):
                spans.append((at, at + seconds))
                return pid
        pid = self.pid(at - 3700, at + 7300)
        workers[pid] = [(at, at + seconds)]
        return pid

    def mint(self, at: float, pid: int) -> str:
        return encode(at, pid, long=self.dialect.long_ids)

    def forget(self, before: float) -> None:
        """Drops what no later message can meet, so that memory does not grow with the log."""
        self._busy = {p: kept for p, spans in self._busy.items() if (kept := [s for s in spans if s[1] > before])}
        self._workers = {hour: workers for hour, workers in self._workers.items() if (hour + 2) * 3600 > before}
        self._ports = {endpoint: at for endpoint, at in self._ports.items() if at > before}

    # clients and addresses

    def client(self, at: float, *, spelling: str | None = None, ip: str | None = None, helo: str = "") -> Client:
        rng = self.rng
        ip = ip or self.address(rng.random() < 0.12)
        port = rng.randrange(1025, 65535)
        while self._ports.get((ip, port), 0) > at - QUIET:
            port = rng.randrange(1025, 65535)
        self._ports[ip, port] = at + 7200
        domain = self.remote_domain()
        spelling = spelling or rng.choice(("name", "name", "name+helo", "helo", "helo-ip", "ip"))
        name = f"mx{rng.randrange(9)}.{domain}" if spelling.startswith("name") else None
        helos = {"name": name, "name+helo": f"out.{domain}", "helo": f"pc{rng.randrange(99)}.{domain}", "ip": ip}
        helos["helo-ip"] = f"[{ip}]"
        return Client(ip, port, name, helo or helos[spelling])

    def address(self, six: bool) -> str:
        if six:
            return f"2001:db8:{self.rng.randrange(1, 999):x}::{self.rng.randrange(1, 65535):x}"
        return f"{self.rng.choice(CLIENT_NETS)}.{self.rng.randrange(1, 254)}"

    def inside(self, at: float) -> Client:
        return self.client(at, ip=INSIDE, spelling="helo", helo="mail.example.com")

    def local_user(self) -> str:
        return f"{self.rng.choice(NAMES)}@{self.rng.choice(LOCAL_DOMAINS)}"

    def remote_domain(self) -> str:
        return self.rng.choices(REMOTE_DOMAINS, cum_weights=REMOTE_WEIGHTS)[0]

    def remote_user(self) -> str:
        return f"{self.rng.choice(NAMES)}{self.rng.randrange(100)}@{self.remote_domain()}"

    def users(self, count: int, *, local: bool = True) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            found[self.local_user() if local else self.remote_user()] = None
        return list(found)

    def tls(self, character: str = "") -> Tls:
        """As usual with a partner of this character."""
        return self._resumable(usual_session(self.rng, self.dialect.name, character))

    def any_tls(self) -> Tls:
        """The rarest as often as the most usual."""
        return self._resumable(self.deal(possible_sessions(self.dialect.name)))

    def deal(self, cards: Sequence[Card]) -> Card:
        """Each of these once, in a random order, before any comes again."""
        deck = self._decks.setdefault(id(cards), [])
        if not deck:
            deck += self.rng.sample(cards, len(cards))
        card: Card = deck.pop()
        return card

    def _resumable(self, tls: Tls) -> Tls:
        resumed = self.dialect.modern and self.rng.random() < 0.05
        return replace(tls, resumed=True) if resumed else tls

    def vendor_counter(self) -> int:
        self._vendor_counter = (self._vendor_counter + 1) % 0x10000
        return self._vendor_counter

    # writing

    def case(self) -> Case:
        self._keys += 1
        case = Case(self._keys, self.host, self.scenario)
        self._cases.append(case)
        return case

    def exim(
        self,
        at: float,
        stage: str,
        pid: int | None,
        text: str,
        action: str,
        *,
        queue_id: str | None = None,
        cases: Sequence[Case] = (),
        priority: int = MAIN_LOG,
    ) -> list[Line]:
        """One Exim entry, in pieces where syslog cuts it. The inner stamp is Exim's, the outer one syslog's."""
        process = self.dialect.process_in if stage == IN else self.dialect.process_out
        stage = self._told_stage(stage, action, queue_id)
        outer, utc = at + 0.03, int(at + 0.03)
        items = self.stamp_items.format(milli=int(at % 1 * 1000), zone=self.clock.zone_text(int(at)), pid=pid)
        entry = to_bytes(f"{self.clock.stamps(int(at))[1]}{items} {queue_id + ' ' if queue_id else ''}{text}")
        made = []
        for number, piece in enumerate(split_entry(entry)):
            made.append(
                self._write(
                    outer + number * 1e-5, utc, process, pid, piece, "continuation" if number else action,
                    queue_id, cases, priority, stage,
                )
            )  # fmt: skip
        return made

    def _told_stage(self, stage: str, action: str, queue_id: str | None) -> str:
        """An old box has one process for both directions: there the kind of the line tells, where it can."""
        if self.dialect.process_in != self.dialect.process_out:
            return stage
        if action == "unrecognized" or (action == "daemon" and queue_id is None):
            return "other"
        return OUT if action in ("completed", "disposition") else stage

    def smtpd(
        self,
        at: float,
        role: str,
        pid: int,
        text: str,
        action: str,
        *,
        queue_id: str | None = None,
        cases: Sequence[Case] = (),
    ) -> Line:
        entry = to_bytes(f"{role}[{pid}]: {text}")
        return self._write(at, int(at), "smtpd", pid, entry, action, queue_id, cases, DAEMON_LOG, "smtpd")

    def other(self, at: float, process: str, pid: int | None, text: str, action: str = "unrecognized") -> Line:
        return self._write(at, int(at), process, pid, to_bytes(text), action, None, (), DAEMON_LOG, "other")

    def _write(
        self,
        at: float,
        utc: int,
        process: str,
        pid: int | None,
        entry: bytes,
        action: str,
        queue_id: str | None,
        cases: Sequence[Case],
        priority: int,
        stage: str,
    ) -> Line:
        name = process if pid is None else f"{process}[{pid}]"
        text = b"%s %s %s: %s" % (self.clock.stamps(utc)[0].encode(), self.host.encode(), name.encode(), entry)
        line = Line(text, utc, pid, process, action, queue_id, (), priority, self.host, at, self.scenario, stage)
        self._lines.append(line)
        for case in cases:
            case.lines.append(line)
        return line

    def add(self, line: Line) -> None:
        """A line of no one, as it is."""
        self._lines.append(line)

    def take(self) -> tuple[list[Line], list[Case]]:
        """The lines and cases since the last call, each line with the keys of the cases it belongs to."""
        lines, cases = self._lines, [case for case in self._cases if case.lines]
        for case in cases:
            for line in case.lines:
                line.message += (case.key,)
        self._lines, self._cases = [], []
        return lines, cases
