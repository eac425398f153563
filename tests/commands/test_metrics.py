"""Metrics as Prometheus gets them: a real scrape, compared whole."""

from __future__ import annotations

import re
import socket
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shipper import __version__
from shipper.commands.metrics import Metrics, served
from shipper.errors import ListenError
from shipper.pipeline.balance import Balance
from shipper.pipeline.rounds import Round, SourceProgress
from shipper.sinks.bulk_settings import BulkCounts

ROOT = Path(__file__).resolve().parents[2]
LIVE, PACKED = "/var/log/smtp.log", "/var/log/smtp/smtp-2024-07-15.log.gz"

FIRST = Round(
    balance=Balance(
        lines=12, events=9, repeated=1, ignored=2, dead_letters=1, unrecognized=3, messages=4,
        offsets=Counter({("utm", 3600, "queue ids"): 12}),
    ),
    counts=BulkCounts(10, 1, 4, 2, 3, 1, 5, 6, 7000),
    sources=(SourceProgress(LIVE, 500, 1_700_000_000), SourceProgress(PACKED, None, 1_699_990_000, "damaged")),
    open_messages=7,
    dead_letters=2,
)  # fmt: skip
SECOND = Round(
    balance=Balance(lines=3, events=3),
    counts=BulkCounts(created=3, requests=1, bytes_sent=30),
    sources=(SourceProgress(LIVE, 0, 1_700_000_100),),
    open_messages=1,
    dead_letters=0,
)


def free_place(host: str = "127.0.0.1") -> tuple[str, int]:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.bind((host, 0))
        return host, int(listener.getsockname()[1])


def scrape(metrics: Metrics, host: str = "127.0.0.1") -> dict[str, float]:
    """Each sample as `name{label=value}`, but for those of the process."""
    place = free_place(host)
    url = f"http://[{host}]:{place[1]}/metrics" if ":" in host else f"http://{host}:{place[1]}/metrics"
    with served(metrics, place), urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        text = answer.read().decode()
    return {
        sample.name + "".join(f"{{{label}={value}}}" for label, value in sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith("process_")
    }


def counted(*, fates: tuple[int, int, int], documents: tuple[int, ...], **others: int) -> dict[str, float]:
    names = ("created", "already_there", "indexed", "conflict", "deleted", "refused")
    return {
        f"utm_shipper_build_info{{version={__version__}}}": 1,
        **{f"utm_shipper_{name}_total": count for name, count in others.items()},
        **{
            f"utm_shipper_lines_total{{fate={fate}}}": count
            for fate, count in zip(("event", "ignored", "dead_letter"), fates, strict=True)
        },
        **{f"utm_shipper_documents_total{{fate={fate}}}": count for fate, count in zip(names, documents, strict=True)},
    }


NOTHING = {
    "lines_read": 0,
    "lines_unrecognized": 0,
    "lines_repeated": 0,
    "messages": 0,
    "documents_retried": 0,
    "bulk_requests": 0,
    "bulk_sent_bytes": 0,
    "cluster_troubles": 0,
    "rounds": 0,
}


def test_before_the_first_round_all_counts_are_there_and_nothing_is_claimed() -> None:
    assert scrape(Metrics(lambda: 1_700_000_000.5)) == counted(fates=(0, 0, 0), documents=(0,) * 6, **NOTHING)


def test_a_round() -> None:
    metrics = Metrics(lambda: 1_700_000_000.5)
    metrics.trouble("no answer")
    metrics.trouble("no answer")
    metrics.round_done(FIRST)

    assert scrape(metrics) == {
        **counted(
            fates=(9, 2, 1),
            documents=(10, 1, 4, 2, 3, 1),
            lines_read=12,
            lines_unrecognized=3,
            lines_repeated=1,
            messages=4,
            documents_retried=5,
            bulk_requests=6,
            bulk_sent_bytes=7000,
            cluster_troubles=2,
            rounds=1,
        ),
        "utm_shipper_last_success_timestamp_seconds": 1_700_000_000.5,
        "utm_shipper_open_messages": 7,
        "utm_shipper_dead_letters": 2,
        f"utm_shipper_source_lag_bytes{{source={LIVE}}}": 500,
        f"utm_shipper_source_newest_line_timestamp_seconds{{source={LIVE}}}": 1_700_000_000,
        f"utm_shipper_source_newest_line_timestamp_seconds{{source={PACKED}}}": 1_699_990_000,
        f"utm_shipper_source_failing{{source={LIVE}}}": 0,
        f"utm_shipper_source_failing{{source={PACKED}}}": 1,
    }


def test_the_next_round_adds_to_the_counts_and_replaces_what_stands() -> None:
    metrics = Metrics(iter((1.0, 1_700_000_103.0)).__next__)
    metrics.round_done(FIRST)
    metrics.round_done(SECOND)

    assert scrape(metrics, "::1") == {
        **counted(
            fates=(12, 2, 1),
            documents=(13, 1, 4, 2, 3, 1),
            lines_read=15,
            lines_unrecognized=3,
            lines_repeated=1,
            messages=4,
            documents_retried=5,
            bulk_requests=7,
            bulk_sent_bytes=7030,
            cluster_troubles=0,
            rounds=2,
        ),
        "utm_shipper_last_success_timestamp_seconds": 1_700_000_103,
        "utm_shipper_open_messages": 1,
        "utm_shipper_dead_letters": 0,
        f"utm_shipper_source_lag_bytes{{source={LIVE}}}": 0,
        f"utm_shipper_source_newest_line_timestamp_seconds{{source={LIVE}}}": 1_700_000_100,
        f"utm_shipper_source_failing{{source={LIVE}}}": 0,
    }


def test_nothing_to_read_is_a_success_too() -> None:
    metrics = Metrics(lambda: 1_700_000_000.5)
    metrics.idle()

    assert scrape(metrics) == {
        **counted(fates=(0, 0, 0), documents=(0,) * 6, **NOTHING),
        "utm_shipper_last_success_timestamp_seconds": 1_700_000_000.5,
    }


def test_two_of_them_do_not_mix() -> None:
    one, other = Metrics(lambda: 1_700_000_000.5), Metrics(lambda: 1_700_000_000.5)
    one.round_done(FIRST)

    assert scrape(other)["utm_shipper_lines_read_total"] == 0


def test_a_place_that_is_taken_is_one_clear_line_and_one_that_was_left_can_be_had_again() -> None:
    place = free_place()
    with served(Metrics(lambda: 1_700_000_000.5), place):
        with pytest.raises(ListenError) as caught, served(Metrics(lambda: 1_700_000_000.5), place):
            pass
        assert str(caught.value) == (
            f"metrics cannot be served at 127.0.0.1, port {place[1]}: Address already in use; change metrics.listen"
        )
    with served(Metrics(lambda: 1_700_000_000.5), place):
        pass


def test_the_readme_names_every_metric_and_no_other() -> None:
    metrics = Metrics(lambda: 1_700_000_000.5)
    metrics.round_done(FIRST)
    exported = {name.split("{")[0] for name in scrape(metrics)}
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `utm_shipper_")]
    named = [name for row in rows for name in re.findall(r"`(utm_shipper_\w+)", row.split(" | ")[0])]

    assert sorted(named) == sorted(exported)
