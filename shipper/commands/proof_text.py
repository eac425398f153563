"""A TLS statement on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shipper.commands.rows import clean
from shipper.missing_days import describe_days
from shipper.proof.legs import Leg
from shipper.proof.period import Period
from shipper.proof.statement import File, Listed, Shown, Statement

_COUNTS = ("legs", "meets", "fails", "plaintext", "not provable")
_WIDTH = 140
"""Where no terminal says how wide it is."""
_MOST_GAPS = 20
_MOST_FILES = 5
_MOST_REMARKS = 50
_COLORS = {"meets": "green", "exceptions": "red", "nothing proven": "yellow"}


def print_statement(statement: Statement, most: int) -> None:
    """All of it, with at most so many exceptions and legs that are not provable."""
    click.secho(statement.verdict, fg=_COLORS[statement.outcome], bold=True)
    click.echo()
    for name, value in facts(statement):
        click.echo(f"{name + ':':10} {clean(value)}")
    for file in statement.source.files[:_MOST_FILES]:
        click.echo(f"{'sha256:':10} {digest(file)}  {clean(file.path)}  {file.bytes:,} bytes")
    if len(statement.source.files) > _MOST_FILES:
        click.echo(f"{'sha256:':10} of all {len(statement.source.files):,} logs in --html and --json")
    click.echo()
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH).print(_counts(statement))
    _print_list("Exceptions", statement.exceptions, most)
    _print_list("Not provable", statement.unproven, most)


def facts(statement: Statement) -> Iterator[tuple[str, str]]:
    """What was asked, by what it was judged, and what there was, as pairs of a name and a value."""
    question, policy, period = statement.question, statement.policy, statement.period
    yield "partners", ", ".join(question.partners) + (" and subdomains" if question.subdomains else "")
    yield "policy", f"{policy.name}, edition {policy.edition} of {policy.date}: {policy.source}"
    yield "asked for", _asked(period, question.hosts)
    if period.first and period.last:
        found = f"{moment(period.first)} to {moment(period.last)} UTC, {period.messages:,} messages"
        yield "found", f"{found}, {statement.messages:,} of them with {statement.total.legs:,} legs"
    else:
        yield "found", "no message at all"
    for host in period.hosts:
        days = f"{host.days:,} UTC days with lines or mail; missing: {describe_days(host.missing, _MOST_GAPS)}"
        yield "days", f"{host.host or '(no host)'}: {days}"
    if statement.local or statement.refused:
        yield "left out", f"{statement.local:,} that stayed on the gateway, {statement.refused:,} refused or abandoned"
    source = statement.source
    yield "source", f"{source.where}{f' ({source.lines})' if source.lines else ''}"
    for words in source.remarks[:_MOST_REMARKS]:
        yield "remark", words
    if (more := len(source.remarks) - _MOST_REMARKS) > 0:
        yield "remark", f"{more:,} more are in --json"
    yield "made", f"{moment(statement.made)} UTC by utm-shipper {statement.version}"


def moment(time: str) -> str:
    """`2019-06-10 15:04:40`, of a time as documents have it."""
    return time[:19].replace("T", " ")


def digest(file: File) -> str:
    """Its SHA-256, or why it is not known."""
    why_not = "it changed while it was read" if file.bytes else "it can be read only once"
    return file.sha256 or f"not known: {why_not}"


def session(leg: Leg) -> str:
    """`TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA (AES128-SHA), 128 bits, weak`."""
    found = leg.session
    named = f"{found.cipher} ({found.openssl_cipher})" if found.cipher and found.openssl_cipher else found.suite
    parts = [found.version, *([named] if named != found.version else [])]
    parts += [f"{found.bits} bits"] if found.bits is not None else []
    return ", ".join([*parts, *([found.grade] if found.grade != found.version else [])])


def other_end(leg: Leg) -> str:
    """`mx.example.net [192.0.2.10]:25`, as far as it is known."""
    ip = f"[{leg.peer_ip}]{f':{leg.peer_port}' if leg.peer_port is not None else ''}" if leg.peer_ip else ""
    return " ".join(filter(None, (leg.peer, ip))) or "(not logged)"


def _asked(period: Period, hosts: Sequence[str]) -> str:
    since = f"from {moment(period.since)} UTC" if period.since else "from the beginning"
    until = f"to before {moment(period.until)} UTC" if period.until else "to the end"
    return f"{since} {until}, {'gateways ' + ', '.join(hosts) if hosts else 'all gateways'}"


def _counts(statement: Statement) -> Table:
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    made.add_column("")
    for name in _COUNTS:
        made.add_column(name, justify="right")
    made.add_row(Text("all"), *(f"{count:,}" for count in statement.total.counts), end_section=True)
    for table in statement.tables:
        made.add_row(Text(table.title, style="bold"))
        for row in table.rows:
            label = "  " + clean(", ".join(filter(None, row.values)))
            made.add_row(Text(label), *(f"{count:,}" for count in row.counts), end_section=row is table.rows[-1])
    return made


def _print_list(title: str, listed: Listed, most: int) -> None:
    if not listed.total:
        return
    shown = listed.shown[:most]
    first = f", the first {len(shown):,}" if len(shown) < listed.total else ""
    click.echo()
    click.secho(f"{title}: {listed.total:,}{first}", bold=True)
    for each in shown:
        _print_leg(each)


def _print_leg(shown: Shown) -> None:
    leg = shown.leg
    click.echo()
    where = f"{moment(leg.time)}  {leg.direction}  {leg.queue_id or '(no queue id)'}  {leg.address}  {leg.status}"
    click.echo(clean(where))
    click.echo(clean(f"    {other_end(leg)}  {session(leg)}: {leg.session.reason}"))
    for line in shown.lines or ("(no line of it is in the archive)",):
        click.echo(f"    {clean(line)}")
