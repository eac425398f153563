"""What clients send: small letters, some of them signed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import dkim

from tests.real_exim import notes
from tests.real_exim.recorder.keys import DkimKey

_NUMBERS = itertools.count(1)
_SIGNED_FIELDS = [b"from", b"to", b"subject", b"message-id"]


@dataclass(frozen=True)
class Letter:
    """The bytes, and the note of what they say."""

    note: notes.Letter
    content: bytes


def letter(
    subject: str = "hello", *, header: str | None = None, message_id: str = "", fields: str = "", lines: int = 1
) -> Letter:
    """`header` is the subject as it is encoded; `fields` are further header fields, each with its line end."""
    message_id = message_id or f"{next(_NUMBERS)}.x@sender.example"
    content = (
        f"From: a@sender.example\r\nTo: b@good.example\r\nSubject: {header or subject}\r\n"
        f"Message-ID: <{message_id}>\r\nDate: Mon, 23 Nov 2026 07:00:00 +0000\r\n{fields}\r\n" + "Text\r\n" * lines
    )
    return Letter(notes.Letter(message_id, subject), content.encode())


@dataclass(frozen=True)
class Signer:
    """A domain's selector with its key. `broken` says why its signatures fail when they are not changed afterwards."""

    domain: str
    selector: str
    key: DkimKey
    canonicalization: str = "relaxed/simple"
    broken: str = ""

    def sign(self, sent: Letter) -> Letter:
        """The letter with a signature on top."""
        signature = dkim.sign(
            sent.content,
            self.selector.encode(),
            self.domain.encode(),
            self.key.pem,
            canonicalize=tuple(self.canonicalization.encode().split(b"/")),
            include_headers=_SIGNED_FIELDS,
        )
        made = notes.Signature(self.domain, self.selector, self.canonicalization, self.key.bits, self.broken)
        note = replace(sent.note, signatures=[made, *sent.note.signatures])
        return Letter(note, signature + sent.content)


def with_another_body(signed: Letter) -> Letter:
    """What somebody appended to on the way."""
    return Letter(_broken(signed, "body"), signed.content + b"more\r\n")


def with_another_subject(signed: Letter, subject: str) -> Letter:
    """What somebody rewrote the subject of on the way."""
    content = signed.content.replace(signed.note.subject.encode(), subject.encode())
    return Letter(replace(_broken(signed, "header"), subject=subject), content)


def _broken(signed: Letter, how: str) -> notes.Letter:
    return replace(signed.note, signatures=[replace(made, broken=how) for made in signed.note.signatures])
