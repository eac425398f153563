"""The process that holds the Java machine and in it the node. Run as a script by `EmbeddedNode`, never imported.

Protocol: the first line of standard input is the order (JSON); the answer on standard output is one JSON line
`{"http_port": N}` once the node listens; the end of standard input, or of the parent, ends the node. Whatever Java
prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import jpype

_BUILDER = "org.codelibs.opensearch.runner.OpenSearchRunner$Builder"
_CLOSE_SECONDS = 20
_WATCH_SECONDS = 1.0

_LOG4J = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def main() -> None:
    parent = os.getppid()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.loads(sys.stdin.buffer.readline())
    watcher = threading.Thread(target=_end_with_parent, args=(parent, order), daemon=True)
    watcher.start()
    _start_java(order)
    runner = _start_node(order)
    _closing.append(runner)
    print(json.dumps({"http_port": _http_port(runner)}), file=answers, flush=True)
    watcher.join()


_closing: list[Any] = []


def _end_with_parent(parent: int, order: dict[str, Any]) -> None:
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _WATCH_SECONDS)
        if readable and not os.read(0, 4096):
            break
    _close(order)


def _close(order: dict[str, Any]) -> None:
    closer = threading.Thread(target=lambda: [runner.close() for runner in _closing], daemon=True)
    if not order["temporary"]:
        closer.start()
        closer.join(_CLOSE_SECONDS)
    else:
        shutil.rmtree(order["home"], ignore_errors=True)
    os._exit(0)


def _start_java(order: dict[str, Any]) -> None:
    jpype.startJVM(order["jvm"], *order["java_options"], classpath=order["classpath"], convertStrings=True)


def _start_node(order: dict[str, Any]) -> Any:
    config = Path(order["home"], "node_1", "config")
    config.mkdir(parents=True, exist_ok=True)
    (config / "log4j2.properties").write_text(_LOG4J, encoding="ascii")

    def put_settings(_number: int, builder: Any) -> None:
        for name, value in order["settings"].items():
            builder.put(name, value)
        builder.putList("node.roles", *order["roles"])

    runner_class = jpype.JClass("org.codelibs.opensearch.runner.OpenSearchRunner")
    runner = runner_class()
    runner.setMaxHttpPort(-1)
    runner.onBuild(jpype.JProxy(_BUILDER, dict={"build": put_settings}))
    runner.build(runner_class.newConfigs().basePath(order["home"]).numOfNode(1).clusterName(order["cluster_name"]))
    return runner


def _http_port(runner: Any) -> int:
    transport = runner.getNode(0).injector().getInstance(jpype.JClass("org.opensearch.http.HttpServerTransport"))
    return int(transport.boundAddress().publishAddress().getPort())


if __name__ == "__main__":
    main()
