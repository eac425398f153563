"""The ground on which a recording is made: addresses, folders and devices that nothing outside sees."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

CONFIGURATION, SPOOL = "etc/exim4", "var/spool/exim-recording"
"""Within the gateway's root folder."""

_RESOLVER = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")


class Ground:
    """Own folders below `root`, the folder in which the gateway sees its files. They end with the program."""

    def __init__(self, root: Path) -> None:
        if _is_shared("net") or _is_shared("mnt"):
            raise SystemExit("It needs namespaces of its own: unshare --mount --net python -m ...")
        self._root = root
        self.configuration, self.spool = self._own_folder(CONFIGURATION), self._own_folder(SPOOL)
        self.log_socket = self._own_devices() / "log"
        self._own_resolver()

    def _own_folder(self, path: str) -> Path:
        folder = self._root / path
        folder.mkdir(parents=True, exist_ok=True)
        return _empty(folder)

    def _own_devices(self) -> Path:
        """Devices without the machine's own log."""
        made = self.configuration / "devices"
        made.mkdir()
        for name in _DEVICES:
            (made / name).touch()
            _run("mount", "--bind", f"/dev/{name}", made / name)
        _run("mount", "--rbind", made, self._root / "dev")
        return self._root / "dev"

    def _own_resolver(self) -> None:
        made = self.configuration / "resolv.conf"
        made.write_text(_RESOLVER)
        seen = self._root / "etc/resolv.conf"
        seen.touch()
        _run("mount", "--bind", made, seen)


def add_addresses(addresses: Iterable[str]) -> None:
    """Gives this machine's own loopback interface these addresses."""
    _run("ip", "link", "set", "lo", "up")
    for address in addresses:
        options = ["nodad"] if ":" in address else []
        _run("ip", "address", "add", f"{address}/{64 if options else 24}", "dev", "lo", *options)


def _empty(folder: Path) -> Path:
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "recording", folder)
    return folder


def _is_shared(kind: str) -> bool:
    """Whether this program's namespace is that of the program which started it."""
    return Path(f"/proc/self/ns/{kind}").readlink() == Path(f"/proc/{os.getppid()}/ns/{kind}").readlink()


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
