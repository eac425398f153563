"""The envelope of a message: sender, recipients, client, and how it was received."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from shipper.documents.delivery import Delivery
from shipper.documents.direction import direction
from shipper.documents.domains import domain_of
from shipper.documents.lines import Lines, first_stated
from shipper.documents.outcome import refusals
from shipper.documents.shape import known
from shipper.model import Fields, StageEvent

_SRS = re.compile(r'"?SRS[01][=+-]', re.IGNORECASE)
_SENDER = "email.sender.address"
_CLIENT = ("source.ip", "source.address", "source.port", "source.domain", "sophos.utm.helo")


class Envelope:
    """`sender` is as smtpd logs it (it removes SRS), `recipients` are the accepted, `rejected` the refused ones."""

    def __init__(self, lines: Lines, delivered: Sequence[Delivery]) -> None:
        self._lines = lines
        self._arrived = lines.of_any("message-received", "bounce-created")
        self._scans = [event for event in lines.of_any("scan-started", "disposition") if event.stage == "smtpd"]
        self._logged_sender = self._logged(lines)
        self.sender: str | None = first_stated(self._scans, _SENDER) or self._logged_sender
        self.recipients = _accepted(lines, delivered)
        self.rejected = _rejected(lines, self.recipients)

    def _logged(self, lines: Lines) -> str | None:
        """As exim-in logged it, or exim-out that of a bounce."""
        sender: str | None = first_stated(self._arrived, _SENDER)
        return first_stated(lines.reception, _SENDER) if sender is None else sender

    def email(self, root: str | None, local_domains: Collection[str]) -> dict[str, Any]:
        """`email.*` of the document."""
        sender, recipients = self.sender, self.recipients
        return known(
            {
                "local_id": root,
                "message_id": first_stated(self._lines.all, "email.message_id"),
                "subject": self._subject(),
                "sender": None if sender is None else {"address": sender},
                "to": {"address": recipients} if recipients else None,
                "direction": direction(sender, [*recipients, *self.rejected], local_domains),
            }
        )

    def _subject(self) -> str | None:
        """As the last SecureMail line has it."""
        subject: str | None = first_stated(reversed(self._lines.judged), "email.subject")
        return subject or first_stated(self._arrived, "email.subject")

    def utm(self) -> dict[str, Any]:
        """What `sophos.utm.*` has of the envelope; None and empty objects in it are not known. Sizes are in bytes."""
        arrived = self._arrived
        return {
            "rejected_recipients": self.rejected,
            "sender": self._sender(),
            "size": known(
                {
                    "received": first_stated(arrived, "sophos.utm.size.received"),
                    "scanned": first_stated(self._scans, "sophos.utm.size.scanned"),
                }
            ),
            "protocol": first_stated(arrived, "sophos.utm.protocol"),
            "authenticator": first_stated(arrived, "sophos.utm.authenticator"),
            "authenticated_id": first_stated(arrived, "sophos.utm.authenticated_id"),
        }

    def _sender(self) -> dict[str, Any]:
        sender, logged = self.sender, self._logged_sender
        found: dict[str, Any] = {}
        if sender and (domain := domain_of(sender)):
            found["domain"] = domain.lower()
        if logged is not None:
            found |= {"envelope": logged, "srs": _SRS.match(logged) is not None}
        if sender is not None:
            found["null"] = sender == "<>"
        return found


def _accepted(lines: Lines, delivered: Sequence[Delivery]) -> list[str]:
    """Accepted envelope recipients; where no such line is known, what later lines name."""
    if not lines.has("bounce-created"):
        for action in ("recipient-accepted", "message-received", "disposition", "message-abandoned"):
            if named := _named(lines.of(action)):
                return _without(named, _refused_after_data(lines))
    return _distinct([delivery.recipient for delivery in delivered])


def _rejected(lines: Lines, accepted: Sequence[str]) -> list[str]:
    """Recipients that were refused and not accepted as well."""
    return _without(_named(refusals(lines)), accepted)


def _refused_after_data(lines: Lines) -> list[str]:
    """Recipients that RCPT took and the answer to DATA refused one by one (PRDR)."""
    return _named(event for event in lines.of("rejected") if event.kind == "recipient-rejected-after-data")


def _without(addresses: list[str], others: Sequence[str]) -> list[str]:
    if not addresses or not others:
        return addresses
    left_out = {address.casefold() for address in others}
    return [address for address in addresses if address.casefold() not in left_out]


def _named(events: Iterable[StageEvent]) -> list[str]:
    return _distinct([address for event in events for address in event.fields.get("email.to.address", ())])


def _distinct(addresses: list[str]) -> list[str]:
    if len(addresses) < 2:
        return addresses
    return list({address.casefold(): address for address in reversed(addresses)}.values())[::-1]


def client(lines: Lines) -> Fields:
    """The client: from the "<=" line, else from any line of the session, else from the scanner's."""
    arrived = [event for event in lines.of("message-received") if event.stage == "exim-in"]
    ordered = [*arrived, *lines.reception] if arrived else [*lines.reception, *lines.of("disposition")]
    return {path: value for path in _CLIENT if (value := first_stated(ordered, path)) is not None}
