"""A mail server that the gateway delivers to: it notes what it took and what it refused."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from tests.real_exim.notes import Notes, Refused, Taken, Tls
from tests.real_exim.recorder.answers import CLOSE, Answers
from tests.real_exim.recorder.taking import note_taken
from tests.real_exim.recorder.text import readable

_NO_TLS_RECORD = b"garbage!!" * 9


@dataclass(frozen=True)
class Server:
    """Where it is and what it can do. `garbles_tls`: it offers TLS, and then sends what is none."""

    address: str
    answers: Answers
    notes: Notes
    capabilities: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    garbles_tls: bool = False

    def talk(self, connection: socket.socket) -> None:
        """Leads a whole session."""
        _Talk(self, connection).lead()


class _Talk:
    def __init__(self, server: Server, connection: socket.socket) -> None:
        self._server = server
        self._tls: Tls | None = None
        self._speak_on(connection)
        self._begin()

    def _speak_on(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rwb")

    def _begin(self) -> None:
        self._content = b""
        self._recipients: list[str] = []
        self._refused: list[str] = []

    def lead(self) -> None:
        self._say("220 ready")
        while line := self._stream.readline():
            answer = self._answer(readable(line))
            if answer == CLOSE:
                return
            self._say(answer)
            if answer.startswith("221"):
                self._close_tls()
                return
            if answer.startswith("220") and not self._starts_tls():
                return

    def _say(self, answer: str) -> None:
        self._stream.write(answer.replace("\n", "\r\n").encode("latin-1") + b"\r\n")
        self._stream.flush()

    def _answer(self, line: str) -> str:
        verb = line[:4].upper()
        if verb == "EHLO":
            return self._offers()
        if verb == "STAR":
            return "220 go ahead"
        if verb == "MAIL":
            self._begin()
        if verb == "RCPT":
            return self._recipient(_address(line))
        if verb == "DATA":
            return self._data()
        if verb == "BDAT":
            return self._chunk(line)
        return "221 bye" if verb == "QUIT" else "250 OK"

    def _offers(self) -> str:
        server = self._server
        offers_tls = server.garbles_tls or (server.tls and not self._tls)
        offers = ["receiver", "8BITMIME", "SMTPUTF8", *server.capabilities, *(["STARTTLS"] if offers_tls else [])]
        return "\n".join(f"250-{offer}" for offer in offers[:-1]) + f"\n250 {offers[-1]}"

    def _starts_tls(self) -> bool:
        if self._server.tls is None:
            self._connection.recv(999)
            self._connection.sendall(_NO_TLS_RECORD)
            return False
        secured = self._server.tls.wrap_socket(self._connection, server_side=True)
        suite = secured.cipher()
        self._tls = Tls(secured.version() or "", suite[0] if suite else "")
        self._speak_on(secured)
        return True

    def _close_tls(self) -> None:
        if isinstance(self._connection, ssl.SSLSocket):
            with suppress(OSError):
                self._connection.unwrap()

    def _recipient(self, address: str) -> str:
        answer = self._server.answers.to_recipient(address)
        if answer.startswith("250"):
            self._recipients.append(address)
        else:
            self._note_refusal(address, answer)
        return answer

    def _data(self) -> str:
        self._say("354 go on")
        return self._take(b"".join(iter(self._stream.readline, b".\r\n")))

    def _chunk(self, line: str) -> str:
        size, *last = line.split()[1:]
        self._content += self._stream.read(int(size))
        return self._take(self._content) if last else "250 OK"

    def _take(self, content: bytes) -> str:
        server = self._server
        answer = server.answers.to_data(self._recipients)
        if answer.startswith("250"):
            note_taken(server.notes, Taken(server.address, answer, self._tls), content, self._refused)
        else:
            for address in self._recipients:
                self._note_refusal(address, answer)
        return answer

    def _note_refusal(self, address: str, answer: str) -> None:
        self._refused.append(address)
        if answer != CLOSE:
            self._server.notes.refused.append(Refused(self._server.address, address, answer, self._tls))


def _address(line: str) -> str:
    found = re.search("<(.*)>", line)
    return found[1] if found else ""
