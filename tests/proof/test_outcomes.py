"""What a statement says at its top, how it ends, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from shipper.commands import main
from shipper.proof.files import fingerprints, unchanged
from shipper.sources.files import find_logs
from tests.generator import generate, render
from tests.pipeline.running import write_log
from tests.proof.reading import read_csv, run
from tests.proof.truth import Question, truth_of

START = datetime(2019, 6, 10, 8, tzinfo=UTC)
ID = "1haLqi-0002Mp-2G"
HEAD = "2019:06:10-11:04:41 utm exim-in[9103]: 2019-06-10 11:04:41"
GOOD, OLD = "TLSv1.2:DHE-RSA-AES256-GCM-SHA384:256", "TLSv1:AES128-SHA:128"


def received(
    sender: str, tls: str | None = GOOD, id: str = ID, client: str = "mx.example.net [192.0.2.10]:53500"
) -> str:
    security = f"P=esmtps X={tls}" if tls else "P=esmtp"
    return f"{HEAD} {id} <= {sender} H={client} {security} S=100\n"


def attempted(kind: str, recipient: str, rest: str, id: str = ID, second: int = 44) -> str:
    start = f"2019:06:10-11:04:{second} utm exim-out[9113]: 2019-06-10 11:04:{second}"
    return f"{start} {id} {kind} {recipient} {rest}\n"


def delivered(recipient: str, tls: str | None) -> str:
    security = f" X={tls}" if tls else ""
    server = "P=<a@example.net> R=dnslookup T=remote_smtp H=mx.example.org [198.51.100.20]:25"
    return attempted("=>", recipient, f'{server}{security} C="250 OK"')


def written(folder: Path, *lines: str) -> Path:
    log = folder / "smtp.log"
    log.write_text("".join(lines))
    return log


NET = Question(("example.net",))
END = "of mail from and to example.net meet the policy mozilla-intermediate."


def verdict(log: Path, question: Question = NET, *options: str, code: int) -> str:
    said = run(question, log, *options, code=code).stdout
    assert json.loads(run(question, log, *options, "--json", code=code).stdout)["verdict"] == said.splitlines()[0]
    return said.splitlines()[0]


def test_it_meets(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net"), delivered("B@EXAMPLE.net", GOOD))

    assert verdict(log, code=0) == f"Met: 2 of 2 provable legs {END}"


def test_it_meets_with_subdomains(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@news.example.net"))
    said = verdict(log, NET, "--subdomains", code=0)

    assert said == f"Met: 1 of 1 provable legs {END}".replace("example.net", "example.net and subdomains")


def test_it_meets_as_far_as_the_log_tells(tmp_path: Path) -> None:
    deferred = attempted("==", "b@example.net", "R=dnslookup T=remote_smtp defer (-44): retry time not reached")
    log = written(tmp_path, received("a@example.net"), deferred)

    assert verdict(log, code=0) == f"Met: 1 of 1 provable legs {END} Of 1 more legs the log does not tell enough."


def test_it_does_not_meet(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net", None), delivered("b@example.net", OLD))

    assert verdict(log, code=10) == (
        "Not met: 2 of 2 provable legs of mail from and to example.net do not meet the policy mozilla-intermediate:"
        " 1 in plaintext, 1 with a version or suite that it does not allow."
    )


def test_another_policy(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net", "TLSv1.2:ECDHE-RSA-AES256-SHA384:256"))

    run(NET, log, code=10)
    run(Question(("example.net",), policy="bsi-tr-02102-2"), log, code=0)


def test_nothing_is_proven_by_nothing(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net"))
    other = Question(("other.example", "and.example", "more.example"))

    assert verdict(log, other, code=10) == (
        "Nothing proven: there is no mail from and to other.example, and.example and more.example in the period."
    )


def test_nothing_is_proven_by_what_is_not_provable(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net", "").replace("P=esmtp", "P=esmtps"))

    assert verdict(log, code=10) == (
        "Nothing proven: of none of the 1 legs of mail from and to example.net does the log tell enough."
    )


def test_days_without_anything_are_said(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net"))
    question = Question(("example.net",), since="2019-06-08T10:00:00", until="2019-06-12T10:00:00")
    said = run(question, log, code=0).stdout

    assert (
        said.splitlines()[0]
        == f"Met: 1 of 1 provable legs {END} On 4 days of the period a gateway has nothing in the archive."
    )
    missing = "4: 2019-06-08 to 2019-06-09, 2019-06-11 to 2019-06-12"
    assert f"days:      utm: 1 UTC days with lines or mail; missing: {missing}\n" in said
    alone = run(NET, log, "--host", "utm9", "--since", "2019-06-10", "--until", "2019-06-11", code=10).stdout
    assert "days:      utm9: 0 UTC days with lines or mail; missing: 1: 2019-06-10\n" in alone


def test_refused_exceptions_are_said_and_can_be_left_out(tmp_path: Path) -> None:
    client = "H=m2.example.net [192.0.2.11]:53500 X=TLS1:AES128-SHA:128 CV=no"
    refused = f"{HEAD} {client} F=<a@example.net> rejected RCPT <b@example.com>: no\n"
    log = written(tmp_path, received("a@example.net", id="1haLqh-0002Mp-2G"), refused)
    found = verdict(log, code=10)

    assert found.endswith("1 of them brought no mail, as it was refused or abandoned (--accepted leaves those out).")
    assert verdict(log, NET, "--accepted", code=0) == f"Met: 1 of 1 provable legs {END}"
    assert (
        "left out:  0 that stayed on the gateway, 1 refused or abandoned\n"
        in run(NET, log, "--accepted", code=0).stdout
    )


def test_what_stays_on_the_gateway_is_no_leg(tmp_path: Path) -> None:
    """Handed over by the loopback or by a program, and delivered to the loopback."""
    local = received("a@example.net", None, "1haLqh-0002Mp-2G", "localhost [127.0.0.1]:40000")
    program = f"{HEAD} 1haLqj-0002Mp-2G <= a@example.net U=root P=local S=100\n"
    here = delivered("b@example.net", None).replace("mx.example.org [198.51.100.20]", "localhost [127.0.0.1]")
    log = written(tmp_path, local, program, received("a@example.net"), here)

    assert verdict(log, code=0) == f"Met: 1 of 1 provable legs {END}"
    assert "left out:  3 that stayed on the gateway, 0 refused or abandoned\n" in run(NET, log, code=0).stdout


def test_refused_attempts_have_their_own_lines(tmp_path: Path) -> None:
    """Those of their client's address and port, within their time; SecureMail's names no port."""
    lines = [
        f"{HEAD} H=mx.example.net [192.0.2.10]:{port} F=<a@example.net> rejected RCPT <b@example.com>: {port}\n"
        for port in (53500, 53501)
    ]
    log = written(tmp_path, received("a@other.example"), *lines)
    unproven = json.loads(run(NET, log, "--json", code=10).stdout)["unproven"]

    assert {each["leg"]["peer_port"]: [f"{line}\n" for line in each["lines"]] for each in unproven["shown"]} == {
        port: [line] for port, line in zip((53500, 53501), lines, strict=True)
    }


def test_lists_are_cut_and_numbers_are_not(tmp_path: Path) -> None:
    traffic = generate(34, messages=300, start=START)
    log = write_log(tmp_path / "smtp.log", render(traffic.lines, "P1"))
    statement = json.loads(run(NET, log, "--json", "--rows", "3", "--csv", tmp_path / "legs.csv").stdout)
    said = run(NET, log).stdout

    truth = truth_of([traffic], NET)
    exceptions, unproven = truth.chosen("fails", "plaintext"), truth.chosen("not provable")
    for name, wanted in (("exceptions", exceptions), ("unproven", unproven), ("legs", truth.legs)):
        assert (statement[name]["total"], len(statement[name]["shown"])) == (len(wanted), 3)
    assert len(read_csv(tmp_path / "legs.csv")) == len(truth.legs)
    assert f"\nExceptions: {len(exceptions)}, the first 10\n" in said
    assert f"\nNot provable: {len(unproven)}, the first 10\n" in said


def test_the_terminal_has_every_total(tmp_path: Path) -> None:
    log = write_log(tmp_path / "smtp.log", render(generate(35, messages=200, start=START).lines, "P1"))
    said = run(NET, log).stdout.splitlines()
    statement = json.loads(run(NET, log, "--json").stdout)

    counts = [
        [row[name] for name in ("legs", "meeting", "failing", "plaintext", "unproven")] for row in all_rows(statement)
    ]
    labels = [", ".join(filter(None, row["values"])) or "all" for row in all_rows(statement)]
    wanted = [f"{label} {' '.join(map(str, numbers))}" for label, numbers in zip(labels, counts, strict=True)]
    begin = next(at for at, line in enumerate(said) if line.startswith("all "))
    lines = [" ".join(line.split()) for line in said[begin:]]
    assert [line for line in lines if line in wanted] == wanted


def all_rows(statement: Any) -> list[Any]:
    return [statement["total"], *(row for table in statement["tables"] for row in table["rows"])]


def test_files_have_their_digests(tmp_path: Path) -> None:
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    one.write_text(received("a@example.net"))
    two.write_text(received("b@example.net", id="1haLqj-0002Mp-2G"))
    statement = json.loads(run(NET, one, two, "--json", code=0).stdout)

    assert statement["source"] == {
        "kind": "logs",
        "where": f"2 logs: {one}, {two}",
        "files": [
            {"path": str(log), "bytes": log.stat().st_size, "sha256": hashlib.sha256(log.read_bytes()).hexdigest()}
            for log in (one, two)
        ],
        "lines": "2 lines read = 2 events + 0 ignored by rule + 0 dead letters; 0 of the events unrecognized,"
        " 0 read more than once; 2 messages",
        "remarks": [],
    }


def test_what_could_not_be_read_is_remarked(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log.gz"
    log.write_bytes(gzip.compress(received("a@example.net").encode()) + b"no gzip")
    said = run(NET, log, "--html", tmp_path / "page.html", code=0).stdout

    remark = f"{log}: bytes after the end of the gzip data are left out"
    assert f"\nremark:    {remark}\n" in said
    assert f"<dd>{remark}</dd>" in (tmp_path / "page.html").read_text()


def test_a_log_that_changed_has_no_digest(tmp_path: Path) -> None:
    log = written(tmp_path, received("a@example.net"))
    before = fingerprints(find_logs([str(log)]))
    with log.open("a") as more:
        more.write(received("b@example.net", id="1haLqj-0002Mp-2G"))

    (file,) = unchanged(before)
    assert (file.bytes, file.sha256) == (before[0].log.size, None)


def test_standard_input_has_no_digest() -> None:
    result = CliRunner().invoke(
        main, ["tls-proof", "--partner", "example.net", "--json", "-"], input=received("a@example.net")
    )

    assert json.loads(result.stdout)["source"]["files"] == [{"path": "-", "bytes": 0, "sha256": None}]


@pytest.mark.parametrize("partner", ["a@example.net", "", "example net", ".example.net"])
def test_what_is_no_domain(tmp_path: Path, partner: str) -> None:
    result = CliRunner().invoke(main, ["tls-proof", "--partner", partner, str(tmp_path)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"utm-shipper: error: {partner!r} is no domain; name a partner by its domain, such as example.net\n"
    )


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    for option, file in (("--csv", tmp_path / "old.csv"), ("--html", tmp_path / "page.html")):
        given = ["tls-proof", "--partner", "example.net", option, str(file), str(tmp_path / "nowhere.log")]
        assert CliRunner().invoke(main, given).exit_code == 3
    nowhere = ["tls-proof", "--partner", "example.net", "--html", str(tmp_path / "no" / "page.html"), "nowhere.log"]
    result = CliRunner().invoke(main, nowhere)

    assert (result.exit_code, result.stderr) == (
        1,
        f"utm-shipper: error: No such file or directory: {tmp_path}/no/page.html.partial\n",
    )
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("old.csv", "old")]
