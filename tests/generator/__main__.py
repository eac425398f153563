"""`python -m tests.generator --out DIR`: a sample archive with its truth, or a very long log."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tests.generator.archive import write_archive, write_days, write_months, write_truth
from tests.generator.dialects import DIALECTS
from tests.generator.stress import Stress
from tests.generator.traffic import stream
from tests.generator.years import archive_traffic


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.generator", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder: log/ and truth.ndjson are written there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=2, help="days in which messages arrive")
    parser.add_argument("--rate", type=float, default=5, help="messages a minute on average")
    parser.add_argument("--start", type=datetime.fromisoformat, default="2019-06-10T00:00:00", help="in UTC")
    parser.add_argument("--zone", default="Europe/Berlin")
    parser.add_argument("--host", default="utm")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="4.82")
    parser.add_argument("--stress", type=int, metavar="LINES", help="instead: this many lines, without truth")
    parser.add_argument("--years", type=int, metavar="MESSAGES", help="instead: many months of two gateways")
    wanted = parser.parse_args()
    start = wanted.start.replace(tzinfo=UTC)
    log = wanted.out / "log"
    log.mkdir(parents=True, exist_ok=True)
    if wanted.stress:
        long = Stress(wanted.seed, start, dialect=wanted.dialect, zone=wanted.zone)
        files = write_days(long.lines(wanted.stress), log, level=1)
    elif wanted.years:
        traffic = archive_traffic(wanted.seed, messages=wanted.years)
        write_truth(traffic.messages, wanted.out / "truth.ndjson")
        files = write_months(traffic.lines, log)
    else:
        messages = round(wanted.days * 24 * 60 * wanted.rate)
        items = stream(
            wanted.seed, messages=messages, start=start, zone=wanted.zone, host=wanted.host,
            dialect=wanted.dialect, rate=wanted.rate,
        )  # fmt: skip
        files = write_archive(items, log, wanted.out / "truth.ndjson")
    for file in files:
        print(file)


if __name__ == "__main__":
    main()
