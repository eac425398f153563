"""Who may send."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from shipper.sources.syslog.allowed import Allowed, address_of

NETWORKS = tuple(map(ip_network, ("192.0.2.1", "198.51.100.0/24", "2001:db8::/64", "fe80::/10")))
CERTIFICATE: dict[str, Any] = {
    "subject": ((("organizationName", "other.example.org"),), (("commonName", "UTM.example.com"),)),
    "subjectAltName": (("DNS", "utm.example.net"), ("IP Address", "192.0.2.1")),
}


@pytest.mark.parametrize(
    ("host", "address", "is_admitted"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.2", "192.0.2.2", False),
        ("198.51.100.255", "198.51.100.255", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::0:1", "2001:db8::1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::1", True),
    ],
)
def test_addresses(host: str, address: str, is_admitted: bool) -> None:
    assert str(address_of(host)) == address
    assert Allowed(NETWORKS).admits(address_of(host)) is is_admitted


@pytest.mark.parametrize(
    ("names", "certificate", "is_admitted"),
    [
        (set(), None, True),
        (set(), CERTIFICATE, True),
        ({"utm.example.com"}, CERTIFICATE, True),
        ({"utm.example.net"}, CERTIFICATE, True),
        ({"192.0.2.1"}, CERTIFICATE, True),
        ({"other.example.org"}, CERTIFICATE, False),
        ({"example.com"}, CERTIFICATE, False),
        ({"utm.example.com"}, {}, False),
        ({"utm.example.com"}, None, False),
    ],
)
def test_names_in_certificates(names: set[str], certificate: dict[str, Any] | None, is_admitted: bool) -> None:
    assert Allowed(NETWORKS, frozenset(names)).admits_certificate(certificate) is is_admitted
