"""Which received lines are mail's."""

from __future__ import annotations

import pytest

from shipper.pipeline.receiving import is_of
from shipper.settings import Settings

DEFAULT = Settings().syslog.programs


@pytest.mark.parametrize(
    ("line", "is_mail"),
    [
        (b"<30>2019:06:10-11:04:40 utm exim-in[9103]: 2019-06-10 11:04:40 text", True),
        (b"<22>2019:06:10-11:04:40 utm exim-out[9103]: text", True),
        (b"2011:03:08-10:29:44 utm exim[11721]: text", True),
        (b"<30>2019:06:10-11:04:40 utm smtpd[9095]: SCANNER[9095]: text", True),
        (b"<30>2019:06:10-11:04:40 smtpd: text", True),
        (b"Jun 10 11:04:41 192.0.2.1 2019: 06:10-11:04:40 utm smtpd[9095]: text", True),
        (b"<30>2019:06:10-11:04:40 utm exim-in[9103]: [2/2] rest", True),
        (b"<30>2019:06:10-11:04:40 utm ulogd[4711]: exim-in[9103]: text", False),
        (b"<30>2019:06:10-11:04:40 utm httpproxy[4711]: text", False),
        (b"<4>2019:06:10-11:04:40 utm kernel: [1.0] text", False),
        (b"<30>2019:06:10-11:04:40 utm pop3proxy[4711]: text", False),
        (b"<30>Jun 10 11:04:41 utm exim-in[9103]: without a time that can be read", True),
        (b"\xff\0", True),
    ],
)
def test_mail_programs_and_what_cannot_be_told_are_kept(line: bytes, is_mail: bool) -> None:
    assert is_of(DEFAULT)(line) is is_mail
    assert is_of(["*"])(line)
    assert is_of(["smtpd"])(line) is (b"smtpd" in line or line in UNREADABLE)


UNREADABLE = (b"<30>Jun 10 11:04:41 utm exim-in[9103]: without a time that can be read", b"\xff\0")
