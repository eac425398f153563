"""Files from Maven Central into a cache folder, each checked against its digest before it gets its final name."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from shipper.errors import ShipperError

MAVEN_CENTRAL = "https://repo1.maven.org/maven2/"

_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 1 << 20
_TRIES = 3


class DownloadError(ShipperError):
    """A file could not be had from Maven Central, or was not the expected one."""

    exit_code = 5


def fetch(path: str, into: Path, *, sha256: str | None = None) -> Path:
    """Gives the local copy of Maven Central's `path`, fetched on first use.

    Without `sha256` the digest is read from the `.sha512` file beside the artifact. The usual proxy and certificate
    environment variables (`HTTPS_PROXY`, `SSL_CERT_FILE`, ...) are honoured. Raises `DownloadError`.
    """
    target = into / Path(path).name
    if target.exists():
        return target
    algorithm, digest = ("sha256", sha256) if sha256 else ("sha512", _published_digest(path))
    into.mkdir(parents=True, exist_ok=True)
    _download(path, target, algorithm, digest)
    return target


def _published_digest(path: str) -> str:
    with _open(path + ".sha512") as answer:
        return str(answer.read().decode("ascii").split()[0])


def _download(path: str, target: Path, algorithm: str, digest: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, _open(path) as answer:
            found = hashlib.new(algorithm)
            while chunk := answer.read(_CHUNK_BYTES):
                found.update(chunk)
                file.write(chunk)
        if found.hexdigest() != digest:
            raise DownloadError(
                f"{MAVEN_CENTRAL}{path} has the {algorithm} digest {found.hexdigest()} instead of {digest}",
                advice="try again; if it stays so, a proxy in between changes the file",
            )
        partial.chmod(0o644)
        partial.replace(target)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _open(path: str) -> http.client.HTTPResponse:
    for _ in range(_TRIES - 1):
        try:
            return _request(path)
        except urllib.error.HTTPError as error:
            if error.code < 500:
                raise _unreachable(path, error) from error
        except OSError:
            pass
    try:
        return _request(path)
    except OSError as error:
        raise _unreachable(path, error) from error


def _request(path: str) -> http.client.HTTPResponse:
    answer: http.client.HTTPResponse = urllib.request.urlopen(MAVEN_CENTRAL + path, timeout=_TIMEOUT_SECONDS)
    return answer


def _unreachable(path: str, error: Exception) -> DownloadError:
    reason = getattr(error, "reason", None) or error
    return DownloadError(
        f"cannot fetch {MAVEN_CENTRAL}{path}: {reason}",
        advice="check that Maven Central can be reached (HTTPS_PROXY and SSL_CERT_FILE are honoured) and try again",
    )
