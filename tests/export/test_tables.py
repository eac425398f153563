"""The rows of every table, in every format, against the generator's truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from shipper.commands import main
from shipper.export.rows import RowMaker
from shipper.export.tables import all_tables
from tests.end_to_end.node import assert_well
from tests.export.reading import as_cells, read_table, read_tables
from tests.export.truth import Row, Tables, tables_of
from tests.generator import generate, render
from tests.generator.dialects import DIALECTS
from tests.pipeline.running import write_log

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
FORMATS = ("csv", "ndjson", "parquet")
UNORDERED = ("queue_ids", "dkim_domains", "dkim_passed_domains")


def exported(log: Path, to: Path, *options: str) -> str:
    """Exports a log; what was said."""
    return assert_well(CliRunner().invoke(main, ["export", str(log), "--to", str(to), *options])).stderr


def identity(row: Row) -> tuple[object, ...]:
    if row["queue_id"]:
        return (row["host"], row["queue_id"])
    return tuple(
        row[name] for name in ("host", "client_ip", "client_port", "sender", "time", "first_line", "last_line")
    )


def numbered(tables: Tables, truth: Tables) -> Tables:
    """The tables with the number of the true message in the place of the document's id."""
    numbers: dict[tuple[object, ...], list[int]] = {}
    for row in truth["messages"]:
        numbers.setdefault(identity(row), []).append(row["message"])
    ids = {row["document_id"]: numbers[identity(row)].pop(0) for row in tables["messages"]}
    assert len(ids) == len(tables["messages"])
    return {
        name: [
            {"message": ids[row["document_id"]]} | {k: v for k, v in row.items() if k != "document_id"} for row in rows
        ]
        for name, rows in tables.items()
    }


def assert_true(tables: Tables, truth: Tables) -> None:
    """Each table has the rows of the truth, as far as that knows their columns."""
    for name, wanted in truth.items():
        columns = list(wanted[0])
        found = [tuple(_known(row, column) for column in columns) for row in numbered_rows(tables, truth, name)]
        expected = [tuple(_known(row, column) for column in columns) for row in wanted]
        missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
        assert (name, columns, list(missing)[:3], list(extra)[:3]) == (name, columns, [], [])


def numbered_rows(tables: Tables, truth: Tables, name: str) -> list[Row]:
    return numbered(tables, truth)[name]


def _known(row: Row, column: str) -> object:
    value = row[column]
    if isinstance(value, list):
        return tuple(sorted(value)) if column in UNORDERED else tuple(value)
    return value


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_row_is_true(tmp_path: Path, dialect: str) -> None:
    traffic = generate(11, messages=350, start=START, dialect=dialect)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    said = exported(log, tmp_path / "out", "--format", "ndjson")

    assert "warning" not in said
    assert_true(read_tables(tmp_path / "out", "ndjson"), tables_of(traffic))


LAST = (
    *("status", "reason", "destination", "destination_ip", "destination_port", "tls", "tls_version", "tls_cipher"),
    *("tls_openssl_cipher", "tls_bits", "tls_grade", "router", "transport", "response_code", "response_text"),
    *("queue_id", "time"),
)


@pytest.mark.parametrize("dialect", ["4.82", "4.97"])
def test_the_last_attempt_at_a_recipient_is_the_delivery(tmp_path: Path, dialect: str) -> None:
    traffic = generate(12, messages=350, start=START, dialect=dialect)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    exported(log, tmp_path / "out", "--format", "ndjson")
    tables = read_tables(tmp_path / "out", "ndjson")

    def key(row: Row) -> tuple[str, str]:
        return row["document_id"], row["recipient"].casefold()

    attempts: dict[tuple[str, str], list[Row]] = {}
    for row in tables["exim_out"]:
        attempts.setdefault(key(row), []).append(row)
    for found in attempts.values():
        assert [row["attempt"] for row in found] == list(range(1, len(found) + 1))
    last = {key: [found[-1][name] for name in LAST] + [len(found)] for key, found in attempts.items()}
    assert last == {key(row): [row[name] for name in LAST] + [row["attempts"]] for row in tables["deliveries"]}
    assert max(map(len, attempts.values())) > 2


def test_formats_hold_the_same(tmp_path: Path) -> None:
    traffic = generate(13, messages=350, start=START)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    for format in FORMATS:
        exported(log, tmp_path / format, "--format", format)

    raw = read_tables(tmp_path / "ndjson", "ndjson")
    assert read_tables(tmp_path / "parquet", "parquet") == raw
    assert read_tables(tmp_path / "csv", "csv") == {name: list(map(as_cells, rows)) for name, rows in raw.items()}


