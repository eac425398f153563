"""What an administrator does with the queue when everything has been tried twice."""

from __future__ import annotations

from tests.real_exim.notes import Notes
from tests.real_exim.recorder.gateway import Gateway
from tests.real_exim.recorder.passed_on import TO_BE_CANCELLED, TO_BE_REMOVED


def take_off_the_queue(gateway: Gateway, notes: Notes) -> None:
    """Handles one message in every way and removes it, and cancels another."""
    removed, cancelled = _queue_id(notes, TO_BE_REMOVED), _queue_id(notes, TO_BE_CANCELLED)
    for option, *rest in (
        ("-Mf",),
        ("-Mt",),
        ("-Mes", "changed@sender.example"),
        ("-Mar", "bob@in.example.com"),
        ("-Mmd", "bob@in.example.com"),
        ("-Mrm",),
    ):
        gateway.run(option, removed, *rest)
    gateway.run("-Mg", cancelled)
    notes.removed += [removed, cancelled]


def _queue_id(notes: Notes, subject: str) -> str:
    for session in notes.sessions:
        for transaction in session.transactions:
            if transaction.letter and transaction.letter.subject == subject and transaction.queue_id:
                return transaction.queue_id
    raise LookupError(subject)
