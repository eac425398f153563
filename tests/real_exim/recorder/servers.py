"""All servers of the small world."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from tests.real_exim.notes import Notes, Refused
from tests.real_exim.recorder.answers import Answers
from tests.real_exim.recorder.keys import Certificate
from tests.real_exim.recorder.names import SERVERS
from tests.real_exim.recorder.server import Server

_BAN = "554 5.7.1 go away, H=you [192.0.2.1]"
_LONGER_THAN_THE_GATEWAY_WAITS = 20.0


def serve(notes: Notes, certificate: Certificate) -> None:
    """Starts all but that of `down.example`. They run until the program ends."""
    answers = Answers()

    def ban(connection: socket.socket) -> None:
        notes.refused.append(Refused(SERVERS["ban.example"], "@ban.example", _BAN))
        connection.sendall(f"{_BAN}\r\n".encode())

    for server in (
        Server(SERVERS["good.example"], answers, notes, tls=certificate.context()),
        Server(SERVERS["tls12.example"], answers, notes, ("PIPELINING", "CHUNKING"), certificate.only_tls_1_2()),
        Server(SERVERS["plain.example"], answers, notes),
        Server(SERVERS["sender.example"], answers, notes),
        Server(SERVERS["badtls.example"], answers, notes, garbles_tls=True),
    ):
        _listen(server.address, server.talk)
    _listen(SERVERS["silent.example"], lambda connection: time.sleep(_LONGER_THAN_THE_GATEWAY_WAITS))
    _listen(SERVERS["ban.example"], ban)


def _listen(address: str, talk: Callable[[socket.socket], None]) -> None:
    listener = socket.create_server((address, 25))
    threading.Thread(target=_accept, args=(listener, talk), daemon=True).start()


def _accept(listener: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_talk_and_close, args=(connection, talk), daemon=True).start()


def _talk_and_close(connection: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with connection:
        talk(connection)
