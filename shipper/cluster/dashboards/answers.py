"""Reading what OpenSearch Dashboards, Kibana, or whatever stands before them, answered."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from shipper.cluster.answers import read_json, words
from shipper.cluster.interface import Answer
from shipper.errors import AuthenticationError, ClusterError


def message(answer: Answer) -> str:
    """One line of what was said. Errors have the form `{"statusCode": 400, "error": "...", "message": "..."}`."""
    if is_page(answer):
        return "an HTML page"
    said = (read_json(answer) or {}).get("message")
    return " ".join(said.split()) if isinstance(said, str) and said.strip() else words(answer)


def is_page(answer: Answer) -> bool:
    """Whether it is made for a browser, as login pages are."""
    return answer.headers.get("content-type", "").startswith("text/html") or answer.body.lstrip()[:1] == b"<"


def read_answer(answer: Answer, doing: str) -> dict[str, Any]:
    """The JSON object of a 2xx answer to `doing` (such as `POST /api/x`). Raises what `refusal` gives for any other."""
    said = read_json(answer)
    if not 200 <= answer.status < 300 or said is None:
        raise refusal(answer, doing)
    return said


def refusal(answer: Answer, doing: str) -> ClusterError:
    """The typed error for an answer that is not what was asked for."""
    if 300 <= answer.status < 400:
        return ClusterError(
            f"{answer.url} redirects {doing} to {_without_query(answer.headers.get('location', 'nowhere'))}",
            advice="if that is a login page, give credentials (dashboards.username, dashboards.api_key), else its URL",
        )
    if answer.status == 401:
        return AuthenticationError(
            f"{answer.url} refused the credentials, or there are none (401: {message(answer)})",
            advice="set dashboards.username with a password, or dashboards.api_key",
        )
    if answer.status == 403:
        return AuthenticationError(
            f"{answer.url} does not allow {doing} (403: {message(answer)})",
            advice="the user needs the right to write saved objects",
        )
    if 200 <= answer.status < 300:
        return ClusterError(
            f"{answer.url} answered {doing} with {message(answer)}, not with what was asked for",
            advice="check host, port and path of the URL, and whether a login page or a proxy stands before it",
        )
    return ClusterError(
        f"{answer.url} answered {doing} with {answer.status} ({message(answer)})",
        advice="see the server's log for the cause",
    )


def _without_query(location: str) -> str:
    """Login pages get where the user wanted to go, and sometimes a token, as a parameter: nothing for a terminal."""
    parts = urlsplit(location)
    return parts._replace(query="", fragment="", netloc=parts.netloc.rpartition("@")[2]).geturl()
