"""A listener on real sockets of the loopback, run in a thread of the test."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

from shipper.sources.syslog.allowed import Allowed
from shipper.sources.syslog.certificates import CertificateFiles, Certificates
from shipper.sources.syslog.intake import Intake, Limits
from shipper.sources.syslog.listener import Listener
from shipper.sources.syslog.sender_log import Rotation
from shipper.sources.syslog.sockets import open_doors
from shipper.sources.syslog.spool import open_spool
from shipper.sources.syslog.tally import Remarks, Tally, Transport
from shipper.sources.syslog.upkeep import Upkeep

LINE = b"<30>2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 line"
PATIENCE = 20.0


class Station:
    """A running listener: its ports by transport, what it counted and said, and its spool."""

    def __init__(self, folder: Path, ports: Mapping[Transport, int], tally: Tally, said: list[str]) -> None:
        self.folder = folder
        self.ports = ports
        self.tally = tally
        self.said = said
        self.stop: Callable[[], None] = lambda: None

    def connect(self, transport: Transport = "tcp", own: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.ports[transport]), PATIENCE, source_address=(own, 0))

    def send(self, data: bytes, own: str = "127.0.0.1") -> None:
        """Over a TCP connection of its own, which is then ended."""
        with self.connect(own=own) as connection:
            connection.sendall(data)

    def send_datagrams(self, *datagrams: bytes, own: str = "127.0.0.1") -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((own, 0))
            for datagram in datagrams:
                udp.sendto(datagram, ("127.0.0.1", self.ports["udp"]))

    def lines(self, sender: str = "127.0.0.1") -> list[bytes]:
        """The sender's lines in the order of its files."""
        return spooled(self.folder, sender)

    def until(self, reached: Callable[[], object]) -> None:
        wait_until(reached)


def spooled(folder: Path, sender: str = "127.0.0.1") -> list[bytes]:
    """The sender's lines in the order of its files; what has no line end is given with a mark."""
    data = b"".join(path.read_bytes() for path in sorted((folder / sender).glob("smtp-*.log")))
    *lines, rest = data.split(b"\n")
    return [*lines, b"NOT ENDED: " + rest] if rest else lines


def wait_until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, "not reached in time"
        time.sleep(0.005)


def is_open(connection: socket.socket) -> bool:
    """False once the other side has closed."""
    connection.settimeout(0.0)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@contextmanager
def running(
    folder: Path,
    *,
    limits: Limits | None = None,
    allow: tuple[str, ...] = ("127.0.0.1", "127.0.0.2"),
    names: frozenset[str] = frozenset(),
    rotation: Rotation | None = None,
    tls: CertificateFiles | None = None,
    is_wanted: Callable[[bytes], bool] = lambda line: True,
    clean_up: Callable[[list[Path]], None] = lambda finished: None,
) -> Iterator[Station]:
    """A listener for UDP and TCP, and for TLS with files for it. It is ended, and its spool closed, with the block."""
    said: list[str] = []
    places: dict[Transport, tuple[str, int]] = {"udp": ("127.0.0.1", 0), "tcp": ("127.0.0.1", 0)}
    if tls:
        places["tls"] = ("127.0.0.1", 0)
    certificates = Certificates(tls) if tls else None
    remarks = Remarks(said.append, time.monotonic)
    with (
        open_spool(folder, rotation or Rotation(10_000_000, 3600.0), time.time, said.append) as spool,
        open_doors(places) as doors,
    ):
        allowed = Allowed(tuple(map(ip_network, allow)), names)
        intake = Intake(spool, allowed, limits or Limits(), is_wanted, remarks)
        upkeep = Upkeep(spool, certificates, remarks, lambda: None, clean_up)
        ports = {door.transport: door.socket.getsockname()[1] for door in doors}
        station = Station(folder, ports, intake.tally, said)
        with _in_a_thread(Listener(doors, intake, certificates, upkeep), station):
            yield station
        spool.close()


@contextmanager
def _in_a_thread(listener: Listener, station: Station) -> Iterator[None]:
    errors: list[BaseException] = []
    ready = threading.Event()

    async def listen() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        station.stop = lambda: loop.call_soon_threadsafe(stop.set) and None
        ready.set()
        await listener.run(stop)

    def work() -> None:
        try:
            asyncio.run(listen())
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield
    finally:
        if thread.is_alive():
            station.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert errors == []
