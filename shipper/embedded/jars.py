"""The class path of the embedded node: the jars listed in `jars.txt`, kept in the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import platformdirs

from shipper.embedded.download import fetch

OPENSEARCH_VERSION = "3.4.0"

_PARALLEL_DOWNLOADS = 8


class Jar(msgspec.Struct, frozen=True):
    """One jar: its path below Maven Central's root and its SHA-256 in hexadecimal."""

    sha256: str
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def jar_cache() -> Path:
    """The folder that keeps the jars between runs, below the user's cache folder."""
    return platformdirs.user_cache_path("utm-shipper") / f"opensearch-{OPENSEARCH_VERSION}"


def listed_jars() -> list[Jar]:
    """What the node needs, in the order of the class path."""
    text = Path(__file__).with_name("jars.txt").read_text(encoding="ascii")
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return [Jar(sha256, path) for sha256, path in rows]


def fetch_jars(on_progress: Callable[[str], None], cache: Path | None = None) -> list[Path]:
    """Gives the jars' local paths and downloads the missing ones; raises `DownloadError`."""
    folder = cache or jar_cache()
    jars = listed_jars()
    missing = [jar for jar in jars if not (folder / jar.name).exists()]
    if missing:
        on_progress(f"fetching the node's jars ({len(missing)} of {len(jars)}, about 60 MB in all, once) into {folder}")
        _fetch_all(missing, folder)
    return [folder / jar.name for jar in jars]


def _fetch_all(jars: list[Jar], folder: Path) -> None:
    pool = ThreadPoolExecutor(_PARALLEL_DOWNLOADS)
    try:
        list(pool.map(lambda jar: fetch(jar.path, folder, jar.sha256), jars))
    finally:
        pool.shutdown(cancel_futures=True)
