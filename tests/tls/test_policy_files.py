"""Own policy files: what they may say, and that every mistake is one line with its file, its key and what is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.errors import PolicyError
from shipper.tls.policies import BUILT_IN, load_policies, meets
from shipper.tls.policy_files import read_policy
from shipper.tls.policy_values import Criteria, TlsPolicy
from shipper.tls.registry import registered

HEAD = """\
name: own
title: Our own
source: Board decision 7 of 2024
url: https://intranet.example.com/tls
edition: 2
date: 2024-03-01
"""
OWN = (
    HEAD
    + """\
about: >-
  Without
  Camellia.
versions:
  1.3:
    - ciphers: [AES_256_GCM]
  1.0:
    - key_exchange: [RSA, DHE]
      authentication: [RSA]
      ciphers: [AES_256_CBC]
      macs: [SHA1]
    - key_exchange: [ECDHE]
      authentication: [ECDSA]
      ciphers: [CHACHA20_POLY1305]
"""
)


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    file = written(folder, text)
    with pytest.raises(PolicyError) as caught:
        read_policy(file, check_words=True)
    return str(caught.value).replace(str(file), "FILE")


def test_everything_that_a_file_can_say(tmp_path: Path) -> None:
    assert read_policy(written(tmp_path, OWN), check_words=True) == TlsPolicy(
        name="own",
        title="Our own",
        source="Board decision 7 of 2024",
        url="https://intranet.example.com/tls",
        edition="2",
        date="2024-03-01",
        about="Without Camellia.",
        versions=(
            ("1.3", (Criteria(("AES_256_GCM",)),)),
            (
                "1.0",
                (
                    Criteria(("AES_256_CBC",), ("RSA", "DHE"), ("RSA",), ("SHA1",)),
                    Criteria(("CHACHA20_POLY1305",), ("ECDHE",), ("ECDSA",)),
                ),
            ),
        ),
    )


def test_own_policies_come_after_the_built_in_ones(tmp_path: Path) -> None:
    written(tmp_path, OWN.replace("name: own", "name: other"), "b.yml")
    written(tmp_path, OWN, "a.yaml")
    written(tmp_path, "no policy", "README.md")

    policies = load_policies((tmp_path,))

    assert list(policies) == ["bsi-tr-02102-2", "mozilla-intermediate", "nist-sp-800-52r2", "own", "other"]
    assert [
        meets(policies["own"], version, "tls", cipher)
        for version, cipher in (
            ("1.0", "TLS_RSA_WITH_AES_256_CBC_SHA"),
            ("1.0", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            ("1.0", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            ("1.0", "TLS_RSA_WITH_AES_256_CBC_SHA256"),
            ("1.2", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        )
    ] == [True, True, False, False, False]


def test_a_name_may_stand_in_one_file_only(tmp_path: Path) -> None:
    twice = written(tmp_path, OWN.replace("name: own", "name: mozilla-intermediate"))

    with pytest.raises(PolicyError) as caught:
        load_policies((tmp_path,))

    assert str(caught.value) == (
        f"{twice}: the name 'mozilla-intermediate' is that of {BUILT_IN}/mozilla-intermediate.yaml;"
        " give it another name"
    )


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policies((tmp_path / "policies",))

    assert str(caught.value) == f"{tmp_path}/policies is not a folder; name a folder that holds *.yaml policies"


KEYS = "the keys are name, title, source, url, edition, date, versions, about"
ONLY_1_3 = HEAD + "versions: {1.3: [{ciphers: [AES_256_GCM]}]}\n"


def with_1_2(criteria: str) -> str:
    return f"{HEAD}versions: {{1.2: {criteria}}}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE: must be a mapping; its keys are name, title, source, url, edition, date, versions, about"),
        ("- name", "FILE: must be a mapping; its keys are name, title, source, url, edition, date, versions, about"),
        (f"{ONLY_1_3}titel: x", f"FILE: unknown key 'titel'; {KEYS}"),
        (ONLY_1_3.replace("url:", "about:"), f"FILE: the key 'url' is missing; {KEYS}"),
        (ONLY_1_3.replace("Our own", ""), "FILE: title: must be a text that is not empty"),
        (ONLY_1_3.replace("Our own", "[a]"), "FILE: title: must be a text that is not empty"),
        (
            ONLY_1_3.replace("name: own", "name: Our own"),
            "FILE: name: 'Our own' is no name; use lower case letters, digits, dots, dashes and underscores",
        ),
        (f"{ONLY_1_3}name: other", "FILE: is no readable YAML: name is given twice (line 1)"),
        (f"{HEAD}versions: {{1.3: a, 1.3: b}}", "FILE: is no readable YAML: 1.3 is given twice (line 7)"),
        (f"{HEAD}versions: [", "FILE: is no readable YAML: did not find expected node content (line 8)"),
        (f"{HEAD}versions: {{}}", "FILE: versions: allows no version; the keys are 1.3, 1.2, 1.1, 1.0"),
        (f"{HEAD}versions: [1.3]", "FILE: versions: must be a mapping; its keys are 1.3, 1.2, 1.1, 1.0"),
        (f"{HEAD}versions: {{3.0: x}}", "FILE: versions: unknown key '3.0'; the keys are 1.3, 1.2, 1.1, 1.0"),
        (with_1_2("[]"), "FILE: versions.1.2: must be a list of criteria, with at least one member"),
        (with_1_2("x"), "FILE: versions.1.2: must be a list of criteria, with at least one member"),
        (
            with_1_2("[x]"),
            "FILE: versions.1.2.1: must be a mapping; its keys are key_exchange, authentication, ciphers, macs",
        ),
        (
            with_1_2("[{ciphers: [AES_256_GCM]}]"),
            "FILE: versions.1.2.1: the key 'key_exchange' is missing;"
            " the keys are key_exchange, authentication, ciphers, macs",
        ),
        (
            f"{HEAD}versions: {{1.3: [{{ciphers: [AES_256_GCM], macs: [SHA1]}}]}}",
            "FILE: versions.1.3.1: unknown key 'macs'; the keys are ciphers",
        ),
        (
            with_1_2("[{key_exchange: ECDHE, authentication: [RSA], ciphers: [AES_256_GCM]}]"),
            "FILE: versions.1.2.1.key_exchange: must be a list of words, with at least one member",
        ),
        (
            with_1_2("[{key_exchange: [ECDHE], authentication: [RSA], ciphers: []}]"),
            "FILE: versions.1.2.1.ciphers: must be a list of words, with at least one member",
        ),
        (
            with_1_2("[{key_exchange: [ECDHE], authentication: [RSA], ciphers: [AES_256_CBC]}]"),
            "FILE: versions.1.2.1.ciphers: no registered suite has AES_256_CBC with the other criteria; take it out, or"
            " give the key exchange, authentication or, for a cipher in CBC mode, MAC that it needs",
        ),
        (
            with_1_2("[{key_exchange: [ECDHE], authentication: [DSS], ciphers: [AES_256_GCM]}]"),
            "FILE: versions.1.2.1.ciphers: no registered suite has AES_256_GCM with the other criteria; take it out, or"
            " give the key exchange, authentication or, for a cipher in CBC mode, MAC that it needs",
        ),
        (
            f"{HEAD}versions: {{1.3: [{{ciphers: [AES_256_CBC]}}]}}",
            "FILE: versions.1.3.1.ciphers: no registered suite has AES_256_CBC with the other criteria; take it out, or"
            " give the key exchange, authentication or, for a cipher in CBC mode, MAC that it needs",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


@pytest.mark.parametrize(
    ("key", "was", "word", "known"),
    [
        ("key_exchange", "[ECDHE]", "EDH", {suite.exchange for suite in registered().values()}),
        ("authentication", "[RSA]", "DSA", {suite.authentication for suite in registered().values()}),
        ("ciphers", "[AES_256_CBC]", "AES_256", {suite.cipher for suite in registered().values()}),
        ("macs", "[SHA384]", "SHA", {suite.mac for suite in registered().values()}),
    ],
)
def test_an_unknown_word_says_the_known_ones(tmp_path: Path, key: str, was: str, word: str, known: set[str]) -> None:
    criteria = "[{key_exchange: [ECDHE], authentication: [RSA], ciphers: [AES_256_CBC], macs: [SHA384]}]"

    found = refusal(tmp_path, with_1_2(criteria.replace(was, f"[{word}]")))

    words = ", ".join(sorted(known - {None}))
    assert found == f"FILE: versions.1.2.1.{key}: {word!r} is unknown; known are {words}"


@given(st.binary(max_size=60))
def test_any_bytes_give_one_clear_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "own.yaml"
    file.write_bytes(content)

    with pytest.raises(PolicyError) as caught:
        read_policy(file, check_words=True)

    assert str(caught.value).startswith(f"{file}: ")
