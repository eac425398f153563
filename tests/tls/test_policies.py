"""What the policies accept, against lists that were copied from their sources by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipper.errors import PolicyError
from shipper.tls.policies import BUILT_IN, DEFAULT, allowed_suites, choose_policy, default_policy, load_policies, meets
from shipper.tls.policy_files import read_policy

PUBLISHED = {
    # ssl-config.mozilla.org/guidelines/5.7.json: configurations.intermediate, ciphersuites and ciphers.iana
    "mozilla-intermediate": {
        "1.3": "AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256",
        "1.2": """
            ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_RSA_WITH_AES_128_GCM_SHA256
            ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ECDHE_RSA_WITH_AES_256_GCM_SHA384
            ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
            DHE_RSA_WITH_AES_256_GCM_SHA384 DHE_RSA_WITH_AES_128_GCM_SHA256 DHE_RSA_WITH_CHACHA20_POLY1305_SHA256""",
    },
    # TR-02102-2: the tables of recommended suites in 3.3.1.1 (with forward secrecy) and 3.4.4
    "bsi-tr-02102-2": {
        "1.3": "AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_128_CCM_SHA256",
        "1.2": """
            ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
            ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            ECDHE_ECDSA_WITH_AES_128_CCM ECDHE_ECDSA_WITH_AES_256_CCM
            ECDHE_RSA_WITH_AES_128_CBC_SHA256 ECDHE_RSA_WITH_AES_256_CBC_SHA384
            ECDHE_RSA_WITH_AES_128_GCM_SHA256 ECDHE_RSA_WITH_AES_256_GCM_SHA384
            DHE_DSS_WITH_AES_128_CBC_SHA256 DHE_DSS_WITH_AES_256_CBC_SHA256
            DHE_DSS_WITH_AES_128_GCM_SHA256 DHE_DSS_WITH_AES_256_GCM_SHA384
            DHE_RSA_WITH_AES_128_CBC_SHA256 DHE_RSA_WITH_AES_256_CBC_SHA256
            DHE_RSA_WITH_AES_128_GCM_SHA256 DHE_RSA_WITH_AES_256_GCM_SHA384
            DHE_RSA_WITH_AES_128_CCM DHE_RSA_WITH_AES_256_CCM""",
    },
    # SP 800-52 Rev. 2: 3.3.1.1, certificate by certificate (ECDSA, RSA, DSA, DH, ECDH), and 3.3.1.2
    "nist-sp-800-52r2": {
        "1.3": "AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_128_CCM_SHA256 AES_128_CCM_8_SHA256",
        "1.2": """
            ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            ECDHE_ECDSA_WITH_AES_128_CCM ECDHE_ECDSA_WITH_AES_256_CCM
            ECDHE_ECDSA_WITH_AES_128_CCM_8 ECDHE_ECDSA_WITH_AES_256_CCM_8
            ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384
            ECDHE_ECDSA_WITH_AES_128_CBC_SHA ECDHE_ECDSA_WITH_AES_256_CBC_SHA

            ECDHE_RSA_WITH_AES_128_GCM_SHA256 ECDHE_RSA_WITH_AES_256_GCM_SHA384
            DHE_RSA_WITH_AES_128_GCM_SHA256 DHE_RSA_WITH_AES_256_GCM_SHA384
            DHE_RSA_WITH_AES_128_CCM DHE_RSA_WITH_AES_256_CCM
            DHE_RSA_WITH_AES_128_CCM_8 DHE_RSA_WITH_AES_256_CCM_8
            ECDHE_RSA_WITH_AES_128_CBC_SHA256 ECDHE_RSA_WITH_AES_256_CBC_SHA384
            DHE_RSA_WITH_AES_128_CBC_SHA256 DHE_RSA_WITH_AES_256_CBC_SHA256
            ECDHE_RSA_WITH_AES_128_CBC_SHA ECDHE_RSA_WITH_AES_256_CBC_SHA
            DHE_RSA_WITH_AES_128_CBC_SHA DHE_RSA_WITH_AES_256_CBC_SHA

            DHE_DSS_WITH_AES_128_GCM_SHA256 DHE_DSS_WITH_AES_256_GCM_SHA384
            DHE_DSS_WITH_AES_128_CBC_SHA256 DHE_DSS_WITH_AES_256_CBC_SHA256
            DHE_DSS_WITH_AES_128_CBC_SHA DHE_DSS_WITH_AES_256_CBC_SHA

            DH_DSS_WITH_AES_128_GCM_SHA256 DH_DSS_WITH_AES_256_GCM_SHA384
            DH_DSS_WITH_AES_128_CBC_SHA256 DH_DSS_WITH_AES_256_CBC_SHA256
            DH_DSS_WITH_AES_128_CBC_SHA DH_DSS_WITH_AES_256_CBC_SHA

            DH_RSA_WITH_AES_128_GCM_SHA256 DH_RSA_WITH_AES_256_GCM_SHA384
            DH_RSA_WITH_AES_128_CBC_SHA256 DH_RSA_WITH_AES_256_CBC_SHA256
            DH_RSA_WITH_AES_128_CBC_SHA DH_RSA_WITH_AES_256_CBC_SHA

            ECDH_ECDSA_WITH_AES_128_GCM_SHA256 ECDH_ECDSA_WITH_AES_256_GCM_SHA384
            ECDH_ECDSA_WITH_AES_128_CBC_SHA256 ECDH_ECDSA_WITH_AES_256_CBC_SHA384
            ECDH_ECDSA_WITH_AES_128_CBC_SHA ECDH_ECDSA_WITH_AES_256_CBC_SHA

            ECDH_RSA_WITH_AES_128_GCM_SHA256 ECDH_RSA_WITH_AES_256_GCM_SHA384
            ECDH_RSA_WITH_AES_128_CBC_SHA256 ECDH_RSA_WITH_AES_256_CBC_SHA384
            ECDH_RSA_WITH_AES_128_CBC_SHA ECDH_RSA_WITH_AES_256_CBC_SHA""",
    },
}


def test_the_built_in_policies_accept_exactly_the_published_suites() -> None:
    accepted = {
        name: {version: sorted(suite.name for suite in suites) for version, suites in allowed_suites(policy).items()}
        for name, policy in load_policies().items()
    }

    assert accepted == {
        name: {version: sorted(f"TLS_{suite}" for suite in suites.split()) for version, suites in versions.items()}
        for name, versions in PUBLISHED.items()
    }


@pytest.mark.parametrize("file", sorted(BUILT_IN.iterdir()), ids=lambda file: file.stem)
def test_each_built_in_policy_stands_in_a_file_of_its_name_with_known_words_only(file: Path) -> None:
    policy = read_policy(file, check_words=True)

    assert (f"{policy.name}.yaml", policy) == (file.name, load_policies()[policy.name])


def test_the_default_is_mozillas_intermediate() -> None:
    assert default_policy() == choose_policy(DEFAULT) == load_policies()["mozilla-intermediate"]


AES_GCM = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"


@pytest.mark.parametrize(
    ("version", "protocol", "cipher", "expected"),
    [
        ("1.2", "tls", AES_GCM, True),
        ("1.3", "tls", "TLS_AES_128_GCM_SHA256", True),
        ("1.3", "tls", AES_GCM, False),
        ("1.2", "tls", "TLS_AES_128_GCM_SHA256", False),
        ("1.1", "tls", AES_GCM, False),
        ("1.2", "ssl", AES_GCM, False),
        ("1.2", "tls", None, False),
        ("1.2", "tls", "TLS_NO_SUCH_SUITE", False),
        (None, None, AES_GCM, False),
        ("1.2", "tls", "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256", False),
        ("1.2", "tls", "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", False),
        ("1.2", "tls", "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", False),
        ("1.2", "tls", "TLS_DH_anon_WITH_AES_128_GCM_SHA256", False),
        ("1.2", "tls", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", False),
        ("1.3", "tls", "TLS_AES_128_CCM_8_SHA256", False),
    ],
)
def test_whether_a_leg_meets_the_default(
    version: str | None, protocol: str | None, cipher: str | None, expected: bool
) -> None:
    assert meets(default_policy(), version, protocol, cipher) is expected


def test_an_unknown_name_says_the_known_ones() -> None:
    with pytest.raises(PolicyError) as caught:
        choose_policy("mozzila")

    assert str(caught.value) == (
        "no TLS policy is named 'mozzila'; known are bsi-tr-02102-2, mozilla-intermediate, nist-sp-800-52r2;"
        " tls.policies names folders of more"
    )
    assert caught.value.exit_code == 2
