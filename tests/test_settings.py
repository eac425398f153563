"""Settings: what wins over what, and that every mistake is named with its place and what would be right."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shipper.errors import SettingsError
from shipper.setting_kinds import Secret
from shipper.setting_sections import (
    BulkSettings,
    ClusterSettings,
    Credentials,
    DashboardsSettings,
    DkimSettings,
    FollowSettings,
    IndexSettings,
    LogSettings,
    MessagesSettings,
    MetricsSettings,
    SyslogSettings,
    TlsSettings,
)
from shipper.settings import Settings, describe, load

PATHS = [
    "url",
    "state",
    *(
        f"cluster.{name}"
        for name in (
            "username",
            "password",
            "password_file",
            "api_key",
            "api_key_file",
            "ca_file",
            "verify_certificates",
            "product",
            "timeout",
        )
    ),
    *(
        f"dashboards.{name}"
        for name in (
            "url",
            "public_url",
            "username",
            "password",
            "password_file",
            "api_key",
            "api_key_file",
            "ca_file",
            "verify_certificates",
            "product",
            "tenant",
            "space",
            "data_source",
            "timeout",
            "wait",
        )
    ),
    *(f"bulk.{name}" for name in ("bytes", "items", "in_flight", "give_up_after", "max_docs_per_second")),
    "index.prefix",
    "index.granularity",
    "host",
    "zone",
    "local_domains",
    "ignore",
    "formats",
    "messages.expire_after",
    "messages.settle_after",
    "follow.interval",
    "follow.show_after",
    "dkim.details_logged",
    "tls.policy",
    "tls.policies",
    *(
        f"syslog.{name}"
        for name in (
            "spool",
            "udp",
            "tcp",
            "tls",
            "certificate_file",
            "key_file",
            "client_ca_file",
            "client_names",
            "allow",
            "programs",
            "largest_message",
            "connections",
            "connections_per_sender",
            "idle_timeout",
            "rotate_bytes",
            "rotate_every",
            "keep",
        )
    ),
    "log.format",
    "log.level",
    "metrics.listen",
    "metrics.allow_remote",
]

# Secrets, and what goes against the user name that is given instead.
NOT_IN_FILE = [
    f"{section}.{name}" for section in ("cluster", "dashboards") for name in ("password", "api_key", "api_key_file")
]

FULL = """\
url: [https://one.example.net:9200/, https://two.example.net:9200]
state: state
cluster:
  username: shipper
  password_file: secrets/password
  ca_file: /etc/ssl/own.pem
  verify_certificates: no
  product: elasticsearch
  timeout: 2m
dashboards:
  url: https://dashboards.example.net/prefix/
  public_url: https://mail.example.net
  username: importer
  password_file: secrets/importer
  ca_file: /etc/ssl/other.pem
  verify_certificates: false
  product: kibana
  tenant: Mail team
  space: mail
  data_source: 0a1b
  timeout: 30
  wait: 10
bulk: {bytes: 1000, items: 10, in_flight: 1, give_up_after: 90, max_docs_per_second: 500}
index:
  prefix: mail
  granularity: day
host: utm
zone: Europe/Berlin
local_domains: [Example.COM., example.org]
ignore: ['^#', 'a{1,2}']
formats: [own, /srv/formats]
messages:
  expire_after: 2d
  settle_after: 1.5m
follow: {interval: 5s, show_after: 2m}
dkim:
  details_logged: always
tls:
  policy: own
  policies: [policies, /srv/policies]
syslog:
  spool: spool
  udp: 0.0.0.0:5514
  tcp: "[::]:5514"
  tls: listener.example.net:6514
  certificate_file: own.pem
  key_file: own.key
  client_ca_file: /etc/ssl/senders.pem
  client_names: [utm.example.net]
  allow: [192.0.2.1, 2001:db8::/64]
  programs: [exim-in]
  largest_message: 8192
  connections: 2
  connections_per_sender: 1
  idle_timeout: 1h
  rotate_bytes: 1000000
  rotate_every: 12h
  keep: 30d
log: {format: json, level: warning}
metrics: {listen: "[::1]:9108", allow_remote: yes}
"""

FULL_SYSLOG = SyslogSettings(
    spool=Path("spool"),
    udp=("0.0.0.0", 5514),
    tcp=("::", 5514),
    tls=("listener.example.net", 6514),
    certificate_file=Path("own.pem"),
    key_file=Path("own.key"),
    client_ca_file=Path("/etc/ssl/senders.pem"),
    client_names=("utm.example.net",),
    allow=(IPv4Network("192.0.2.1/32"), IPv6Network("2001:db8::/64")),
    programs=("exim-in",),
    largest_message=8192,
    connections=2,
    connections_per_sender=1,
    idle_timeout=3600.0,
    rotate_bytes=1_000_000,
    rotate_every=43_200.0,
    keep=2_592_000.0,
)


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)


def _written(folder: Path, text: str) -> Path:
    file = folder / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _error(config: Path | None, environ: dict[str, str] | None = None, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(config, environ or {}, overrides or {})
    return str(caught.value)


def test_defaults(tmp_path: Path) -> None:
    assert load(None, {"HOME": "/elsewhere"}, {}) == Settings(
        url=(),
        state=tmp_path / "home/.local/state/utm-shipper",
        cluster=ClusterSettings(None, None, None, None, None, None, True, None, 60.0),
        dashboards=DashboardsSettings(
            url=None,
            public_url=None,
            username=None,
            password=None,
            password_file=None,
            api_key=None,
            api_key_file=None,
            ca_file=None,
            verify_certificates=True,
            product=None,
            tenant=None,
            space=None,
            data_source=None,
            timeout=60.0,
            wait=120.0,
        ),
        bulk=BulkSettings(5_000_000, 5000, 2, 600.0, None),
        index=IndexSettings("utm-smtp", "month"),
        host=None,
        zone=None,
        local_domains=(),
        ignore=(),
        formats=(),
        messages=MessagesSettings(432_000.0, 600.0),
        follow=FollowSettings(1.0, 30.0),
        dkim=DkimSettings("auto"),
        tls=TlsSettings("mozilla-intermediate", ()),
        syslog=SyslogSettings(
            spool=None,
            udp=None,
            tcp=None,
            tls=None,
            certificate_file=None,
            key_file=None,
            client_ca_file=None,
            client_names=(),
            allow=(),
            programs=("exim*", "smtpd"),
            largest_message=65536,
            connections=256,
            connections_per_sender=16,
            idle_timeout=86_400.0,
            rotate_bytes=100_000_000,
            rotate_every=86_400.0,
            keep=None,
        ),
        log=LogSettings("text", "info"),
        metrics=MetricsSettings(None, False),
        config=None,
        origins=dict.fromkeys(PATHS, "default"),
    )


def test_every_setting_can_stand_in_the_file_except_secrets(tmp_path: Path) -> None:
    file = _written(tmp_path, FULL)

    assert load(file, {}, {}) == Settings(
        url=("https://one.example.net:9200", "https://two.example.net:9200"),
        state=tmp_path / "state",
        cluster=ClusterSettings(
            username="shipper",
            password_file=tmp_path / "secrets/password",
            ca_file=Path("/etc/ssl/own.pem"),
            verify_certificates=False,
            product="elasticsearch",
            timeout=120.0,
        ),
        dashboards=DashboardsSettings(
            url="https://dashboards.example.net/prefix",
            public_url="https://mail.example.net",
            username="importer",
            password_file=tmp_path / "secrets/importer",
            ca_file=Path("/etc/ssl/other.pem"),
            verify_certificates=False,
            product="kibana",
            tenant="Mail team",
            space="mail",
            data_source="0a1b",
            timeout=30.0,
            wait=10.0,
        ),
        bulk=BulkSettings(1000, 10, 1, 90.0, 500),
        index=IndexSettings("mail", "day"),
        host="utm",
        zone="Europe/Berlin",
        local_domains=("example.com", "example.org"),
        ignore=("^#", "a{1,2}"),
        formats=(tmp_path / "own", Path("/srv/formats")),
        messages=MessagesSettings(172_800.0, 90.0),
        follow=FollowSettings(5.0, 120.0),
        dkim=DkimSettings("always"),
        tls=TlsSettings("own", (tmp_path / "policies", Path("/srv/policies"))),
        syslog=structs.replace(
            FULL_SYSLOG,
            spool=tmp_path / "spool",
            certificate_file=tmp_path / "own.pem",
            key_file=tmp_path / "own.key",
        ),
        log=LogSettings("json", "warning"),
        metrics=MetricsSettings(("::1", 9108), True),
        config=file,
        origins={
            **dict.fromkeys(PATHS, "file"),
            **dict.fromkeys(NOT_IN_FILE, "default"),
        },
    )


def test_every_setting_can_come_from_the_environment() -> None:
    environ = {
        "UTM_SHIPPER_URL": "http://one:9200, http://two:9200/",
        "UTM_SHIPPER_STATE": "state",
        "UTM_SHIPPER_CLUSTER_USERNAME": "1234",
        "UTM_SHIPPER_CLUSTER_PASSWORD": "no",
        "UTM_SHIPPER_CLUSTER_CA_FILE": "own.pem",
        "UTM_SHIPPER_CLUSTER_VERIFY_CERTIFICATES": "no",
        "UTM_SHIPPER_CLUSTER_PRODUCT": "opensearch",
        "UTM_SHIPPER_CLUSTER_TIMEOUT": "5",
        "UTM_SHIPPER_DASHBOARDS_URL": "http://dashboards:5601/",
        "UTM_SHIPPER_DASHBOARDS_PUBLIC_URL": "http://localhost:5601",
        "UTM_SHIPPER_DASHBOARDS_API_KEY": "yes",
        "UTM_SHIPPER_DASHBOARDS_CA_FILE": "other.pem",
        "UTM_SHIPPER_DASHBOARDS_VERIFY_CERTIFICATES": "no",
        "UTM_SHIPPER_DASHBOARDS_PRODUCT": "opensearch-dashboards",
        "UTM_SHIPPER_DASHBOARDS_TENANT": "global",
        "UTM_SHIPPER_DASHBOARDS_SPACE": "default",
        "UTM_SHIPPER_DASHBOARDS_DATA_SOURCE": "1234",
        "UTM_SHIPPER_DASHBOARDS_TIMEOUT": "1m",
        "UTM_SHIPPER_DASHBOARDS_WAIT": "1h",
        "UTM_SHIPPER_BULK_BYTES": "1000",
        "UTM_SHIPPER_BULK_ITEMS": "10",
        "UTM_SHIPPER_BULK_IN_FLIGHT": "1",
        "UTM_SHIPPER_BULK_GIVE_UP_AFTER": "1h",
        "UTM_SHIPPER_BULK_MAX_DOCS_PER_SECOND": "40",
        "UTM_SHIPPER_INDEX_PREFIX": "mail",
        "UTM_SHIPPER_INDEX_GRANULARITY": "year",
        "UTM_SHIPPER_HOST": "utm",
        "UTM_SHIPPER_ZONE": "UTC",
        "UTM_SHIPPER_LOCAL_DOMAINS": "example.com,example.org",
        "UTM_SHIPPER_IGNORE": "a{1,2}\n^b",
        "UTM_SHIPPER_FORMATS": "one,two",
        "UTM_SHIPPER_MESSAGES_EXPIRE_AFTER": "1d",
        "UTM_SHIPPER_MESSAGES_SETTLE_AFTER": "30s",
        "UTM_SHIPPER_FOLLOW_INTERVAL": "0.5",
        "UTM_SHIPPER_FOLLOW_SHOW_AFTER": "10",
        "UTM_SHIPPER_DKIM_DETAILS_LOGGED": "always",
        "UTM_SHIPPER_TLS_POLICY": "nist-sp-800-52r2",
        "UTM_SHIPPER_TLS_POLICIES": "one, two",
        "UTM_SHIPPER_SYSLOG_SPOOL": "spool",
        "UTM_SHIPPER_SYSLOG_UDP": "0.0.0.0:5514",
        "UTM_SHIPPER_SYSLOG_TCP": "[::]:5514",
        "UTM_SHIPPER_SYSLOG_TLS": "listener.example.net:6514",
        "UTM_SHIPPER_SYSLOG_CERTIFICATE_FILE": "own.pem",
        "UTM_SHIPPER_SYSLOG_KEY_FILE": "own.key",
        "UTM_SHIPPER_SYSLOG_CLIENT_CA_FILE": "/etc/ssl/senders.pem",
        "UTM_SHIPPER_SYSLOG_CLIENT_NAMES": "utm.example.net",
        "UTM_SHIPPER_SYSLOG_ALLOW": "192.0.2.1, 2001:db8::/64",
        "UTM_SHIPPER_SYSLOG_PROGRAMS": "exim-in",
        "UTM_SHIPPER_SYSLOG_LARGEST_MESSAGE": "8192",
        "UTM_SHIPPER_SYSLOG_CONNECTIONS": "2",
        "UTM_SHIPPER_SYSLOG_CONNECTIONS_PER_SENDER": "1",
        "UTM_SHIPPER_SYSLOG_IDLE_TIMEOUT": "3600",
        "UTM_SHIPPER_SYSLOG_ROTATE_BYTES": "1000000",
        "UTM_SHIPPER_SYSLOG_ROTATE_EVERY": "12h",
        "UTM_SHIPPER_SYSLOG_KEEP": "30d",
        "UTM_SHIPPER_LOG_FORMAT": "json",
        "UTM_SHIPPER_LOG_LEVEL": "debug",
        "UTM_SHIPPER_METRICS_LISTEN": "0.0.0.0:9108",
        "UTM_SHIPPER_METRICS_ALLOW_REMOTE": "on",
        "OTHER_VARIABLE": "x",
    }
    unset = (
        *("cluster.password_file", "cluster.api_key", "cluster.api_key_file"),
        *("dashboards.username", "dashboards.password", "dashboards.password_file", "dashboards.api_key_file"),
    )

    assert load(None, environ, {}) == Settings(
        url=("http://one:9200", "http://two:9200"),
        state=Path("state"),
        cluster=ClusterSettings(
            username="1234",
            password=Secret("no"),
            ca_file=Path("own.pem"),
            verify_certificates=False,
            product="opensearch",
            timeout=5.0,
        ),
        dashboards=DashboardsSettings(
            url="http://dashboards:5601",
            public_url="http://localhost:5601",
            api_key=Secret("yes"),
            ca_file=Path("other.pem"),
            verify_certificates=False,
            product="opensearch-dashboards",
            tenant="global",
            space="default",
            data_source="1234",
            timeout=60.0,
            wait=3600.0,
        ),
        bulk=BulkSettings(1000, 10, 1, 3600.0, 40),
        index=IndexSettings("mail", "year"),
        host="utm",
        zone="UTC",
        local_domains=("example.com", "example.org"),
        ignore=("a{1,2}", "^b"),
        formats=(Path("one"), Path("two")),
        messages=MessagesSettings(86_400.0, 30.0),
        follow=FollowSettings(0.5, 10.0),
        dkim=DkimSettings("always"),
        tls=TlsSettings("nist-sp-800-52r2", (Path("one"), Path("two"))),
        syslog=FULL_SYSLOG,
        log=LogSettings("json", "debug"),
        metrics=MetricsSettings(("0.0.0.0", 9108), True),
        origins={**dict.fromkeys(PATHS, "environment"), **dict.fromkeys(unset, "default")},
    )


def test_an_option_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = _written(tmp_path, "url: http://file\nhost: file\nzone: UTC\n")
    environ = {"UTM_SHIPPER_URL": "http://environment", "UTM_SHIPPER_HOST": "environment"}

    settings = load(file, environ, {"url": "http://option", "cluster.timeout": 5, "host": None})

    assert (settings.url, settings.host, settings.zone, settings.cluster.timeout) == (
        ("http://option",),
        "environment",
        "UTC",
        5.0,
    )
    assert {path: origin for path, origin in settings.origins.items() if origin != "default"} == {
        "url": "option",
        "host": "environment",
        "zone": "file",
        "cluster.timeout": "option",
    }


def test_an_empty_variable_and_an_empty_key_leave_the_default(tmp_path: Path) -> None:
    file = _written(tmp_path, "cluster:\nbulk:\n  items:\nhost: ~\n")

    settings = load(file, {"UTM_SHIPPER_URL": ""}, {})

    assert settings.origins == dict.fromkeys(PATHS, "default")
    assert settings.bulk == BulkSettings()


def test_the_file_is_the_named_one_else_the_variables_else_the_users(tmp_path: Path) -> None:
    users = platformdirs.user_config_path("utm-shipper") / "config.yaml"
    users.parent.mkdir(parents=True)
    users.write_text("host: users")
    variables, named = tmp_path / "variable.yaml", tmp_path / "named.yaml"
    variables.write_text("host: variable")
    named.write_text("host: named")
    environ = {"UTM_SHIPPER_CONFIG": str(variables)}

    found = [load(None, {}, {}), load(None, environ, {}), load(named, environ, {})]

    assert [(s.host, s.config) for s in found] == [("users", users), ("variable", variables), ("named", named)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cluster:\n  timeot: 5", "cluster.timeot is not a setting ({file}, line 2); did you mean cluster.timeout?"),
        ("clustr:\n  timeout: 5", "clustr is not a setting ({file}, line 1); did you mean cluster?"),
        ("username: x", "username is not a setting ({file}, line 1); did you mean cluster.username?"),
        ("xyzzy: x", "xyzzy is not a setting ({file}, line 1); `utm-shipper config show` lists the settings"),
        ("1: x", "1 is not a setting ({file}, line 1); `utm-shipper config show` lists the settings"),
        ("host: a\nhost: b", "host is given twice ({file}, line 2)"),
        (
            "cluster:\n  password: hush",
            "cluster.password may not stand in a settings file ({file}, line 2); "
            "set UTM_SHIPPER_CLUSTER_PASSWORD, or name a file that holds it in cluster.password_file",
        ),
        ("cluster: here", "cluster must be a mapping of settings ({file}, line 1)"),
        ("- url", "{file} must be a mapping of settings ({file}, line 1)"),
        ("\nbulk: {items: 0}", "bulk.items must be a whole number from 1 to 1000000, not 0 ({file}, line 2)"),
        ("bulk: {items: '5'}", "bulk.items must be a whole number from 1 to 1000000, not '5' ({file}, line 1)"),
        ("bulk: {in_flight: 1.5}", "bulk.in_flight must be a whole number from 1 to 64, not 1.5 ({file}, line 1)"),
        ("zone: Mars/Base", "zone must be an IANA time zone such as Europe/Berlin, not 'Mars/Base' ({file}, line 1)"),
        ("zone: ../UTC", "zone must be an IANA time zone such as Europe/Berlin, not '../UTC' ({file}, line 1)"),
        ("index: {granularity: week}", "index.granularity must be month or day or year, not 'week' ({file}, line 1)"),
        (
            'index: {prefix: "Mail\\n"}',
            "index.prefix must be lower case letters, digits, dots, dashes and underscores, not 'Mail\\n'"
            " ({file}, line 1)",
        ),
        (
            "ignore: ['(']",
            "ignore is refused: missing ), unterminated subpattern at position 0 in '(' ({file}, line 1)",
        ),
        (
            "messages: {expire_after: 5 days}",
            'messages.expire_after must be a time such as "30s", "10m", "2h" or "5d", or a number of seconds, '
            "not '5 days' ({file}, line 1)",
        ),
        (
            "messages: {expire_after: 1m}",
            "messages.settle_after must not be longer than messages.expire_after",
        ),
        (
            "url: https://admin:hush@node",
            "url is refused: credentials do not belong in a URL; "
            "use cluster.username with a password or cluster.api_key ({file}, line 1)",
        ),
        (
            "url: node:9200",
            "url must be one or several URLs such as https://search.example.net:9200, without credentials, "
            "not 'node:9200' ({file}, line 1)",
        ),
        (
            "dashboards: {url: 'https://admin:hush@node'}",
            "dashboards.url is refused: credentials do not belong in a URL; "
            "use dashboards.username with a password or dashboards.api_key ({file}, line 1)",
        ),
        (
            "dashboards: {url: 'dashboards:5601'}",
            "dashboards.url must be a URL such as https://dashboards.example.net:5601, without credentials, "
            "not 'dashboards:5601' ({file}, line 1)",
        ),
        (
            'dashboards: {tenant: "a\\nb"}',
            "dashboards.tenant must be the name of a tenant, in ASCII, not 'a\\nb' ({file}, line 1)",
        ),
        (
            "syslog: {tcp: 5514}",
            "syslog.tcp must be HOST:PORT such as 0.0.0.0:5514 or [::]:5514, not 5514 ({file}, line 1)",
        ),
        *(
            (
                f"syslog: {{udp: '{wrong}'}}",
                f"syslog.udp must be HOST:PORT such as 0.0.0.0:5514 or [::]:5514, not {wrong!r} ({{file}}, line 1)",
            )
            for wrong in ("5514", ":5514", "utm:", "utm:65536", "::1:5514", "[utm]:5514", "utm:-1", "utm:٣")
        ),
        (
            "syslog: {allow: [192.0.2.1/24]}",
            "syslog.allow must be a list of addresses and networks such as 192.0.2.1, 198.51.100.0/24, "
            "not ['192.0.2.1/24'] ({file}, line 1)",
        ),
        ("local_domains: [a@b]", "local_domains must be a list of domains, not ['a@b'] ({file}, line 1)"),
        ("host: 2001-99-99", "{file} is not readable YAML: month must be in 1..12"),
        (
            "a: !!python/object:os.system x",
            "a is not a setting ({file}, line 1); `utm-shipper config show` lists the settings",
        ),
        (
            "host: !!python/object:os.system x",
            "{file} is not readable YAML: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object:os.system' (line 1)",
        ),
        ("host: [", "{file} is not readable YAML: expected the node content, but found '<stream end>' (line 1)"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = _written(tmp_path, text)

    assert _error(file) == message.replace("{file}", str(file))


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"UTM_SHIPPER_CLUSTER_PASSWROD": "hush"},
            "the environment variable UTM_SHIPPER_CLUSTER_PASSWROD is not a setting; "
            "did you mean UTM_SHIPPER_CLUSTER_PASSWORD?",
        ),
        (
            {"UTM_SHIPPER_CONFG": "x"},
            "the environment variable UTM_SHIPPER_CONFG is not a setting; did you mean UTM_SHIPPER_CONFIG?",
        ),
        (
            {"UTM_SHIPPER_XYZZY": "x"},
            "the environment variable UTM_SHIPPER_XYZZY is not a setting; `utm-shipper config show` lists the settings",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_VERIFY_CERTIFICATES": "perhaps"},
            "cluster.verify_certificates must be true or false, not 'perhaps'"
            " (UTM_SHIPPER_CLUSTER_VERIFY_CERTIFICATES)",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_TIMEOUT": "0"},
            'cluster.timeout must be a time such as "30s", "10m", "2h" or "5d", or a number of seconds, not \'0\''
            " (UTM_SHIPPER_CLUSTER_TIMEOUT)",
        ),
        (
            {"UTM_SHIPPER_CONFIG": "/nowhere/at/all.yaml"},
            "cannot read the settings file /nowhere/at/all.yaml: No such file or directory",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_USERNAME": "x"},
            "cluster.username is set without cluster.password; set UTM_SHIPPER_CLUSTER_PASSWORD",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_PASSWORD": "x"},
            "cluster.password is set without cluster.username; set UTM_SHIPPER_CLUSTER_USERNAME",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_API_KEY": "x", "UTM_SHIPPER_CLUSTER_USERNAME": "x"},
            "cluster.api_key and cluster.username or password are both set; keep one of them",
        ),
        (
            {"UTM_SHIPPER_METRICS_LISTEN": "0.0.0.0:9108"},
            "metrics.listen would answer other machines at 0.0.0.0; "
            "listen on 127.0.0.1 or ::1, or set metrics.allow_remote: true",
        ),
        (
            {"UTM_SHIPPER_METRICS_LISTEN": "metrics.example.net:9108"},
            "metrics.listen would answer other machines at metrics.example.net; "
            "listen on 127.0.0.1 or ::1, or set metrics.allow_remote: true",
        ),
        (
            {"UTM_SHIPPER_DASHBOARDS_PASSWORD": "x"},
            "dashboards.password is set without dashboards.username; set UTM_SHIPPER_DASHBOARDS_USERNAME",
        ),
        (
            {"UTM_SHIPPER_CLUSTER_API_KEY": "x", "UTM_SHIPPER_CLUSTER_API_KEY_FILE": "x"},
            "cluster.api_key and cluster.api_key_file are both set; keep one of them",
        ),
    ],
)
def test_a_mistake_in_the_environment_is_named_with_its_variable(environ: dict[str, str], message: str) -> None:
    assert _error(None, environ) == message


def test_a_mistake_in_an_option_is_named() -> None:
    assert _error(None, {}, {"bulk.in_flight": 65}) == (
        "bulk.in_flight must be a whole number from 1 to 64, not 65 (option --in-flight)"
    )
    assert _error(None, {}, {"bulk.flight": 1}) == "bulk.flight is not a setting (option); did you mean bulk.in_flight?"


def test_credentials_come_from_the_environment_or_a_secret_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from file \n")
    importer = {"UTM_SHIPPER_DASHBOARDS_USERNAME": "importer", "UTM_SHIPPER_DASHBOARDS_PASSWORD": "own"}
    user = {"UTM_SHIPPER_CLUSTER_USERNAME": "shipper"}
    config = _written(tmp_path, "cluster: {password_file: secret}")

    found = [
        load(None, {}, {}),
        load(None, {**user, "UTM_SHIPPER_CLUSTER_PASSWORD": "direct"}, {}),
        load(config, user, {}),
        load(config, {**user, "UTM_SHIPPER_CLUSTER_PASSWORD": "direct"}, {}),
        load(None, {"UTM_SHIPPER_CLUSTER_API_KEY": "key"}, {}),
        load(None, {"UTM_SHIPPER_CLUSTER_API_KEY_FILE": str(secret)}, {}),
    ]

    assert [settings.cluster.credentials() for settings in found] == [
        None,
        Credentials(username="shipper", password=Secret("direct")),
        Credentials(username="shipper", password=Secret("from file ")),
        Credentials(username="shipper", password=Secret("direct")),
        Credentials(api_key=Secret("key")),
        Credentials(api_key=Secret("from file ")),
    ]
    assert [load(None, environ, {}).dashboards.credentials() for environ in ({}, importer)] == [
        None,
        Credentials(username="importer", password=Secret("own")),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read cluster.password_file {file}: No such file or directory"),
        (b"\n", "cluster.password_file {file} is empty"),
        (b"\xff", "cannot read cluster.password_file {file}: it is not UTF-8"),
    ],
)
def test_a_secret_file_that_gives_no_secret_is_a_clear_error(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    environ = {"UTM_SHIPPER_CLUSTER_USERNAME": "x", "UTM_SHIPPER_CLUSTER_PASSWORD_FILE": str(file)}

    with pytest.raises(SettingsError) as caught:
        load(None, environ, {}).cluster.credentials()

    assert str(caught.value) == message.replace("{file}", str(file))


def test_a_run_that_needs_a_cluster_names_the_missing_url() -> None:
    assert load(None, {}, {"url": "http://node:9200"}).required_url() == ("http://node:9200",)
    with pytest.raises(SettingsError, match=r"^no cluster is named; give --url or set UTM_SHIPPER_URL$"):
        load(None, {}, {}).required_url()


def test_describe_shows_every_setting_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    file = _written(tmp_path, FULL)
    environ = {"UTM_SHIPPER_CLUSTER_PASSWORD": "hush", "UTM_SHIPPER_DASHBOARDS_PASSWORD": "hush"}
    settings = load(file, environ, {"index.prefix": "utm"})

    assert describe(settings) == (
        f"# settings file: {file}\n"
        + _aligned(
            [
                ("url: ['https://one.example.net:9200', 'https://two.example.net:9200']", "file"),
                (f"state: {tmp_path}/state", "file"),
                ("cluster:", ""),
                ("  username: shipper", "file"),
                ("  password: '********'", "environment"),
                (f"  password_file: {tmp_path}/secrets/password", "file"),
                ("  api_key: null", "default"),
                ("  api_key_file: null", "default"),
                ("  ca_file: /etc/ssl/own.pem", "file"),
                ("  verify_certificates: false", "file"),
                ("  product: elasticsearch", "file"),
                ("  timeout: 2m", "file"),
                ("dashboards:", ""),
                ("  url: https://dashboards.example.net/prefix", "file"),
                ("  public_url: https://mail.example.net", "file"),
                ("  username: importer", "file"),
                ("  password: '********'", "environment"),
                (f"  password_file: {tmp_path}/secrets/importer", "file"),
                ("  api_key: null", "default"),
                ("  api_key_file: null", "default"),
                ("  ca_file: /etc/ssl/other.pem", "file"),
                ("  verify_certificates: false", "file"),
                ("  product: kibana", "file"),
                ("  tenant: Mail team", "file"),
                ("  space: mail", "file"),
                ("  data_source: 0a1b", "file"),
                ("  timeout: 30s", "file"),
                ("  wait: 10s", "file"),
                ("bulk:", ""),
                ("  bytes: 1000", "file"),
                ("  items: 10", "file"),
                ("  in_flight: 1", "file"),
                ("  give_up_after: 90s", "file"),
                ("  max_docs_per_second: 500", "file"),
                ("index:", ""),
                ("  prefix: utm", "option"),
                ("  granularity: day", "file"),
                ("host: utm", "file"),
                ("zone: Europe/Berlin", "file"),
                ("local_domains: [example.com, example.org]", "file"),
                ("ignore: [^#, 'a{1,2}']", "file"),
                (f"formats: [{tmp_path}/own, /srv/formats]", "file"),
                ("messages:", ""),
                ("  expire_after: 2d", "file"),
                ("  settle_after: 90s", "file"),
                ("follow:", ""),
                ("  interval: 5s", "file"),
                ("  show_after: 2m", "file"),
                ("dkim:", ""),
                ("  details_logged: always", "file"),
                ("tls:", ""),
                ("  policy: own", "file"),
                (f"  policies: [{tmp_path}/policies, /srv/policies]", "file"),
                ("syslog:", ""),
                (f"  spool: {tmp_path}/spool", "file"),
                ("  udp: 0.0.0.0:5514", "file"),
                ("  tcp: '[::]:5514'", "file"),
                ("  tls: listener.example.net:6514", "file"),
                (f"  certificate_file: {tmp_path}/own.pem", "file"),
                (f"  key_file: {tmp_path}/own.key", "file"),
                ("  client_ca_file: /etc/ssl/senders.pem", "file"),
                ("  client_names: [utm.example.net]", "file"),
                ("  allow: [192.0.2.1/32, '2001:db8::/64']", "file"),
                ("  programs: [exim-in]", "file"),
                ("  largest_message: 8192", "file"),
                ("  connections: 2", "file"),
                ("  connections_per_sender: 1", "file"),
                ("  idle_timeout: 1h", "file"),
                ("  rotate_bytes: 1000000", "file"),
                ("  rotate_every: 12h", "file"),
                ("  keep: 30d", "file"),
                ("log:", ""),
                ("  format: json", "file"),
                ("  level: warning", "file"),
                ("metrics:", ""),
                ("  listen: '[::1]:9108'", "file"),
                ("  allow_remote: true", "file"),
            ]
        )
    )


def _aligned(lines: list[tuple[str, str]]) -> str:
    width = max(len(line) for line, _ in lines)
    return "".join(f"{line:<{width}}  # {origin}\n" if origin else f"{line}\n" for line, origin in lines)


def test_what_describe_shows_is_a_settings_file(tmp_path: Path) -> None:
    settings = load(_written(tmp_path, FULL), {}, {})
    again = load(_written(tmp_path, describe(settings)), {}, {})

    assert yaml.safe_load(describe(again)) == yaml.safe_load(describe(settings))


def test_secrets_are_in_no_representation_and_no_message() -> None:
    environ = {"UTM_SHIPPER_CLUSTER_USERNAME": "x", "UTM_SHIPPER_CLUSTER_PASSWORD": "hush"}
    settings = load(None, environ, {})

    shown = [repr(settings), str(settings), describe(settings), repr(settings.cluster.credentials())]
    shown.append(_error(None, environ, {"cluster.password": 5}))

    assert [text for text in shown if "hush" in text] == []


def _origin_or_error(config: Path | None, environ: dict[str, str]) -> str:
    try:
        return load(config, environ, {}).origins["url"]
    except SettingsError as error:
        return str(error)


@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_file_and_any_variable_give_settings_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, value: str
) -> None:
    file = tmp_path_factory.mktemp("any") / "settings.yaml"
    file.write_bytes(content)

    assert _origin_or_error(file, {}) == "default" or str(file) in _origin_or_error(file, {})
    from_variable = _origin_or_error(None, {"UTM_SHIPPER_URL": value})
    assert from_variable in ("default", "environment") or "(UTM_SHIPPER_URL)" in from_variable
