"""Stories on standard output: wrapped and coloured on a terminal, one line for each fact and raw line in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from shipper.commands.rows import clean
from shipper.retrieval import Document, host_of, queue_ids_of
from shipper.trace.phrases import address_list, path_of
from shipper.trace.stage_events import second_of
from shipper.trace.stages import Fact, Stage, stages_of
from shipper.trace.story import Story

_LABEL = 13
_COLORS = {"delivered": "green", "in_progress": "yellow", "deferred": "yellow", "partially_delivered": "yellow"}
_DAY = 86_400


def print_story(console: Console, story: Story) -> None:
    """What is known of the message, then each stage with its raw lines."""
    message = story.message
    status = message["sophos"]["utm"]["status"]
    _line(console, f"{name_of(message)}  {words(status)}", f"bold {_COLORS.get(status, 'red')}")
    _facts(console, _known(story))
    day = second_of(story.lines[0]) // _DAY if story.lines else None
    for stage in stages_of(story):
        console.print()
        _line(console, _heading(stage, shows_day=stage.began // _DAY != day), "bold")
        day = stage.ended // _DAY
        _facts(console, stage.facts)
        for line in stage.lines:
            _line(console, line["event"]["original"], "dim", indent=2)


def name_of(message: Document) -> str:
    """The first queue id; of an attempt without one, the document's id."""
    name: str = message.get("email", {}).get("local_id") or message["_id"]
    return name


def words(status: str) -> str:
    """A status as words."""
    return status.replace("_", " ")


def _known(story: Story) -> Iterator[Fact]:
    message, lines = story.message, story.lines
    email, utm = message.get("email", {}), message["sophos"]["utm"]
    began, ended = message["event"]["start"], message["event"]["end"]
    yield "time", f"{_written(began)} to {_written(ended)} UTC, {duration(message['event']['duration'] // 10**9)}"
    yield "path", path_of(message)
    yield "from", email.get("sender", {}).get("address", "")
    yield "to", address_list(email.get("to", {}).get("address", ()))
    yield "refused for", address_list(utm.get("rejected_recipients", ()))
    yield "subject", email.get("subject", "")
    yield "Message-ID", email.get("message_id", "")
    yield "reason", message["event"].get("reason", "")
    yield "queue ids", ", ".join(queue_ids_of(message))
    yield "bounce of", utm.get("bounce_of", "")
    yield "bounced as", ", ".join(story.bounces)
    yield "document", f"{message['_id']}, {len(lines):,} lines of {host_of(message) or 'a gateway without a name'}"
    gone = f"{story.missing:,} of {utm['event_count']:,} are stored no more" if story.missing else ""
    yield "lines gone", gone
    yield "in progress", "" if utm["complete"] else "this is what is known so far; more lines may come"


def _heading(stage: Stage, *, shows_day: bool) -> str:
    time = datetime.fromtimestamp(stage.began, UTC).strftime("%Y-%m-%d %H:%M:%S" if shows_day else "%H:%M:%S")
    later = None if stage.after is None or stage.after < 0 else f"{duration(stage.after)} later"
    took = f"took {duration(stage.ended - stage.began)}"
    return f"{time}  {stage.name}  ({', '.join(filter(None, (later, took)))})"


def duration(seconds: int) -> str:
    """`4 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`: the two largest parts."""
    parts = [(seconds // _DAY, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(shown) or "0 s"


def _written(time: str) -> str:
    return time[:19].replace("T", " ")


def _facts(console: Console, facts: Iterator[Fact] | Sequence[Fact]) -> None:
    known = [(label, clean(text)) for label, text in facts if text]
    if not console.is_terminal:
        for label, text in known:
            _line(console, f"{label:<{_LABEL}}{text}", "", indent=2)
        return
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=_LABEL - 1, no_wrap=True, style="cyan")
    table.add_column(overflow="fold", ratio=1)
    for label, text in known:
        table.add_row(Text(label), Text(text))
    console.print(Padding(table, (0, 0, 0, 2)))


def _line(console: Console, text: str, style: str, indent: int = 0) -> None:
    shown = Text(clean(text), style=style, overflow="fold")
    if console.is_terminal:
        console.print(Padding(shown, (0, 0, 0, indent)))
    else:
        console.file.write(f"{' ' * indent}{shown.plain}\n")


def print_hits(console: Console, hits: Sequence[tuple[int, Document]]) -> None:
    """Two lines for each on a terminal; in a pipe one, with tabs between number, time, from, to, subject, status,
    queue id and document id."""
    width = max(len(str(number)) for number, _ in hits)
    for number, message in hits:
        email = message.get("email", {})
        time, status = _written(message["@timestamp"]), words(message["sophos"]["utm"]["status"])
        sender, subject = email.get("sender", {}).get("address", ""), email.get("subject", "")
        to = address_list(
            email.get("to", {}).get("address", ()) or message["sophos"]["utm"].get("rejected_recipients", ())
        )
        if not console.is_terminal:
            cells = (str(number), time, sender, to, subject, status, email.get("local_id", ""), message["_id"])
            console.file.write("\t".join(map(clean, cells)) + "\n")
            continue
        head = Text.assemble(
            (f"{number:>{width}}  ", "bold"), f"{time}  ", (status, _COLORS.get(status, "red")), f"  {name_of(message)}"
        )
        console.print(head, no_wrap=True, overflow="ellipsis", crop=True)
        told = f"{sender or '(no sender)'} -> {to or '(nobody)'}{': ' if subject else ''}{subject}"
        console.print(Text(f"{'':{width}}  {clean(told)}"), no_wrap=True, overflow="ellipsis", crop=True)