def test_only_what_is_wanted(tmp_path: Path) -> None:
    """Half-open in time, by host, by table."""
    one, other = generate(14, messages=120, start=START), generate(14, messages=120, start=START, host="utm2")
    logs = tmp_path / "logs"
    logs.mkdir()
    for traffic in (one, other):
        write_log(logs / f"{traffic.lines[0].host}.log", render(traffic.lines, "P1"))
    times = sorted(message["@timestamp"] for message in one.messages)
    since, until = times[30], times[80]
    options = ["--since", since[:19], "--until", until[:19], "--host", "utm2", "--table", "messages", "--table", "dkim"]
    said = exported(logs, tmp_path / "out", "--format", "ndjson", *options)

    wanted = [m for m in other.messages if since <= m["@timestamp"] < until]
    rows = read_table(tmp_path / "out", "ndjson", "messages")
    assert sorted(row["time"] for row in rows) == sorted(message["@timestamp"] for message in wanted)
    assert {row["host"] for row in rows} == {"utm2"}
    signatures = sum(len(m["sophos"]["utm"].get("dkim", {}).get("signatures", [])) for m in wanted)
    assert f"rows: {len(wanted)} in messages, {signatures} in dkim\n" in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dkim-00001.ndjson",
        "export.json",
        "messages-00001.ndjson",
    ]


def test_what_is_said(tmp_path: Path) -> None:
    traffic = generate(15, messages=120, start=START)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    bounds = ["--since", "2019-06-08", "--until", "2019-06-13T12:00:00"]
    said = exported(log, tmp_path / "out", *bounds).splitlines()

    statuses = Counter(message["sophos"]["utm"]["status"] for message in traffic.messages)
    parts = " + ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    rows = {name: len(rows) for name, rows in tables_of(traffic).items()}
    days = {message["@timestamp"][:10] for message in traffic.messages}
    assert days == {"2019-06-10"}
    assert [line for line in said if "read =" not in line and "from the queue ids" not in line] == [
        "utm-shipper: rows: " + ", ".join(f"{count} in {name}" for name, count in rows.items()),
        f"utm-shipper: {len(traffic.messages)} messages = {parts}",
        "utm-shipper: no message from 2019-06-08 to 2019-06-09",
        "utm-shipper: no message from 2019-06-11 to 2019-06-13",
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_fits(tmp_path: Path, format: str) -> None:
    log = write_log(tmp_path / "smtp.log", render(generate(15, messages=60, start=START).lines, "P1"))
    said = exported(log, tmp_path / "out", "--format", format, "--since", "2020-01-01")

    assert said.endswith("utm-shipper: warning: no message fits: the tables are empty\n")
    assert read_tables(tmp_path / "out", format) == {name: [] for name in all_tables()}


@pytest.mark.parametrize("dialect", ["4.82", "4.97"])
def test_what_the_scanner_said(tmp_path: Path, dialect: str) -> None:
    """Each id that has a SecureMail line of smtpd is judged; where there is one scan, the message says the same."""
    traffic = generate(16, messages=350, start=START, dialect=dialect)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    exported(log, tmp_path / "out", "--format", "ndjson")
    truth = tables_of(traffic)
    scans = numbered(read_tables(tmp_path / "out", "ndjson"), truth)["smtpd"]

    judged = {line.queue_id for line in traffic.lines if line.stage == "smtpd" and line.action == "disposition"}
    assert {row["queue_id"] for row in scans if row["disposition_id"]} == judged
    names = ("disposition_id", "disposition_name", "disposition_reason", "disposition_extra", "recipients")
    messages = {row["message"]: row for row in truth["messages"]}
    count = Counter(row["message"] for row in scans)
    alone = [row for row in scans if count[row["message"]] == 1 and row["disposition_id"]]
    quoted = [row for row in alone if any(address[0] == '"' for address in messages[row["message"]]["recipients"])]
    alone = [row for row in alone if row not in quoted]  # several quoted names in one to="" are not told apart
    assert [[row[name] for name in names] for row in alone] == [
        [messages[row["message"]][name] for name in names] for row in alone
    ]
    assert len({row["disposition_id"] for row in alone}) > 2
    assert all(row["subject"] in (None, messages[row["message"]]["subject"]) for row in alone)
    assert sum(row["subject"] is not None for row in alone) > len(alone) / 2
    parents = {row["queue_id"]: row["parent_queue_id"] for row in scans}
    assert all(parents[row["queue_id"]] == messages[row["message"]]["queue_id"] for row in alone)


def test_what_another_process_received_is_no_reception_of_exim_in() -> None:
    """Such as a vacation notice that exim-out takes over from the gateway itself."""
    line = {"event": {"action": "message-received"}, "sophos": {"utm": {"stage": "exim-out", "queue_id": "1"}}}
    maker = RowMaker(all_tables()["exim_in"])

    assert list(maker.rows({"_id": "a"}, [line])) == []
    line["sophos"]["utm"]["stage"] = "exim-in"  # type: ignore[index]
    assert len(list(maker.rows({"_id": "a"}, [line]))) == 1
