"""The process that holds the Java machine and in it the node. Run as a script by `EmbeddedNode`, never imported.

Protocol: the first line of standard input is the order (JSON). The answer on standard output is one JSON line:
`{"http_port": N}` once the node listens, or `{"trouble": "why not"}`. The end of standard input, or of the parent,
ends the node. Whatever Java prints goes to standard error.
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
    runners: list[Any] = []
    watcher = threading.Thread(target=_end_with_parent, args=(parent, order, runners), daemon=True)
    watcher.start()
    _start_java(order)
    try:
        runner = _start_node(order)
    except jpype.JException as error:
        print(json.dumps({"trouble": _causes(error)}), file=answers, flush=True)
    else:
        runners.append(runner)
        print(json.dumps({"http_port": _http_port(runner)}), file=answers, flush=True)
    watcher.join()


def _causes(error: Any) -> str:
    causes = []
    while error is not None:
        causes.append(f"{error.getClass().getSimpleName()}: {error.getMessage()}")
        error = error.getCause()
    return " | ".join(causes[-2:])


def _end_with_parent(parent: int, order: dict[str, Any], runners: list[Any]) -> None:
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _WATCH_SECONDS)
        if readable and not os.read(0, 4096):
            break
    if order["temporary"]:
        shutil.rmtree(order["home"], ignore_errors=True)
    else:
        _close(runners)
    os._exit(0)


def _close(runners: list[Any]) -> None:
    closer = threading.Thread(target=lambda: [runner.close() for runner in runners], daemon=True)
    closer.start()
    closer.join(_CLOSE_SECONDS)


def _start_java(order: dict[str, Any]) -> None:
    try:
        jpype.startJVM(order["jvm"], *order["java_options"], classpath=order["classpath"], convertStrings=True)
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))


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
