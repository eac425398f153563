"""TLS on real sockets: who shows which certificate, and what becomes of broken handshakes."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from shipper.errors import ListenError
from shipper.sources.syslog import connections
from shipper.sources.syslog.certificates import CertificateFiles, Certificates
from shipper.sources.syslog.tally import Tally
from tests.sources.syslog.station import LINE, Station, is_open, running

REFUSED = "warning: the tls connection of 127.0.0.1 is closed: TLS failed: "


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> CertificateFiles:
    return issued(tmp_path, authority)


def issued(folder: Path, authority: trustme.CA, name: str = "127.0.0.1") -> CertificateFiles:
    """The listener's own certificate, and the authority by which clients are known."""
    own = authority.issue_cert(name)
    own.private_key_pem.write_to_path(str(folder / "own.key"))
    own.cert_chain_pems[0].write_to_path(str(folder / "own.pem"))
    authority.cert_pem.write_to_path(str(folder / "senders.pem"))
    return CertificateFiles(folder / "own.pem", folder / "own.key", folder / "senders.pem")


@pytest.fixture
def station(tmp_path: Path, files: CertificateFiles) -> Iterator[Station]:
    with running(tmp_path / "spool", tls=files) as station:
        yield station


def shown(authority: trustme.CA, certificate: trustme.LeafCert | None) -> ssl.SSLContext:
    """How a client with this certificate connects."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if certificate:
        certificate.configure_cert(context)
    return context


def send(station: Station, context: ssl.SSLContext, data: bytes) -> None:
    """As a syslog sender: connects, sends, ends. What the listener thinks of the certificate comes later (TLS 1.3)."""
    with context.wrap_socket(station.connect("tls"), server_hostname="127.0.0.1") as connection:
        connection.sendall(data)
        connection.unwrap().close()


def test_messages_of_a_client_with_a_certificate(station: Station, authority: trustme.CA) -> None:
    context = shown(authority, authority.issue_cert("utm.example.com"))
    send(station, context, b"%d %s%d %s" % (len(LINE), LINE, 5, b"<1>ab"))
    send(station, context, LINE + b"\n" + LINE[:5])
    station.until(lambda: station.tally.cut_short)

    assert sorted(station.lines()) == sorted([LINE, b"<1>ab", LINE])
    assert station.tally == Tally(tls=3, spooled=3, cut_short=1)


def test_many_messages(station: Station, authority: trustme.CA) -> None:
    messages = [b"%s %d" % (LINE, number) for number in range(20_000)]
    send(station, shown(authority, authority.issue_cert("utm.example.com")), b"\n".join([*messages, b""]))
    station.until(lambda: station.tally.spooled == 20_000)

    assert station.lines() == messages


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (None, "peer did not return a certificate"),
        (trustme.CA().issue_cert("utm.example.com"), "certificate verify failed"),
    ],
    ids=["none", "of another authority"],
)
def test_a_client_without_a_certificate_of_the_authority_is_refused(
    station: Station, authority: trustme.CA, certificate: trustme.LeafCert | None, why: str
) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        send(station, shown(authority, certificate), LINE + b"\n")
    station.until(lambda: station.tally.broken)

    assert station.lines() == []
    assert station.tally == Tally(broken=1)
    assert station.said == [f"{REFUSED}{why}"]


def test_without_an_authority_no_certificate_is_asked_for(
    tmp_path: Path, files: CertificateFiles, authority: trustme.CA
) -> None:
    open_to_all = CertificateFiles(files.certificate, files.key)
    with running(tmp_path / "spool", tls=open_to_all) as station:
        send(station, shown(authority, None), LINE + b"\n")
        station.until(lambda: station.tally.spooled)

    assert station.lines() == [LINE]


def test_only_named_clients_may_send(tmp_path: Path, files: CertificateFiles, authority: trustme.CA) -> None:
    with running(tmp_path / "spool", tls=files, names=frozenset({"utm.example.com"})) as station:
        other = shown(authority, authority.issue_cert("other.example.com"))
        with other.wrap_socket(station.connect("tls"), server_hostname="127.0.0.1") as connection:
            station.until(lambda: station.tally.refused)
            connection.close()
        send(station, shown(authority, authority.issue_cert("UTM.example.com")), LINE + b"\n")
        station.until(lambda: station.tally.spooled)

    assert station.tally == Tally(tls=1, spooled=1, refused=1)
    assert station.said == ["warning: tls from 127.0.0.1 refused: syslog.client_names holds no name of its certificate"]


def test_an_address_that_is_not_allowed_gets_no_handshake(
    tmp_path: Path, files: CertificateFiles, authority: trustme.CA
) -> None:
    with running(tmp_path / "spool", tls=files, allow=("127.0.0.2",)) as station:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            send(station, shown(authority, authority.issue_cert("utm.example.com")), LINE)
        station.until(lambda: station.tally.refused)

    assert station.tally == Tally(refused=1)


def test_broken_handshakes_are_nobody_elses_trouble(
    station: Station, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_HANDSHAKE_SECONDS", 0.3)
    with station.connect("tls") as plain, station.connect("tls") as silent:
        plain.sendall(LINE + b"\n" + LINE)
        send(station, shown(authority, authority.issue_cert("utm.example.com")), LINE + b"\n")
        station.until(lambda: not is_open(plain) and not is_open(silent))
    station.until(lambda: station.tally.broken == 2)

    assert station.tally == Tally(tls=1, spooled=1, broken=2)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_are_refused(station: Station, authority: trustme.CA) -> None:
    context = shown(authority, authority.issue_cert("utm.example.com"))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        send(station, context, LINE)
    station.until(lambda: station.tally.broken)

    assert station.said == [f"{REFUSED}unsupported protocol"]


def names_of(station: Station, authority: trustme.CA) -> set[str]:
    """The names in the certificate that the listener shows now."""
    context = shown(authority, authority.issue_cert("utm.example.com"))
    context.check_hostname = False
    with context.wrap_socket(station.connect("tls")) as connection:
        certificate = connection.getpeercert() or {}
        return {str(value) for _, value in certificate["subjectAltName"]}  # type: ignore[misc]


def test_renewed_certificates_are_used_and_broken_ones_are_not(
    tmp_path: Path, station: Station, authority: trustme.CA
) -> None:
    assert names_of(station, authority) == {"127.0.0.1"}
    issued(tmp_path, authority, "renewed.example.net")
    station.until(lambda: names_of(station, authority) == {"renewed.example.net"})
    (tmp_path / "own.pem").write_text("no certificate")
    station.until(lambda: any(text.startswith("warning: cannot use") for text in station.said))

    assert names_of(station, authority) == {"renewed.example.net"}
    assert "the certificates have changed and were read again" in station.said


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("own.pem", "cannot use the certificate {0}/own.pem with the key {0}/own.key: "),
        ("own.key", "cannot use the certificate {0}/own.pem with the key {0}/own.key: "),
        ("senders.pem", "cannot use the authority of clients {0}/senders.pem: "),
    ],
)
@pytest.mark.parametrize("content", [None, b"nothing of use"])
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path, files: CertificateFiles, broken: str, what: str, content: bytes | None
) -> None:
    (tmp_path / broken).unlink()
    if content:
        (tmp_path / broken).write_bytes(content)
    with pytest.raises(ListenError) as caught:
        Certificates(files)

    assert str(caught.value).startswith(what.format(tmp_path))


def test_a_key_with_a_password_is_an_error_and_not_a_question(tmp_path: Path, files: CertificateFiles) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"hush"),
        )
    )
    with pytest.raises(ListenError, match=r"the key without a password$"):
        Certificates(files)
