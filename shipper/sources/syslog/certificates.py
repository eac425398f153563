"""What a TLS listener shows and asks for (RFC 5425), read again when the files change."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from shipper.errors import ListenError


class CertificateFiles(msgspec.Struct, frozen=True):
    """PEM files: the own `certificate` (with what is between it and its authority), its `key`, and `client_ca`.

    With `client_ca`, clients must show a certificate of that authority; without, none is asked for.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


class Certificates:
    """A TLS context made of the files. Raises ListenError where they cannot be used."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._changed = self._times()
        self.context = _context(files)

    def renew(self) -> bool:
        """Reads changed files again, for the connections to come. Raises ListenError; what was read before stays."""
        times = self._times()
        if times == self._changed:
            return False
        self._changed = times
        self.context = _context(self._files)
        return True

    def _times(self) -> tuple[int, ...]:
        return tuple(_changed(file) for file in (self._files.certificate, self._files.key, self._files.client_ca))


def _context(files: CertificateFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key, password=lambda: "")
    except (OSError, ValueError) as error:
        what = f"cannot use the certificate {files.certificate} with the key {files.key}: {_words(error)}"
        raise ListenError(what, advice="both must be readable PEM files, the key without a password") from error
    if files.client_ca is None:
        return context
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(files.client_ca)
    except (OSError, ValueError) as error:
        what = f"cannot use the authority of clients {files.client_ca}: {_words(error)}"
        raise ListenError(what, advice="it must be a readable PEM file of certificates") from error
    return context


def _changed(file: Path | None) -> int:
    try:
        return file.stat().st_mtime_ns if file else 0
    except OSError:
        return 0


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
