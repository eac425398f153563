"""Which of several identical lines is which, over cut, rotated and copied logs."""

from __future__ import annotations

from shipper.sources.ordinals import Ending, Ordinals, same_log

HEAD = b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 x\n" * 10


def count(
    lines: list[tuple[int, str]], path: str = "smtp.log", head: bytes = HEAD, after: list[Ending] | None = None
) -> tuple[list[int], list[Ending]]:
    ordinals = Ordinals(path, head, after or [])
    return [ordinals.next("utm", second, line) for second, line in lines], ordinals.endings()


def test_identical_lines_of_one_second_are_numbered() -> None:
    assert count([(1, "a"), (1, "a"), (1, "b"), (2, "a"), (1, "a")])[0] == [0, 1, 0, 0, 2]


def test_hosts_are_counted_apart() -> None:
    ordinals = Ordinals("smtp.log", HEAD, [])
    assert [ordinals.next(host, 1, "a") for host in ("utm", "utm2", "utm")] == [0, 0, 1]


def test_the_next_part_counts_on_where_the_last_one_ended() -> None:
    _, endings = count([(1, "a"), (2, "a"), (2, "a")])
    found, _ = count([(2, "a"), (2, "b"), (3, "a")], "smtp.log.1", b"another beginning" * 30, endings)
    assert found == [2, 0, 0]


def test_a_copy_counts_for_itself() -> None:
    _, endings = count([(2, "a"), (2, "a")])
    assert count([(2, "a"), (2, "a")], "elsewhere/smtp-2019-06-10.log.gz", HEAD, endings)[0] == [0, 1]


def test_what_a_copy_is() -> None:
    assert same_log("smtp.log", HEAD, "x.gz", HEAD[:300])
    assert not same_log("smtp.log", HEAD, "x.gz", b"y" + HEAD)
    assert same_log("smtp.log", b"short\n", "smtp.log.gz", b"short\n")
    assert not same_log("smtp.log", b"short\n", "smtp.log.1", b"short\n")
