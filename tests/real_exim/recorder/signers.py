"""Who signs letters, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tests.real_exim.recorder.keys import DkimKey
from tests.real_exim.recorder.letters import Signer

_REVOKED = "v=DKIM1; p="


@dataclass(frozen=True)
class Signers:
    """Two whose signatures are good, and four whose are not."""

    sender: Signer
    mailing_list: Signer
    unpublished: Signer
    revoked: Signer
    unreachable: Signer
    forger: Signer

    @classmethod
    def make(cls) -> Signers:
        long, short = DkimKey.make(2048), DkimKey.make(1024)
        of_sender = partial(Signer, "sender.example")
        return cls(
            sender=of_sender("s1", long),
            mailing_list=Signer("list.example", "s2", short, "simple/relaxed"),
            unpublished=of_sender("nokey", long, broken="no key"),
            revoked=of_sender("rev", long, broken="revoked key"),
            unreachable=Signer("tempfail.example", "s9", long, broken="no answer"),
            forger=of_sender("s1", short, broken="another key"),
        )

    def records(self) -> dict[str, str]:
        """The public keys by their names in the DNS."""
        published = {_name(signer): signer.key.record for signer in (self.sender, self.mailing_list)}
        return published | {_name(self.revoked): _REVOKED}


def _name(signer: Signer) -> str:
    return f"{signer.selector}._domainkey.{signer.domain}"
