"""`utm-shipper tls-proof`: the statement that mail with a partner went over TLS that meets a policy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from shipper import __version__
from shipper.commands.connection import connected
from shipper.commands.options import with_settings
from shipper.commands.progress import progress
from shipper.commands.proof_page import statement_page
from shipper.commands.proof_text import print_statement
from shipper.commands.scope import with_scope
from shipper.commands.talk import say
from shipper.commands.whole_file import whole_file
from shipper.errors import AttentionError
from shipper.pipeline.preparing import prepare
from shipper.pipeline.tuning import fewer_collections
from shipper.proof.csv_legs import csv_writer
from shipper.proof.evidence import is_evidence
from shipper.proof.files import fingerprints, unchanged
from shipper.proof.legs import Judge
from shipper.proof.partners import partners as partners_of
from shipper.proof.proving import Made, OnLeg, prove
from shipper.proof.statement import Source, Statement
from shipper.retrieval import Archive, ClusterArchive, Scope, read_logs
from shipper.settings import Settings
from shipper.sources.files import find_logs
from shipper.sources.folders import as_text
from shipper.tls.policies import choose_policy

_ON_TERMINAL, _ON_PAGE = 10, 200
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("tls-proof")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--partner", "partners", multiple=True, required=True, metavar="DOMAIN", help="Whose mail (repeatable).")
@click.option("--subdomains", is_flag=True, help="Their subdomains count as theirs.")
@click.option("--accepted", is_flag=True, help="Leave out sessions whose mail was refused or abandoned.")
@with_scope("Messages")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the statement as a page, for a browser or to print.")
@click.option(
    "--csv", "table", type=_FILE, metavar="FILE", help="Write every leg as a row, with the exceptions' lines."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--rows",
    type=click.IntRange(0),
    metavar="N",
    help=f"At most so many legs in each list.  [default: {_ON_TERMINAL} on the terminal, {_ON_PAGE} in --html, --json]",
)
@with_settings("url", "formats", "zone", "tls.policy", "tls.policies")
def tls_proof(
    paths: tuple[str, ...], partners: tuple[str, ...], subdomains: bool, accepted: bool, html: Path | None,
    table: Path | None, as_json: bool, rows: int | None, scope: Scope, settings: Settings,
) -> None:  # fmt: skip
    """State over which TLS mail from and to partners went, and whether that meets a policy.

    PATH is a log, a folder of logs or - for standard input; without one, the messages come from the cluster. A TIME is
    a day, or a second such as 2019-06-10T15:04:40.

    A leg is inbound when the message's envelope sender (without SRS) has the partner's domain: the session in which it
    came. A leg is outbound for each recipient of a message that has the partner's domain: the last attempt to deliver
    to it. Domains are compared whole and without regard to case. What stayed on the gateway is no leg.

    legs = meets the policy + fails (encrypted, but not as it wants) + plaintext + not provable (the log does not tell).

    Exit code 0 when legs meet the policy and none is known not to, else 10. Lists are cut, numbers never; the file of
    --csv has all legs.
    """
    judge = Judge(
        partners_of(partners, subdomains=subdomains),
        choose_policy(settings.tls.policy, settings.tls.policies),
        accepted,
    )
    with ExitStack() as stack:
        page = stack.enter_context(whole_file(html)) if html else None
        cells = stack.enter_context(whole_file(table)) if table else None
        on_leg = csv_writer(cells, judge.policy.name) if cells else lambda leg, lines: None
        asked = _Asked(scope, judge, _ON_PAGE if rows is None else rows, on_leg)
        statement = _of_logs(paths, asked, settings) if paths else _of_cluster(asked, settings)
        if page:
            page.write(statement_page(statement))
    if as_json:
        click.echo(msgspec.json.encode(statement))
    else:
        print_statement(statement, _ON_TERMINAL if rows is None else rows)
    _judge(statement)


class _Asked(msgspec.Struct, frozen=True):
    """`remarks` grow while it is read: the statement has them, and they are said at once."""

    scope: Scope
    judge: Judge
    rows: int
    on_leg: OnLeg
    remarks: list[str] = msgspec.field(default_factory=list)

    def remark(self, words: str) -> None:
        self.remarks.append(words.removeprefix("warning: "))
        say(words)

    def answer(self, archive: Archive, source: Source) -> Statement:
        with fewer_collections():
            made = Made(__version__, _now(), source)
            statement = prove(archive, self.scope, self.judge, made, rows=self.rows, on_leg=self.on_leg)
        replace = msgspec.structs.replace
        return replace(statement, source=replace(source, remarks=tuple(self.remarks)))


def _of_cluster(asked: _Asked, settings: Settings) -> Statement:
    with connected(settings) as cluster:
        archive = ClusterArchive(cluster, settings.index.prefix, on_notice=asked.remark)
        return asked.answer(archive, Source("cluster", archive.where))


def _of_logs(paths: tuple[str, ...], asked: _Asked, settings: Settings) -> Statement:
    logs = find_logs(paths)
    before = fingerprints(logs)
    with ExitStack() as stack:
        with progress(logs) as on_bytes, fewer_collections():
            reading = read_logs(logs, prepare(settings), keep=is_evidence, on_notice=asked.remark, on_bytes=on_bytes)
            archive = stack.enter_context(reading)
        lines = archive.balance.describe()
        say(lines, **archive.balance.counted())
        return asked.answer(archive, Source("logs", _named(paths, len(logs)), unchanged(before), lines))


def _named(paths: Sequence[str], logs: int) -> str:
    return f"{logs:,} {'log' if logs == 1 else 'logs'}: {', '.join(map(as_text, paths))}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _judge(statement: Statement) -> None:
    if statement.outcome == "exceptions":
        raise AttentionError(
            f"{statement.exceptions.total:,} legs do not meet the policy", advice="the statement lists them"
        )
    if statement.outcome == "nothing proven":
        raise AttentionError("no leg is known to meet the policy", advice="check the partners and the period")
