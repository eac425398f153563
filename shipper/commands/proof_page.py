"""A TLS statement as a page."""

from __future__ import annotations

from shipper.commands.proof_text import digest, facts, moment, other_end, session
from shipper.pages import page
from shipper.proof.statement import Statement

_CLASSES = {"meets": "good", "exceptions": "bad", "nothing proven": ""}


def statement_page(statement: Statement) -> str:
    """HTML that opens from disk and prints."""
    return page(
        "proof.html",
        version=statement.version,
        title=f"TLS statement: {', '.join(statement.question.partners)}",
        statement=statement,
        verdict_class=_CLASSES[statement.outcome],
        facts=list(facts(statement)),
        digest=digest,
        moment=moment,
        other_end=other_end,
        session=session,
    )
