"""Reading answers: JSON, the cluster's own words, and the typed error for an answer that is a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from shipper.cluster.interface import Answer, Cluster, UnavailableError
from shipper.errors import AuthenticationError, ClusterError


def read_json(answer: Answer) -> dict[str, Any] | None:
    """The answer's JSON object; None where the body is anything else."""
    try:
        decoded = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return decoded if isinstance(decoded, dict) else None


def error_type(answer: Answer) -> str:
    """The type of the error that the answer states, such as `cluster_block_exception`; empty where it states none."""
    error = (read_json(answer) or {}).get("error")
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def words(answer: Answer) -> str:
    """One line of what the cluster (or what stands before it) said."""
    error = (read_json(answer) or {}).get("error")
    if isinstance(error, dict):
        return describe(error)
    text = error if isinstance(error, str) else answer.body[:200].decode("utf-8", "replace")
    return " ".join(text.split()) or "no explanation"


def describe(error: Mapping[str, Any]) -> str:
    """`type: reason` of an error object, with its causes, in the cluster's own words."""
    told = f"{error.get('type', 'error')}: {error.get('reason') or 'no reason given'}"
    cause = error.get("caused_by") or next(iter(error.get("root_cause", ())), None)
    if isinstance(cause, dict) and cause.get("reason") != error.get("reason"):
        told += f"; caused by {describe(cause)}"
    return " ".join(told.split())


def refusal(answer: Answer, doing: str) -> ClusterError:
    """The typed error for an answer that refuses `doing` (such as `PUT /_index_template/x`)."""
    if answer.status == 401:
        return AuthenticationError(
            f"{answer.url} refused the credentials (401)",
            advice="check user name and password, or the API key",
        )
    if answer.status == 403:
        return AuthenticationError(
            f"{answer.url} does not allow {doing} (403: {words(answer)})",
            advice="give the user the rights that the documentation lists",
        )
    kind = UnavailableError if answer.status == 429 or answer.status >= 500 else ClusterError
    return kind(
        f"{answer.url} answered {doing} with {answer.status} ({words(answer)})",
        advice="see the cluster's log for the cause",
    )


def ask(
    cluster: Cluster, method: str, path: str, *, body: bytes | None = None, also: tuple[int, ...] = ()
) -> dict[str, Any] | None:
    """Calls and gives the answer's JSON; None for a status in `also`. Raises what `refusal` gives for any other."""
    answer = cluster.call(method, path, body=body)
    if answer.status in also:
        return None
    decoded = read_json(answer)
    if not 200 <= answer.status < 300 or decoded is None:
        raise refusal(answer, f"{method} {path}")
    return decoded
