"""`policies list` and `policies show`: an auditor's question is what exactly is acceptable."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shipper.commands import main
from shipper.tls.policies import load_policies

OWN = """\
name: own
title: Our own
source: Board decision 7
url: https://intranet.example.com/tls
edition: 2
date: 2024-03-01
versions:
  1.3:
    - ciphers: [AES_256_GCM]
  1.2:
    - key_exchange: [ECDHE]
      authentication: [RSA]
      ciphers: [AES_256_CBC, CAMELLIA_256_GCM]
      macs: [SHA384]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one own policy, in a home without settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    own = tmp_path / "policies"
    own.mkdir()
    (own / "own.yaml").write_text(OWN)
    return own


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["policies", *arguments], env=environment)


def test_list_names_each_with_title_and_source(folder: Path) -> None:
    known = [(policy.name, policy.title, policy.source) for policy in load_policies((folder,)).values()]
    width = max(len(title) for _, title, _ in known)
    lines = [f"{name:24} {title:{width}} {source}" for name, title, source in known]

    with_option = _run("list", "--policies", str(folder))
    with_setting = _run("list", UTM_SHIPPER_TLS_POLICIES=str(folder))
    without = _run("list")

    assert (with_option.exit_code, with_option.stdout.splitlines()) == (0, lines)
    assert with_setting.stdout == with_option.stdout
    assert [line.split()[0] for line in without.stdout.splitlines()] == [name for name, _, _ in known[:-1]]
    assert known[-1] == ("own", "Our own", "Board decision 7")


def test_show_lists_what_is_accepted_by_both_names(folder: Path) -> None:
    result = _run("show", "own", "--policies", str(folder))

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "own\n"
        "  title:   Our own\n"
        "  source:  Board decision 7\n"
        "  url:     https://intranet.example.com/tls\n"
        "  edition: 2\n"
        "  date:    2024-03-01\n"
        "TLS 1.3\n"
        "  TLS_AES_256_GCM_SHA384                      TLS_AES_256_GCM_SHA384\n"
        "TLS 1.2\n"
        "  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384       ECDHE-RSA-AES256-SHA384\n"
        "  TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384  -\n"
    )


def test_a_policy_that_is_not_known_ends_in_one_line(folder: Path) -> None:
    result = _run("show", "own")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "utm-shipper: error: no TLS policy is named 'own';"
        " known are bsi-tr-02102-2, mozilla-intermediate, nist-sp-800-52r2; tls.policies names folders of more\n"
    )


def test_a_run_by_a_policy_that_is_not_known_ends_before_it_begins(folder: Path) -> None:
    log = folder / "smtp.log"
    log.write_text("")

    result = CliRunner().invoke(main, ["parse", str(log), "--policy", "nope"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("utm-shipper: error: no TLS policy is named 'nope'; known are ")
