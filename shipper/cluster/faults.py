"""From a client library's exception to one line: what happened, where, and what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from shipper.cluster.connection import ConnectionSettings, Host
from shipper.cluster.interface import UnreachableError

_PLAIN_HTTP = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")


def unreachable(error: BaseException, host: Host, settings: ConnectionSettings) -> UnreachableError:
    """The typed error for a request that got no answer."""
    for cause in causes(error):
        if (told := _explain(cause, host, settings)) is not None:
            return UnreachableError(f"{host.url}: {told[0]}", advice=told[1])
    return UnreachableError(
        f"{host.url}: the connection broke ({_innermost(error)})",
        advice="check that the server is up and that nothing between cuts connections",
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything that it wraps, outermost first, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args, *getattr(one, "errors", ())]
        waiting += [item for item in inner if isinstance(item, BaseException)]


def _explain(cause: BaseException, host: Host, settings: ConnectionSettings) -> tuple[str, str] | None:
    match cause:
        case socket.gaierror():
            return f"the name {host.name} is not known", "check the host name in the URL"
        case ConnectionRefusedError():
            return "connection refused", "check that the server is up and that host and port are right"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({cause.verify_message})", _certificate_advice(settings)
        case ssl.SSLError():
            return _explain_tls(cause)
        case TimeoutError():
            return (
                f"no answer within {settings.timeout:g} s",
                "check network and firewall, or give it more time (timeout)",
            )
    return _explain_by_name(cause, settings)


def _explain_tls(cause: ssl.SSLError) -> tuple[str, str]:
    if any(word in str(cause) for word in _PLAIN_HTTP):
        return "it does not speak TLS", "use http:// in the URL if the server has no TLS"
    return f"TLS failed ({cause.reason or cause})", "check the TLS settings of both sides"


def _explain_by_name(cause: BaseException, settings: ConnectionSettings) -> tuple[str, str] | None:
    """urllib3 does not chain every timeout to the built-in one."""
    if type(cause).__name__ in {"ConnectTimeoutError", "ReadTimeoutError", "ConnectionTimeout"}:
        return _explain(TimeoutError(), Host("", "", 0, "", None, ""), settings)
    return None


def _certificate_advice(settings: ConnectionSettings) -> str:
    if settings.ca_file is None:
        return "name your own authority's certificate (ca_file)"
    return f"check that {settings.ca_file} holds the authority that signed it, and the host name in the URL"


def _innermost(error: BaseException) -> str:
    *_, last = causes(error)
    return " ".join(f"{type(last).__name__}: {last}".split())[:200]
