"""Message documents from a few lines, without files, clock and sessions."""

from __future__ import annotations

from functools import cache
from typing import Any

from shipper.documents.message import Policy, message_document
from shipper.formats.declarations import load
from shipper.model import StageEvent
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser
from tests.comparison import flatten

BEGAN = 1560179080  # 2019-06-10T15:04:40Z, the second of ROOT
ROOT, SCANNED, AGAIN = "1haLqi-0002Mp-2G", "1haLql-0002Mh-MA", "1haM0l-0002Mh-9q"


@cache
def parser() -> LineParser:
    return LineParser(load())


def events_of(lines: list[str]) -> list[StageEvent]:
    """Events a second apart. `in: text`, `out: text` and `scan: text` stand for the three processes' lines."""
    events = []
    for number, line in enumerate(lines):
        process, _, text = line.partition(": ")
        stamp = f"11:04:{40 + number}"
        prefix = {
            "in": f"exim-in[9103]: 2019-06-10 {stamp} ",
            "out": f"exim-out[9113]: 2019-06-10 {stamp} ",
            "scan": "smtpd[9095]: SCANNER[9095]: ",
        }[process]
        original = f"2019:06:10-{stamp} utm {prefix}{text}"
        head = read_head(original.encode())
        assert head is not None
        stated = parser().parse(head)
        assert stated.action != "unrecognized", original
        events.append(
            StageEvent(
                id=f"{number:024x}", host="utm", time=BEGAN + number, order=number, stage=stated.stage,
                process=head.process, pid=head.pid, action=stated.action, kind=stated.kind, queue_id=stated.queue_id,
                fields=stated.fields, original=original, source="smtp.log", offset=number,
            )
        )  # fmt: skip
    return events


def fields_of(lines: list[str], **policy: Any) -> dict[str, Any]:
    """The message document of these lines, dotted."""
    return flatten(message_document(events_of(lines), Policy(**policy)).document)


def below(fields: dict[str, Any], path: str) -> dict[str, Any]:
    """All fields under a path, without it."""
    return {name.removeprefix(path): value for name, value in fields.items() if name.startswith(path)}
