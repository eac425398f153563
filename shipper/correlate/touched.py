"""Which sessions and connections lines asked for: only what was asked for can have made a difference."""

from __future__ import annotations

import msgspec

from shipper.model import StageEvent

_ENDPOINT = ("source.ip", "source.port")


class Touched(msgspec.Struct):
    """`keys`: each process that a line of a session came from, with the first such line as far as it tells the session;
    `found`: the clients of whose connections a line was there, `missed`: those of which none was.
    """

    keys: dict[int | str, StageEvent] = msgspec.field(default_factory=dict)
    found: set[tuple[str, int]] = msgspec.field(default_factory=set)
    missed: set[tuple[str, int]] = msgspec.field(default_factory=set)

    def see(self, key: int | str, event: StageEvent) -> None:
        """A line asks for the session of its process."""
        if key not in self.keys:
            fields = {name: event.fields[name] for name in _ENDPOINT if name in event.fields}
            self.keys[key] = msgspec.structs.replace(event, fields=fields, original="", source="")
