"""What became of every line: lines read = events + ignored by rule + dead letters."""

from __future__ import annotations

from collections import Counter

import msgspec


class Balance(msgspec.Struct):
    """The books of one run. `events` counts lines that became stage events, `repeated` those of
    them that a copy of the log gave again; the sink counts the cluster's part."""

    lines: int = 0
    events: int = 0
    repeated: int = 0
    ignored: int = 0
    dead_letters: int = 0
    unrecognized: int = 0
    messages: int = 0
    offsets: Counter[tuple[str, int, str]] = msgspec.field(default_factory=Counter)
    zone_disagreements: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        """Whether every line that was read is accounted for."""
        return self.lines == self.events + self.ignored + self.dead_letters

    def counted(self) -> dict[str, int]:
        """Its numbers by name."""
        return {name: count for name, count in msgspec.structs.asdict(self).items() if isinstance(count, int)}

    def add(self, other: Balance) -> None:
        """Takes in what was counted elsewhere, but for the messages."""
        both = self.plus(other)
        for name in self.__struct_fields__:
            if name != "messages":
                setattr(self, name, getattr(both, name))

    def plus(self, other: Balance) -> Balance:
        """The sum of two runs."""
        return self._combined(other, 1)

    def minus(self, other: Balance) -> Balance:
        """What came since `other`, an earlier state of the same books."""
        return self._combined(other, -1)

    def _combined(self, other: Balance, sign: int) -> Balance:
        counts = {name: count + sign * getattr(other, name) for name, count in self.counted().items()}
        offsets, disagreements = Counter(self.offsets), Counter(self.zone_disagreements)
        for key, count in other.offsets.items():
            offsets[key] += sign * count
        for host, count in other.zone_disagreements.items():
            disagreements[host] += sign * count
        return Balance(**counts, offsets=offsets, zone_disagreements=disagreements)

    def describe(self) -> str:
        """The balance in one line."""
        return (
            f"{self.lines:,} lines read = {self.events:,} events + {self.ignored:,} ignored by rule"
            f" + {self.dead_letters:,} dead letters; {self.unrecognized:,} of the events unrecognized,"
            f" {self.repeated:,} read more than once;"
            f" {self.messages:,} messages"
        )

    def describe_clock(self) -> list[str]:
        """Each host's offsets from UTC with their origin, and disagreements with the configured zone."""
        lines = [
            f"{host or '(no host)'}: UTC{offset // 3600:+03d}:{offset % 3600 // 60:02d} from {origin} ({count:,} lines)"
            for (host, offset, origin), count in sorted(self.offsets.items())
        ]
        lines += [
            f"warning: {host or '(no host)'}: the configured zone disagrees with the queue ids on {count:,} lines;"
            " the ids were followed"
            for host, count in sorted(self.zone_disagreements.items())
        ]
        return lines
