"""Files from Maven Central into a cache folder, each checked against its digest before it gets its final name."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from shipper.errors import ShipperError

MAVEN_CENTRAL = "https://repo1.maven.org/maven2/"

_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 1 << 20
_TRIES = 3


class DownloadError(ShipperError):
    """A file could not be had from Maven Central, or was not the expected one."""

    exit_code = 5


def fetch(path: str, into: Path, sha256: str) -> Path:
    """Gives the local copy of Maven Central's `path`, fetched on first use.

    The usual proxy and certificate environment variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...) are honoured. Raises
    `DownloadError`.
    """
    target = into / Path(path).name
    tries = 0
    while not target.exists():
        tries += 1
        try:
            _download(path, target, sha256)
        except (OSError, http.client.HTTPException) as error:
            if tries == _TRIES or (isinstance(error, urllib.error.HTTPError) and error.code < 500):
                raise _unobtainable(path, error) from error
    return target


def _download(path: str, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            found = _copy(MAVEN_CENTRAL + path, file)
        if found != sha256:
            raise DownloadError(
                f"{MAVEN_CENTRAL}{path} has the SHA-256 {found} instead of {sha256}",
                advice="try again; if it stays so, something on the way changes the file",
            )
        partial.chmod(0o644)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _copy(url: str, file: BinaryIO) -> str:
    """Gives the SHA-256 of what it wrote."""
    found = hashlib.sha256()
    with urllib.request.build_opener().open(url, timeout=_TIMEOUT_SECONDS) as answer:
        while chunk := answer.read(_CHUNK_BYTES):
            found.update(chunk)
            file.write(chunk)
    return found.hexdigest()


def _unobtainable(path: str, error: Exception) -> DownloadError:
    reason = getattr(error, "reason", None) or error
    return DownloadError(
        f"cannot fetch {MAVEN_CENTRAL}{path}: {reason}",
        advice="check that Maven Central can be reached (HTTPS_PROXY and SSL_CERT_FILE are honoured) and try again",
    )
