"""The sections of the settings: what each setting is, its default and its kind."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct

from shipper import setting_kinds as kinds
from shipper.errors import SettingsError
from shipper.setting_kinds import Secret
from shipper.tls.policies import DEFAULT


class Credentials(Struct, frozen=True):
    """What to show the cluster: `username` and `password` (basic authentication), or `api_key` alone."""

    username: str | None = None
    password: Secret | None = None
    api_key: Secret | None = None


class ClusterSettings(Struct, frozen=True):
    """How to reach the cluster. `timeout` in seconds per request; `product` overrides what the cluster says it is."""

    username: Annotated[str | None, kinds.text] = None
    password: Annotated[Secret | None, kinds.secret] = None
    password_file: Annotated[Path | None, kinds.path] = None
    api_key: Annotated[Secret | None, kinds.secret] = None
    api_key_file: Annotated[Path | None, kinds.path] = None
    ca_file: Annotated[Path | None, kinds.path] = None
    verify_certificates: Annotated[bool, kinds.switch] = True
    product: Annotated[Literal["opensearch", "elasticsearch"] | None, kinds.one_of("opensearch", "elasticsearch")] = (
        None
    )
    timeout: Annotated[float, kinds.seconds] = 60.0

    def credentials(self) -> Credentials | None:
        """Reads the secret files, which only what talks to the cluster has to be able to. Raises SettingsError."""
        return _credentials("cluster", self)


class DashboardsSettings(Struct, frozen=True):
    """How to reach OpenSearch Dashboards or Kibana, and where in it the saved objects go.

    `public_url`: the server as browsers reach it, where that differs. Without credentials of its own, those of the
    cluster are shown, and without `ca_file` its authorities are trusted. `wait`: seconds for a server that starts.
    `space`: a space of Kibana or a workspace of OpenSearch Dashboards; `data_source`: an id.
    """

    url: Annotated[str | None, kinds.url] = None
    public_url: Annotated[str | None, kinds.url] = None
    username: Annotated[str | None, kinds.text] = None
    password: Annotated[Secret | None, kinds.secret] = None
    password_file: Annotated[Path | None, kinds.path] = None
    api_key: Annotated[Secret | None, kinds.secret] = None
    api_key_file: Annotated[Path | None, kinds.path] = None
    ca_file: Annotated[Path | None, kinds.path] = None
    verify_certificates: Annotated[bool, kinds.switch] = True
    product: Annotated[
        Literal["opensearch-dashboards", "kibana"] | None, kinds.one_of("opensearch-dashboards", "kibana")
    ] = None
    tenant: Annotated[str | None, kinds.matching(r"[!-~]([ -~]*[!-~])?", "the name of a tenant, in ASCII")] = None
    space: Annotated[str | None, kinds.matching(r"[A-Za-z0-9_-]+", "the id of a space or workspace")] = None
    data_source: Annotated[str | None, kinds.matching(r"[A-Za-z0-9_-]+", "the id of a data source")] = None
    timeout: Annotated[float, kinds.seconds] = 60.0
    wait: Annotated[float, kinds.seconds] = 120.0

    def credentials(self) -> Credentials | None:
        """Its own credentials, if it has any. Reads the secret files; raises SettingsError."""
        return _credentials("dashboards", self)


class BulkSettings(Struct, frozen=True):
    """Limits of one `_bulk` request, requests under way at once, seconds without success until a run gives up.

    `max_docs_per_second`: of a whole run, None for no limit.
    """

    bytes: Annotated[int, kinds.whole_number(1, 100_000_000)] = 5_000_000
    items: Annotated[int, kinds.whole_number(1, 1_000_000)] = 5000
    in_flight: Annotated[int, kinds.whole_number(1, 64)] = 2
    give_up_after: Annotated[float, kinds.seconds] = 600.0
    max_docs_per_second: Annotated[int | None, kinds.whole_number(1, 1_000_000)] = None


class IndexSettings(Struct, frozen=True):
    """Names of the indices: `PREFIX-events-YYYY.MM`, `PREFIX-messages-YYYY.MM`, cut by UTC month, day or year."""

    prefix: Annotated[
        str,
        kinds.matching(r"[a-z0-9][a-z0-9._-]{0,99}", "lower case letters, digits, dots, dashes and underscores"),
    ] = "utm-smtp"
    granularity: Annotated[Literal["month", "day", "year"], kinds.one_of("month", "day", "year")] = "month"


class MessagesSettings(Struct, frozen=True):
    """Seconds of log time without a line until a message is written as it stands, and until a finished one settles."""

    expire_after: Annotated[float, kinds.seconds] = 5 * 86400.0
    settle_after: Annotated[float, kinds.seconds] = 600.0


class FollowSettings(Struct, frozen=True):
    """How logs are followed: seconds between two looks, seconds of quiet after which a message in progress is shown."""

    interval: Annotated[float, kinds.seconds] = 1.0
    show_after: Annotated[float, kinds.seconds] = 30.0


class DkimSettings(Struct, frozen=True):
    """`always`: these Exims log every signature, so a message without DKIM lines was not signed."""

    details_logged: Annotated[Literal["auto", "always"], kinds.one_of("auto", "always")] = "auto"


class TlsSettings(Struct, frozen=True):
    """`policy`: the name of the one that legs are judged by; `policies`: folders with own ones."""

    policy: Annotated[str, kinds.text] = DEFAULT
    policies: Annotated[tuple[Path, ...], kinds.paths] = ()


class LogSettings(Struct, frozen=True):
    """How what is said on standard error looks, and from which level on it is said."""

    format: Annotated[Literal["text", "json"], kinds.one_of("text", "json")] = "text"
    level: Annotated[
        Literal["debug", "info", "warning", "error"], kinds.one_of("debug", "info", "warning", "error")
    ] = "info"


class MetricsSettings(Struct, frozen=True):
    """Where `ship --follow` answers Prometheus: (address, port), None for nowhere. Without `allow_remote`, loopback."""

    listen: Annotated[tuple[str, int] | None, kinds.place] = None
    allow_remote: Annotated[bool, kinds.switch] = False


class SyslogSettings(Struct, frozen=True):
    """How `listen` receives, and its spool.

    `udp`, `tcp`, `tls`: (host, port). `allow`: networks that may send; `client_names`: names of which a TLS client's
    certificate must hold one, when any are given. `programs`: whose lines are spooled (`*` stands for any text).
    `largest_message` in bytes, `idle_timeout` in seconds without a message. A spool file is ended at `rotate_bytes` or
    after `rotate_every` seconds; `keep`: seconds until a stored one is deleted, None for never.
    """

    spool: Annotated[Path | None, kinds.path] = None
    udp: Annotated[tuple[str, int] | None, kinds.place] = None
    tcp: Annotated[tuple[str, int] | None, kinds.place] = None
    tls: Annotated[tuple[str, int] | None, kinds.place] = None
    certificate_file: Annotated[Path | None, kinds.path] = None
    key_file: Annotated[Path | None, kinds.path] = None
    client_ca_file: Annotated[Path | None, kinds.path] = None
    client_names: Annotated[tuple[str, ...], kinds.texts] = ()
    allow: Annotated[tuple[IPv4Network | IPv6Network, ...], kinds.networks] = ()
    programs: Annotated[tuple[str, ...], kinds.texts] = ("exim*", "smtpd")
    largest_message: Annotated[int, kinds.whole_number(1024, 1_000_000)] = 65536
    connections: Annotated[int, kinds.whole_number(1, 512)] = 256
    connections_per_sender: Annotated[int, kinds.whole_number(1, 512)] = 16
    idle_timeout: Annotated[float, kinds.seconds] = 86400.0
    rotate_bytes: Annotated[int, kinds.whole_number(1_000_000, 10_000_000_000)] = 100_000_000
    rotate_every: Annotated[float, kinds.seconds] = 86400.0
    keep: Annotated[float | None, kinds.seconds] = None


def _credentials(name: str, section: ClusterSettings | DashboardsSettings) -> Credentials | None:
    password = section.password or _read_secret(f"{name}.password_file", section.password_file)
    api_key = section.api_key or _read_secret(f"{name}.api_key_file", section.api_key_file)
    return Credentials(section.username, password, api_key) if password or api_key else None


def _read_secret(name: str, file: Path | None) -> Secret | None:
    if file is None:
        return None
    try:
        content = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"cannot read {name} {file}: {reason}") from error
    if not content:
        raise SettingsError(f"{name} {file} is empty")
    return Secret(content)
