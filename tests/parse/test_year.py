"""The year of a line that lost it."""

from __future__ import annotations

import pytest

from shipper.parse.head import local_second, read_head
from shipper.parse.year import Years, year_in_name, year_near


@pytest.mark.parametrize(
    ("path", "year"),
    [
        ("/var/log/smtp/2019/06/smtp-2019-06-10.log.gz", 2019),
        ("smtp-20190610.log", 2019),
        ("2021/11/smtp.log", 2021),
        ("archive-1999.12.31", 1999),
        ("smtp.log", None),
        ("host2019/smtp.log", None),
        ("smtp-2519-06-10.log", None),
        ("smtp-2019-13-10.log", None),
        ("2018-01-01/smtp-2019-06-10.log", 2019),
    ],
)
def test_year_in_a_file_name(path: str, year: int | None) -> None:
    assert year_in_name(path) == year


@pytest.mark.parametrize(
    ("stamp", "near", "year"),
    [
        ("06:10-11:04:40", (2019, "06:10-15:04:40"), 2019),
        ("12:31-23:59:59", (2020, "01:01-04:59:59"), 2019),
        ("01:01-00:30:00", (2019, "12:31-23:30:00"), 2020),
        ("02:29-12:00:00", (2020, "02:28-12:00:00"), 2020),
    ],
)
def test_the_nearest_year(stamp: str, near: tuple[int, str], year: int) -> None:
    second = local_second(*near)
    assert second is not None
    assert year_near(stamp, second) == year


def test_years_follow_from_ids_and_carry_on() -> None:
    years = Years()
    lines = [
        (b"12:31-23:59:58 utm smtpd[6746]: QMGR[6746]: text without any year yet", None),
        (b"12:31-23:59:59 utm smtpd[6746]: QMGR[6746]: 1imLvd-0002Mp-2G moved to work queue", (2019, "12:31-23:59:59")),
        (b"01:01-00:00:01 utm smtpd[6746]: QMGR[6746]: text", (2020, "01:01-00:00:01")),
        (b"01:01-00:00:02 utm exim-in[1]: 2020-01-01 00:00:02 text", (2020, "01:01-00:00:02")),
    ]
    for line, wanted in lines:
        head = read_head(line)
        assert head is not None
        assert years.local(head) == (local_second(*wanted) if wanted else None)
