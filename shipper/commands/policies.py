"""`utm-shipper policies`: by what TLS legs are judged."""

from __future__ import annotations

from collections.abc import Iterator

import click

from shipper.commands.options import with_settings
from shipper.settings import Settings
from shipper.tls.policies import allowed_suites, choose_policy, load_policies
from shipper.tls.policy_values import TlsPolicy


@click.group()
def policies() -> None:
    """By what TLS legs are judged."""


@policies.command("list")
@with_settings("tls.policies")
def list_policies(settings: Settings) -> None:
    """List the policies, your own (--policies DIR) included, with their sources."""
    found = load_policies(settings.tls.policies).values()
    width = max(len(policy.title) for policy in found)
    for policy in found:
        click.echo(f"{policy.name:24} {policy.title:{width}} {policy.source}")


@policies.command()
@click.argument("name")
@with_settings("tls.policies")
def show(name: str, settings: Settings) -> None:
    """Show exactly what the policy NAME accepts.

    Under each TLS version stand the suites that are allowed with it, by the names of IANA and of OpenSSL. A leg with
    any other version or suite does not meet the policy.
    """
    for line in _describe(choose_policy(name, settings.tls.policies)):
        click.echo(line)


def _describe(policy: TlsPolicy) -> Iterator[str]:
    yield policy.name
    for word in ("title", "source", "url", "edition", "date", "about"):
        if text := getattr(policy, word):
            yield f"  {word + ':':9}{text}"
    allowed = allowed_suites(policy)
    width = max((len(suite.name) for suites in allowed.values() for suite in suites), default=0)
    for version, suites in allowed.items():
        yield f"TLS {version}"
        for suite in suites:
            yield f"  {suite.name:{width}}  {suite.openssl or '-'}"
