"""Finding out what stands at the other end, and waiting for it where it is starting."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from shipper.cluster.answers import read_json
from shipper.cluster.connection import ConnectionSettings, Host, hosts_of
from shipper.cluster.dashboards.answers import is_page, message, refusal
from shipper.cluster.dashboards.destination import checked_destination
from shipper.cluster.dashboards.products import DASHBOARDS_PRODUCTS, DashboardsProduct, ProductName
from shipper.cluster.dashboards.server import DashboardsConnection, DashboardsServer, send
from shipper.cluster.http import Sender
from shipper.cluster.interface import Answer, UnreachableError
from shipper.cluster.products import version_numbers
from shipper.errors import AuthenticationError, ClusterError

STATUS = "/api/status"
_ELSEWHERE = (
    "give the URL that a browser opens (usually port 5601), not the cluster's, or name the product (dashboards.product)"
)
# OpenSearch Dashboards ends at 3 for now, Kibana began at 4.
_FIRST_KIBANA = 4


class NotReadyError(ClusterError):
    """The server is starting: asking again will help."""


class Identity(msgspec.Struct, frozen=True):
    """What a server says about itself; `version` is empty where it says nothing."""

    product: ProductName
    version: str = ""


def connect(settings: DashboardsConnection, tell: Callable[[str], None]) -> DashboardsServer:
    """Finds out product and version, waits until the server is ready, and checks that the destination is there.

    `tell` hears why it takes long, and a version that nobody has tried. Raises `SettingsError` (bad URL, CA file, or a
    destination that the product does not have), `UnreachableError`, `AuthenticationError`, or `ClusterError`.
    """
    # elastic-transport's node serves any HTTP server: it follows no redirects and adds nothing of its own.
    from shipper.cluster.elasticsearch import ElasticsearchSender

    sender = ElasticsearchSender(_host(settings.connection), settings.connection)
    try:
        identity = _identify_when_ready(sender, settings, tell)
        product = DASHBOARDS_PRODUCTS[identity.product]
        _check_version(product, identity.version, sender.host.url, tell)
        server = DashboardsServer(sender, product, identity.version, settings.destination)
        return server.placed_at(checked_destination(server))
    except BaseException:
        sender.close()
        raise


def _host(connection: ConnectionSettings) -> Host:
    """A URL without a port means what it means to a browser."""
    (url,) = connection.urls
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.port is None:
        url = parts._replace(netloc=f"{parts.netloc}:80").geturl()
    (host,) = hosts_of(msgspec.structs.replace(connection, urls=(url,)))
    return host


def _identify_when_ready(sender: Sender, settings: DashboardsConnection, tell: Callable[[str], None]) -> Identity:
    """Between its two servers, the one that says "not ready" and the real one, a starting process refuses connections;
    without having been seen alive, it is refused for good."""
    seen: list[str] = []

    def ask() -> Identity:
        try:
            answer = send(sender, "GET", STATUS)
        except UnreachableError as error:
            raise NotReadyError(str(error)) if seen else error from None
        if answer.status != 503:
            return _read_identity(answer, settings)
        seen.append(_why_not_ready(answer))
        raise NotReadyError(
            f"{answer.url} was not ready within {settings.wait:g} s (503: {seen[-1]})",
            advice="see the server's log for the cause, or give it more time (dashboards.wait)",
        )

    def before_sleep(state: RetryCallState) -> None:
        if state.attempt_number == 1:
            tell(f"waiting for {sender.host.url} ({seen[-1]})")

    retrying = Retrying(
        retry=retry_if_exception_type(NotReadyError),
        stop=stop_after_delay(settings.wait),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        before_sleep=before_sleep,
        reraise=True,
    )
    return retrying(ask)


def _why_not_ready(answer: Answer) -> str:
    """A starting server says it in plain text; a Kibana without its cluster in the form of its status."""
    status = (read_json(answer) or {}).get("status")
    overall = status.get("overall") if isinstance(status, dict) else None
    if isinstance(overall, dict):
        return str(overall.get("summary") or overall.get("level") or "no explanation")
    return message(answer)


def _read_identity(answer: Answer, settings: DashboardsConnection) -> Identity:
    """From `GET /api/status`, whose body is the same in both products; both send a header with the server's name."""
    said = (read_json(answer) or {}) if answer.status == 200 else {}
    version = said.get("version")
    number = str(version.get("number", "")) if isinstance(version, dict) else ""
    product = settings.product or _product(answer, number)
    if product and number:
        return Identity(product, number)
    if answer.status == 401:
        raise refusal(answer, f"GET {STATUS}")
    if settings.product:
        return Identity(settings.product)
    raise _not_identified(answer, said.get("status"), product)


def _product(answer: Answer, number: str) -> ProductName | None:
    if "osd-name" in answer.headers:
        return "opensearch-dashboards"
    if "kbn-name" in answer.headers or "kbn-license-sig" in answer.headers:
        return "kibana"
    if not number:
        return None
    return "kibana" if version_numbers(number) >= (_FIRST_KIBANA,) else "opensearch-dashboards"


def _not_identified(answer: Answer, status: object, product: ProductName | None) -> ClusterError:
    if answer.status == 200 and product == "kibana" and status is not None:
        return AuthenticationError(
            f"{answer.url} is a Kibana that asks for credentials",
            advice="set dashboards.username with a password, or dashboards.api_key",
        )
    if answer.status == 403 or 300 <= answer.status < 400 or (is_page(answer) and product):
        return refusal(answer, f"GET {STATUS}")
    return ClusterError(
        f"{answer.url} answers GET {STATUS}, but not like OpenSearch Dashboards or Kibana "
        f"({answer.status}: {message(answer)})",
        advice=_ELSEWHERE,
    )


def _check_version(product: DashboardsProduct, version: str, where: str, tell: Callable[[str], None]) -> None:
    if version and version_numbers(version) < product.oldest:
        raise ClusterError(
            f"{where} is {product.title} {version}", advice=f"it must be {'.'.join(map(str, product.oldest))} or newer"
        )
    if version and version_numbers(version) >= product.untried:
        tell(f"{product.title} {version} is newer than any that was tried; what it stores is read back and compared")
