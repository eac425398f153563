"""What is said at the end, and once in a while."""

from __future__ import annotations

from shipper.sources.syslog.tally import Remarks, Tally


def test_the_summary_balances() -> None:
    tally = Tally(spooled=1001, left_out=3, dropped=2, overflowed=4, cut_short=5, refused=6, broken=7)
    tally.receive("udp", 1)
    tally.receive("tcp", 1003)
    tally.receive("tls", 1)
    tally.receive("tls", 1)

    assert tally.summary() == (
        "received 1,006 messages (udp 1, tcp 1,003, tls 2) = 1,001 spooled + 3 left out + 2 dropped; besides:"
        " 4 datagrams lost by the system, 5 messages cut short, 6 senders refused, 7 connections broken"
    )


def test_each_kind_of_trouble_is_said_once_a_minute() -> None:
    said: list[str] = []
    now = [0.0]
    remarks = Remarks(said.append, lambda: now[0])
    for now[0], kind in (
        (0.0, "a"),
        (1.0, "a"),
        (2.0, "b"),
        (59.9, "a"),
        (60.0, "a"),
        (61.0, "a"),
        (200.0, "a"),
        (300.0, "a"),
    ):
        remarks.make(kind, f"{kind} at {now[0]:g}")

    assert said == [
        "a at 0",
        "b at 2",
        "a at 60 (2 more since this was said last)",
        "a at 200 (1 more since this was said last)",
        "a at 300",
    ]
