"""Gives scenarios their clients."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from tests.real_exim.notes import Answered, Notes, Session, Transaction
from tests.real_exim.recorder.client import Client
from tests.real_exim.recorder.gateway import Gateway
from tests.real_exim.recorder.letters import Letter
from tests.real_exim.recorder.names import CLIENT_NAMES, SENDER
from tests.real_exim.recorder.signers import Signers

_BETWEEN_SCENARIOS = 0.2


class Clients:
    """Every session that it gives is noted. `signers` sign letters."""

    def __init__(self, notes: Notes, gateway: Gateway, signers: Signers) -> None:
        self._notes = notes
        self._gateway = gateway
        self._scenario = ""
        self.signers = signers

    def play(self, scenario: Callable[[Clients], None]) -> None:
        """Plays a scenario; the gateway has closed its connections afterwards."""
        self._scenario = scenario.__name__.replace("_", " ")
        scenario(self)
        time.sleep(_BETWEEN_SCENARIOS)

    def connect(self, ip: str = SENDER, port: int = 25, context: ssl.SSLContext | None = None) -> Client:
        """A connection on which nothing has been said yet."""
        note = self._note(Session(self._scenario, ip, name=CLIENT_NAMES.get(ip, "")))
        return Client(note, port=port, context=context)

    def greeted(self, ip: str = SENDER, port: int = 25) -> Client:
        """A connection on which the gateway has spoken."""
        client = self.connect(ip, port)
        client.is_greeted()
        return client

    def session(
        self, ip: str = SENDER, *, helo: str = "", port: int = 25, context: ssl.SSLContext | None = None
    ) -> Client:
        """A session in which the client has said its name; with a context it is secured."""
        client = self.connect(ip, port, context)
        client.is_greeted()
        client.hello(helo or client.note.name)
        if context is not None and client.note.tls is None:
            client.start_tls(context)
        return client

    def hand_over(self, sender: str, recipient: str, sent: Letter) -> None:
        """A program on the gateway calls Exim with a message."""
        self._gateway.run("-f", sender, recipient, given=sent.content.replace(b"\r\n", b"\n"))
        self._note_handed_over(sender, recipient, sent, "250 taken")

    def hand_over_by_smtp(self, sender: str, recipient: str, sent: Letter) -> None:
        """A program on the gateway speaks SMTP with Exim over a pipe."""
        said = f"EHLO localhost\r\nMAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()
        answers = self._gateway.run("-bs", given=said + sent.content + b".\r\nQUIT\r\n").splitlines()
        self._note_handed_over(sender, recipient, sent, next(answer for answer in answers if " id=" in answer))

    def _note_handed_over(self, sender: str, recipient: str, sent: Letter, answer: str) -> None:
        told = [Answered(recipient, "250 taken")]
        done = Transaction(sender, "250 taken", time.time(), told, answer, sent.note)
        self._note(Session(self._scenario)).transactions.append(done)

    def _note(self, session: Session) -> Session:
        self._notes.sessions.append(session)
        return session
