"""Settings of a connection: what they accept, and that they keep their secrets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from shipper.cluster import ConnectionSettings, split_urls
from shipper.cluster.connection import hosts_of, without_secrets
from shipper.errors import SettingsError

SECRETS = ConnectionSettings(
    urls=("https://ann:s3cret@one.example.org", "http://two.example.org:9201/search/"),
    username="bob",
    password="hunter2",
    api_key="id:k3y",
)


@pytest.mark.parametrize("show", [repr, str, pretty_repr, lambda settings: repr(hosts_of(settings))])
def test_no_representation_shows_a_secret(show):
    shown = show(SECRETS)
    assert [secret for secret in ("s3cret", "hunter2", "k3y", _b64("ann:s3cret")) if secret in shown] == []
    assert "one.example.org" in shown


def test_repr_tells_everything_else():
    assert repr(SECRETS) == (
        "ConnectionSettings(urls=('https://***@one.example.org', 'http://two.example.org:9201/search/'), "
        "username='bob', password='***', api_key='***', ca_file=None, verify_certificates=True, product=None, "
        "timeout=60.0, compress=True)"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        # An "@" behind a slash may end a password with a slash in it: better a path too few than a secret too many.
        ("https://host:9200/a@b", "https://***@b"),
        ("https://u:p@host:9200/x", "https://***@host:9200/x"),
        ("u:p@host", "***@host"),
        ("https://u:p/w@host/x", "https://***@host/x"),
        ("https://u:p@w@host", "https://***@host"),
        ("nonsense", "nonsense"),
    ],
)
def test_urls_lose_their_secrets(url, shown):
    assert without_secrets(url) == shown


def test_hosts_are_read_from_urls():
    hosts = hosts_of(SECRETS)
    assert [(host.url, host.user, host.authorization) for host in hosts] == [
        ("https://one.example.org:443", "user 'ann'", f"Basic {_b64('ann:s3cret')}"),
        ("http://two.example.org:9201/search", "the API key", f"ApiKey {_b64('id:k3y')}"),
    ]


def test_defaults_and_escapes_of_a_url():
    (host,) = hosts_of(ConnectionSettings(urls=("http://a%40b:c%2Fd@[::1]",)))
    assert (host.url, host.name, host.authorization) == ("http://[::1]:9200", "::1", f"Basic {_b64('a@b:c/d')}")


def test_user_and_password_beside_the_url():
    (host,) = hosts_of(ConnectionSettings(urls=("http://h",), username="bob", password="päss"))
    assert (host.user, host.authorization) == ("user 'bob'", f"Basic {_b64('bob:päss')}")


def test_an_encoded_api_key_goes_as_it_is():
    (host,) = hosts_of(ConnectionSettings(urls=("http://h",), api_key="aWQ6a2V5"))
    assert host.authorization == "ApiKey aWQ6a2V5"


def test_urls_are_split_at_commas():
    assert split_urls(" https://a:1 ,http://b,, ") == ("https://a:1", "http://b")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (ConnectionSettings(urls=()), "no cluster URL is given; write it like https://search.example.org:9200"),
        (
            ConnectionSettings(urls=("ann:s3cret@host:9200",)),
            "'***@host:9200' is not an http or https URL; write it like https://search.example.org:9200",
        ),
        (
            ConnectionSettings(urls=("http://ann:s3cret@host:port",)),
            "'http://***@host:port' is not a URL; write it like https://search.example.org:9200",
        ),
        (
            ConnectionSettings(urls=("http://h",), product="solr"),
            "product 'solr' is unknown; it is one of opensearch, elasticsearch",
        ),
        (
            ConnectionSettings(urls=("http://h",), api_key="s3cret\n"),
            "the API key holds a character that no key has; copy it anew, as one line",
        ),
        (
            ConnectionSettings(urls=("https://h",), ca_file="/nowhere/ca.pem"),
            "the CA file /nowhere/ca.pem cannot be used: No such file or directory; "
            "give a readable file of PEM certificates",
        ),
    ],
)
def test_impossible_settings_end_in_one_line(settings, line):
    with pytest.raises(SettingsError) as caught:
        hosts_of(settings)
    assert str(caught.value) == line


def test_a_ca_file_without_certificates(tmp_path: Path):
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(SettingsError, match=r"^the CA file .*ca\.pem cannot be used: .+; give a readable file of PEM"):
        hosts_of(ConnectionSettings(urls=("https://h",), ca_file=str(file)))


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
