"""What is read sooner because it is usual is read as anything else: heads, SecureMail lines, ctasd items."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shipper.model import Fields
from shipper.parse import head, securemail
from shipper.parse.head import decode, read_head
from shipper.parse.securemail import read_securemail
from shipper.parse.spam import read_reference

TIME, ID = "2019:06:10-11:04:40 ", "1haLqi-0002Mp-2G"
ORIGINS = [
    "utm exim-in[9103]",
    "exim-in[9103]",
    "utm smtpd",
    "u:t smtpd[1]",
    "utm: smtpd[1]",
    "u[t exim-in[1]",
    "ü exim-in[12345678901]",
]
PIECES = [
    "2019-06-10 11:04:40 ", "2019-06-10 11:04:41 ", "2019-06-10 11:04:40.123 ", "[1/2] ", "[2\\2] ", "[77] ",
    "+0200 ", "SCANNER[9095]: ", "Scanner[1]: ", f"{ID} ", ID, "1sTYGK-000000006ZN-0feA ", "text", "text: more",
    ": ", " ", "A", "ä", "\n",
]  # fmt: skip


@example(TIME, "utm exim-in[1]", ": ", ["[1/2] ", ID])
@example(TIME, "utm exim-in[1]", ": ", ["2019-06-10 11:04:41 ", "text"])
@example(TIME, "utm smtpd", ": ", ["SCANNER[9095]: ", ID])
@given(
    st.sampled_from(
        [
            TIME,
            "2019:06:10-11:04:4 ",
            "2019:13:45-99:04:40 ",
            "06:10-11:04:40 ",
            f"<30>{TIME}",
            "２０１９:06:10-11:04:40 ",
        ]
    ),
    st.sampled_from(ORIGINS),
    st.sampled_from([": ", ":", " ", ""]),
    st.lists(st.sampled_from(PIECES), max_size=6),
)
def test_heads(time: str, origin: str, colon: str, pieces: list[str]) -> None:
    data = f"{time}{origin}{colon}{''.join(pieces)}".encode()
    assert read_head(data) == head._any_head(*decode(data))


VALUES = ["", "1000", "a@example.com", "a@example.com, b@example.com", "192.0.2.1", ID, "x" * 19, "7" * 19, " "]
LINE = (
    'id="{}" severity="{}" sys="SecureMail" sub="{}" name="{}" srcip="{}" from="{}" to="{}" subject="{}" queueid="{}" '
    'size="{}"'
)


@given(st.lists(st.sampled_from(VALUES), min_size=12, max_size=12), st.booleans())
def test_securemail_lines(values: list[str], has_reason: bool) -> None:
    """The long way reads the usual line alike, in the same order."""
    text = LINE.format(*values) + (f' reason="{values[10]}" extra="{values[11]}"' if has_reason else "")
    usual, any_way = dict[str, object](), dict[str, object]()
    read_securemail(usual, text)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(securemail, "_USUAL", re.compile(r"(?!)"))
        read_securemail(any_way, text)

    assert list(usual.items()) == list(any_way.items())


def one_by_one(text: str) -> Fields:
    """Each item for itself: the last of a kind counts, and where it first stood is its place."""
    fields: Fields = {"sophos.utm.spam.cached": False}
    others: list[str] = []
    for item in text.split(","):
        single: Fields = {}
        read_reference(single, f",{item}")
        others += single.pop("sophos.utm.spam.items", [])
        if item != "sh":
            del single["sophos.utm.spam.cached"]
        fields |= single
    return fields | ({"sophos.utm.spam.items": others} if others else {})


@given(
    st.lists(
        st.sampled_from(["str=1.2", "str=3", "str=", "re=0.5", "re=x", "cl=1", "cl=2", "sh", "ss=1", "", "=", "flag"])
    )
)
def test_ctasd_items(items: list[str]) -> None:
    fields: Fields = {}
    read_reference(fields, ",".join(items))

    assert list(fields.items()) == list(one_by_one(",".join(items)).items())
