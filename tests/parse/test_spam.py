"""The list of a `ctasd` verdict: pairs and bare flags, known or not."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.parse.spam import read_reference

SPAM = "sophos.utm.spam."


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "str=0001.0A090201.5CFE7189.0011,ss=1,re=0.000,recu=-4.000,reip=1.5,cl=1,cld=1,fgs=0",
            {
                "ref_id": "0001.0A090201.5CFE7189.0011",
                "class": 1,
                "scores.re": 0.0,
                "scores.recu": -4.0,
                "scores.reip": 1.5,
                "cached": False,
                "items": ["ss=1", "cld=1", "fgs=0"],
            },
        ),
        (
            "str=0001.0A09020A.5CFE1C93.006E:SCFSTAT79219218,ss=3,sh,cl=3",
            {"ref_id": "0001.0A09020A.5CFE1C93.006E:SCFSTAT79219218", "class": 3, "cached": True, "items": ["ss=3"]},
        ),
        (
            "str=0001.0A090203.4D765978.0218,ss=1,vtr=str,vl=0,fgs=0",
            {"ref_id": "0001.0A090203.4D765978.0218", "cached": False, "items": ["ss=1", "vtr=str", "vl=0", "fgs=0"]},
        ),
        ("", {"cached": False}),
        (",,,", {"cached": False}),
        ("str=,cl=,re=", {"cached": False, "items": ["str=", "cl=", "re="]}),
        ("pt=R_456670,new,xx=a:b=c", {"cached": False, "items": ["pt=R_456670", "new", "xx=a:b=c"]}),
        ("cl=x,re=nan,recu=inf,reip=1e9", {"cached": False, "items": ["cl=x", "re=nan", "recu=inf", "reip=1e9"]}),
        ("cl=" + "9" * 30 + ",re=" + "9" * 30, {"cached": False, "items": ["cl=" + "9" * 30, "re=" + "9" * 30]}),
        ("shx,sh=1", {"cached": False, "items": ["shx", "sh=1"]}),
    ],
)
def test_items(text: str, fields: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    read_reference(found, text)
    assert found == {SPAM + name: value for name, value in fields.items()}
