"""One SMTP session of a client, which notes what it sends and what it is answered."""

from __future__ import annotations

import base64
import re
import socket
import ssl
import time
from contextlib import suppress
from typing import Self

from tests.real_exim.notes import Answered, Session, Tls, Transaction
from tests.real_exim.recorder.letters import Letter, letter
from tests.real_exim.recorder.names import GATEWAY, GATEWAY_6
from tests.real_exim.recorder.text import readable

_PATIENCE = 15.0
_TLS_ON_CONNECT = 465
_MAIL = re.compile(r"MAIL FROM:<(.*)>(?: [A-Z0-9= ]+)?(?:\r|$)")
_RCPT = re.compile("RCPT TO:<(.*)>$")


class Client:
    """Connects at once. As a context manager it leaves with QUIT."""

    def __init__(self, note: Session, *, port: int = 25, context: ssl.SSLContext | None = None) -> None:
        self.note = note
        self.encoding = "utf-8"
        gateway = GATEWAY_6 if ":" in note.ip else GATEWAY
        connection = socket.create_connection((gateway, port), _PATIENCE, source_address=(note.ip, 0))
        note.port = connection.getsockname()[1]
        self._speak_on(connection)
        if context is not None and port == _TLS_ON_CONNECT:
            self._secure(context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.command("QUIT")
        self.hang_up()

    def _speak_on(self, connection: socket.socket) -> None:
        self._socket = connection
        self._stream = connection.makefile("rb")

    def _secure(self, context: ssl.SSLContext) -> None:
        secured = context.wrap_socket(self._socket, server_hostname="gw.example.com")
        suite = secured.cipher()
        self.note.tls = Tls(secured.version() or "", suite[0] if suite else "")
        self._speak_on(secured)

    # Lines and answers

    def send(self, content: bytes) -> None:
        """Whatever it is; where the gateway has closed the connection, the next answer tells."""
        with suppress(OSError):
            self._socket.sendall(content)

    def answer(self) -> str:
        """The next answer, all of its lines; "" when the connection is closed instead."""
        lines = []
        try:
            while line := readable(self._stream.readline()).rstrip("\r\n"):
                lines.append(line)
                if line[3:4] != "-":
                    break
        except OSError:
            return ""
        return "\n".join(lines)

    def is_greeted(self) -> bool:
        """Whether the gateway wants to talk at all."""
        greeting = self.answer()
        is_welcome = greeting.startswith("220")
        self.note.turned_away = "" if is_welcome else greeting
        return is_welcome

    def command(self, line: str) -> str:
        """Sends a line and gives the answer to it; an envelope is noted."""
        self.send(line.encode(self.encoding) + b"\r\n")
        answer = self.answer()
        self.note_answer(line, answer)
        return answer

    def note_answer(self, line: str, answer: str) -> None:
        """Keeps what was said to MAIL or RCPT, where these name an address."""
        if not answer:
            return
        if named := _MAIL.match(line):
            self.note.transactions.append(Transaction(named[1], answer, time.time()))
        elif (named := _RCPT.match(line)) and self.note.transactions:
            self.note.transactions[-1].recipients.append(Answered(named[1], answer))

    # What clients do

    def hello(self, name: str) -> None:
        """EHLO."""
        self.note.helo = name
        self.command(f"EHLO {name}")

    def start_tls(self, context: ssl.SSLContext) -> None:
        """STARTTLS, and EHLO again. Where both sides have no suite in common, the connection is lost."""
        if self.command("STARTTLS").startswith("220"):
            with suppress(ssl.SSLError):
                self._secure(context)
            self.hello(self.note.helo)

    def log_in(self, name: str, password: str) -> None:
        """AUTH PLAIN."""
        self.command("AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode())

    def envelope(self, sender: str, *recipients: str, options: str = "") -> bool:
        """MAIL and RCPT: whether a recipient was accepted."""
        if not self.command(f"MAIL FROM:<{sender}>{options}").startswith("250"):
            return False
        return [self.command(f"RCPT TO:<{address}>")[:3] for address in recipients].count("250") > 0

    def mail(self, sender: str, *recipients: str, sent: Letter | None = None, options: str = "") -> None:
        """A whole transaction; it is given up where no recipient is accepted."""
        if not self.envelope(sender, *recipients, options=options):
            self.command("RSET")
        elif self.command("DATA").startswith("354"):
            sent = sent or letter()
            self.send(sent.content + b".\r\n")
            self.end_of_data(sent)

    def mail_in_chunks(self, sender: str, recipient: str, sent: Letter) -> None:
        """A transaction with BDAT."""
        self.envelope(sender, recipient)
        half = len(sent.content) // 2
        self.send(b"BDAT %d\r\n%b" % (half, sent.content[:half]))
        self.answer()
        self.send(b"BDAT %d LAST\r\n%b" % (len(sent.content) - half, sent.content[half:]))
        self.end_of_data(sent)

    def end_of_data(self, sent: Letter) -> None:
        """Waits for the answer to a letter."""
        transaction = self.note.transactions[-1]
        transaction.letter = sent.note
        transaction.answer = self.answer()
        if transaction.answer.startswith("353"):
            transaction.recipients = [self._answer_for(each) for each in transaction.recipients]
            transaction.answer = self.answer()
        transaction.time = time.time()

    def _answer_for(self, told: Answered) -> Answered:
        """With PRDR each recipient that was accepted gets an answer to the data."""
        return Answered(told.address, self.answer()) if told.answer.startswith("250") else told

    def hang_up(self) -> None:
        """Closes the connection without a word."""
        self._socket.close()
        self._stream.close()
