"""What both products share on the wire: login, gzip, several hosts. How bytes travel is the adapter's."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

from shipper.cluster.connection import ConnectionSettings, Host
from shipper.cluster.interface import Answer, UnreachableError

CONNECTIONS_PER_HOST = 16
_WORTH_COMPRESSING = 1024
# Level 1 is five times as fast as the libraries' level 9 and leaves JSON a few per cent larger.
_GZIP_LEVEL = 1


class Sender(Protocol):
    """One host, reached through one client library. Raises `UnreachableError` when no whole answer came."""

    @property
    def host(self) -> Host: ...

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Answer: ...

    def close(self) -> None: ...


class HttpCluster:
    """A `Cluster` over one or more hosts, which take turns."""

    def __init__(self, product: str, version: str, senders: tuple[Sender, ...], settings: ConnectionSettings) -> None:
        self.product = product
        self.version = version
        self.where = ", ".join(sender.host.url for sender in senders)
        self._senders = senders
        self._settings = settings
        self._turn = itertools.count()

    def __repr__(self) -> str:
        return f"HttpCluster({self.product} {self.version} at {self.where})"

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        target = f"{path}?{urlencode(params)}" if params else path
        headers = {"content-type": content_type} if body is not None else {}
        if self._settings.compress:
            headers["accept-encoding"] = "gzip"
        if self._settings.compress and body is not None and len(body) >= _WORTH_COMPRESSING:
            body = gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
            headers["content-encoding"] = "gzip"
        return self._send_to_one(method, target, headers, body)

    def _send_to_one(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> Answer:
        first = next(self._turn)
        for attempt in range(len(self._senders)):
            sender = self._senders[(first + attempt) % len(self._senders)]
            login = {"authorization": sender.host.authorization} if sender.host.authorization else {}
            try:
                return sender.send(method, target, headers | login, body)
            except UnreachableError as error:
                last = error
        raise last

    def close(self) -> None:
        for sender in self._senders:
            sender.close()
