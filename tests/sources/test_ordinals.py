"""Which of several identical lines is which, over cut, rotated and copied logs."""

from __future__ import annotations

from shipper.sources.ordinals import Edge, Ordinals, same_log

HEAD = b"2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 x\n" * 10


def count(
    lines: list[tuple[int, str]], path: str = "smtp.log", head: bytes = HEAD, after: list[Edge] | None = None
) -> tuple[list[int], list[Edge]]:
    ordinals = Ordinals(path, head, after or [])
    return [ordinals.next("utm", second, line) for second, line in lines], ordinals.edges()


def test_identical_lines_of_one_second_are_numbered() -> None:
    assert count([(1, "a"), (1, "a"), (1, "b"), (2, "a"), (1, "a")])[0] == [0, 1, 0, 0, 2]


def test_hosts_are_counted_apart() -> None:
    ordinals = Ordinals("smtp.log", HEAD, [])
    assert [ordinals.next(host, 1, "a") for host in ("utm", "utm2", "utm")] == [0, 0, 1]


def test_the_next_part_counts_on_where_the_last_one_ended() -> None:
    _, edges = count([(1, "a"), (2, "a"), (2, "a")])
    found, _ = count([(2, "a"), (2, "b"), (3, "a")], "smtp.log.1", b"another beginning" * 30, edges)
    assert found == [2, 0, 0]


def test_a_copy_counts_for_itself() -> None:
    _, edges = count([(2, "a"), (2, "a")])
    assert count([(2, "a"), (2, "a")], "elsewhere/smtp-2019-06-10.log.gz", HEAD, edges)[0] == [0, 1]


def test_what_a_copy_is() -> None:
    assert same_log("smtp.log", HEAD, "x.gz", HEAD[:300])
    assert not same_log("smtp.log", HEAD, "x.gz", b"y" + HEAD)
    assert same_log("smtp.log", b"short\n", "smtp.log.gz", b"short\n")
    assert not same_log("smtp.log", b"short\n", "smtp.log.1", b"short\n")


def test_a_log_that_is_read_again_counts_as_before() -> None:
    _, first = count([(1, "a"), (2, "a")])
    found, second = count([(2, "a"), (3, "b")], "smtp.log.1", b"another beginning" * 30, first)
    assert found == [1, 0]
    again, _ = count([(2, "a"), (3, "b")], "smtp.log.1", b"another beginning" * 30, [*first, *second])
    assert again == [1, 0]
