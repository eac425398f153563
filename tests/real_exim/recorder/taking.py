"""What is noted of a message that a receiver took."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from tests.real_exim.notes import Bounce, Notes, Taken
from tests.real_exim.recorder.text import readable, unescaped

_QUEUE_ID = re.compile(rb"^[ \t]+id ([\w-]+)", re.MULTILINE)


def note_taken(notes: Notes, taken: Taken, content: bytes, refused: Collection[str] = ()) -> None:
    """Keeps what its header says. Its queue id is in the first `Received`; a bounce has a copy of what it returns.

    The header names the recipients that were `refused` on the way here as well.
    """
    ids = [found.decode() for found in _QUEUE_ID.findall(content)]
    taken.queue_id, taken.message_id = ids[0], _header(content, "Message-ID").strip("<>")
    taken.recipients = [address for address in _addresses(content, "Envelope-to") if address not in refused]
    if failed := _addresses(content, "X-Failed-Recipients"):
        taken.bounce = Bounce(_header(content, "Subject"), failed, ids[1])
    notes.taken.append(taken)


def note_mailbox(notes: Notes, path: Path) -> None:
    """Every message that the gateway itself has put into a file."""
    for content in re.split(rb"^From .*\n", path.read_bytes(), flags=re.MULTILINE)[1:]:
        note_taken(notes, Taken(path.name), content)


def _addresses(content: bytes, name: str) -> list[str]:
    return [address for address in re.split(r",\s*", _header(content, name)) if address]


def _header(content: bytes, name: str) -> str:
    """The field's value, or ""."""
    found = re.search(rb"(?im)^%b:[ \t]*(.*(?:\r?\n[ \t].*)*)" % name.encode(), content)
    return re.sub(r"\r?\n[ \t]+", " ", readable(unescaped(found[1]))).strip() if found else ""
