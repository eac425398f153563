"""Keys and certificates, made anew for each recording: the `openssl` command makes them."""

from __future__ import annotations

import base64
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SUBJECT = '/CN=gw.example.com/O=Gate, "Way"'
"""With characters that a log must quote."""


@dataclass(frozen=True)
class Certificate:
    """One for the gateway and for all servers: no one checks it."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        made = cls(folder / "certificate.pem", folder / "key.pem")
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", _SUBJECT,
                 "-keyout", made.key, "-out", made.certificate)  # fmt: skip
        made.key.chmod(0o644)
        return made

    def context(self) -> ssl.SSLContext:
        """For servers."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def only_tls_1_2(self) -> ssl.SSLContext:
        """For an old server: one suite, without forward secrecy."""
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES256-GCM-SHA384")
        return context


@dataclass(frozen=True)
class DkimKey:
    """An RSA key for signatures; `pem` is the private half."""

    bits: int
    pem: bytes

    @classmethod
    def make(cls, bits: int) -> DkimKey:
        return cls(bits, _openssl("genrsa", str(bits)))

    @property
    def record(self) -> str:
        """The text under which it is published."""
        public = _openssl("rsa", "-pubout", "-outform", "DER", given=self.pem)
        return "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


def _openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout
