"""The check of how many lines are understood."""

from __future__ import annotations

import re

from shipper.cluster.answers import ask
from shipper.cluster.interface import Cluster
from shipper.diagnosis.check import Check
from shipper.formats.declarations import load
from shipper.model import iso_date
from shipper.parse.head import read_head
from shipper.report.shapes import known_words
from shipper.report.unrecognized import Unrecognized, unrecognized

_MOST_SHAPES = 10
_MUCH = 0.01
_NO_WORDS = re.compile(r"\(\?P<\w+>|\{\{\w+\}\}|\\.")


def lines_check(cluster: Cluster, prefix: str, days: int, now: float) -> Check:
    """Events of the last days, in log time. Raises ClusterError."""
    since = iso_date(int(now) - days * 86400)
    found = unrecognized(
        lambda path, body: ask(cluster, "POST", path, body=body) or {}, prefix, since, vocabulary(), text_of
    )
    return judged(found, days)


def text_of(line: str) -> str:
    """`2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41 1haLqi-0002Mp-2G text` -> `exim-in: text`."""
    head = read_head(line.encode(errors="replace"))
    return f"{head.process}: {head.text}" if head else line


def vocabulary() -> frozenset[str]:
    """The words of the built-in line shapes: a user's own may name anything."""
    kinds = [declaration.kind for declaration in load(())]
    return known_words(
        text for kind in kinds for text in (*kind.starts, kind.contains, _NO_WORDS.sub(" ", kind.pattern))
    )


def judged(found: Unrecognized, days: int) -> Check:
    """A few lines that nobody knows are usual; their shapes tell whether something is missed."""
    when = "the last day" if days == 1 else f"the last {days} days"
    if not found.events:
        return Check("lines", "ok", f"no events of {when}")
    words = f"{found.count:,} of {found.events:,} events of {when} are unrecognized ({found.share:.2%})"
    shapes = [f"{shape.count:>7,}  {shape.text}" for shape in found.shapes[:_MOST_SHAPES]]
    if len(found.shapes) > _MOST_SHAPES:
        shapes.append(f"and {len(found.shapes) - _MOST_SHAPES:,} more shapes")
    if found.looked_at < found.count:
        shapes.append(f"of the newest {found.looked_at:,}")
    advice = "declare these shapes: `Own line shapes` in the README" if found.share > _MUCH else ""
    return Check("lines", "warning" if found.share > _MUCH else "ok", words, advice, tuple(shapes))
