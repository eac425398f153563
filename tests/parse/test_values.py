"""The converters that declarations name: one text -> fields."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.parse.values import CONVERTERS

P = "some.path"
CODE, TEXT = "sophos.utm.response.code", "sophos.utm.response.text"
TABLE: list[tuple[str, str, dict[str, Any]]] = [
    ("keyword", "x", {P: "x"}),
    ("keyword", "", {}),
    ("long", "42", {P: 42}),
    ("long", "-44", {P: -44}),
    ("long", "9" * 18, {P: 10**18 - 1}),
    ("long", str(2**63), {}),
    ("long", "9" * 5000, {}),
    ("flag", "*", {P: True}),
    ("sender", "a@example.org", {P: "a@example.org"}),
    ("sender", "", {P: "<>"}),
    ("sender", "<>", {P: "<>"}),
    ("recipient", "a@example.org", {P: ["a@example.org"]}),
    ("recipient", "", {}),
    ("recipients", 'a@example.org "b c"@example.org d@example.org', {
        P: ["a@example.org", '"b c"@example.org', "d@example.org"]
    }),
    ("address", "192.0.2.1", {f"{P}.ip": "192.0.2.1"}),
    ("address", "2001:db8::1", {f"{P}.ip": "2001:db8::1"}),
    ("address", "x.x.x.x", {f"{P}.address": "x.x.x.x"}),
    ("address", "192.0.2.1.5", {f"{P}.address": "192.0.2.1.5"}),
    ("address", "fe80::1%eth0", {f"{P}.address": "fe80::1%eth0"}),
    ("address", "", {}),
    ("protocol", "esmtps", {P: "esmtps", "tls.established": True}),
    ("protocol", "utf8esmtpsa", {P: "utf8esmtpsa", "tls.established": True}),
    ("protocol", "smtp", {P: "smtp", "tls.established": False}),
    ("protocol", "esmtpa", {P: "esmtpa", "tls.established": False}),
    ("protocol", "local", {P: "local"}),
    ("protocol", "local-esmtp", {P: "local-esmtp"}),
    ("protocol", "INPUT", {P: "INPUT"}),
    ("quoted", r'"a \"b\" c\\d"', {P: r'a "b" c\d'}),
    ("quoted", "plain", {P: "plain"}),
    ("quoted", '""', {}),
    ("printed", r'"Rechnung f\374r M\344rz \342\202\254"', {P: "Rechnung für März €"}),
    ("printed", r'"a\"b\\c\nd\te"', {P: 'a"b\\c\nd\te'}),
    ("printed", '"plain"', {P: "plain"}),
    ("printed", r'"\777"', {P: "ÿ"}),
    ("reply", "250 2.0.0 Ok: queued", {CODE: 250, TEXT: "2.0.0 Ok: queued"}),
    ("reply", r"250-first\\n250 second", {CODE: 250, TEXT: r"first\n250 second"}),
    ("reply", "250", {CODE: 250}),
    ("reply", "fine", {TEXT: "fine"}),
    ("reply", "2500 x", {TEXT: "2500 x"}),
    ("reply", "", {}),
    ("seconds", "5s", {P: 5.0}),
    ("seconds", "1m5s", {P: 65.0}),
    ("seconds", "0.331s", {P: 0.331}),
    ("seconds", "1w2d3h4m5s", {P: 788645.0}),
    ("seconds", "soon", {}),
    ("epoch", "1560178980", {P: "2019-06-10T15:03:00.000Z"}),
    ("epoch", "9" * 30, {}),
    ("words", " K PRDR", {P: ["K", "PRDR"]}),
    ("words", "", {}),
    ("head", "unqualified sender rejected: <root>", {P: "unqualified sender rejected"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "fields"), TABLE, ids=lambda value: str(value)[:30])
def test_converters(name: str, text: str, fields: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    CONVERTERS[name](found, P, text)
    assert found == fields


@pytest.mark.parametrize(
    ("text", "result", "detail"),
    [
        ("verification succeeded", "pass", None),
        ("not verified", "none", None),
        (
            "verification failed - body hash mismatch (body probably modified in transit)",
            "fail",
            "body hash mismatch (body probably modified in transit)",
        ),
        ("verification failed - unspecified reason", "fail", "unspecified reason"),
        (
            "invalid - public key record (currently?) unavailable",
            "invalid",
            "public key record (currently?) unavailable",
        ),
        ("invalid - signature tag missing or invalid", "invalid", "signature tag missing or invalid"),
        ("pass - by policy", "pass", "by policy"),
        ("fail - by policy", "fail", "by policy"),
        ("something new", "none", "something new"),
    ],
)
def test_dkim_results(text: str, result: str, detail: str | None) -> None:
    fields: dict[str, Any] = {}
    CONVERTERS["dkim_result"](fields, "", text)
    wanted = {"sophos.utm.dkim.result": result} | ({"sophos.utm.dkim.detail": detail} if detail else {})
    assert fields == wanted


HOST = {"destination.domain": "mx.example.net", "destination.ip": "203.0.113.5"}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "SMTP error from remote mail server after RCPT TO:<bob@example.net>: host mx.example.net [203.0.113.5]: "
            "550 5.1.1 User unknown",
            {**HOST, CODE: 550, TEXT: "5.1.1 User unknown"},
        ),
        (
            "SMTP error from remote mail server after end of data: 451 4.3.0 Try again: later",
            {CODE: 451, TEXT: "4.3.0 Try again: later"},
        ),
        ("Remote host mx.example.net [203.0.113.5] closed connection in response to initial connection", HOST),
        ("SMTP timeout while connected to mx.example.net [203.0.113.5] after end of data (550 bytes)", HOST),
        ("a TLS session is required for mx.example.net [203.0.113.5], but the server did not offer TLS support", HOST),
        ("Connection timed out", {}),
        ("retry timeout exceeded", {}),
        ("all hosts for 'example.net' have been failing for a long time: host a [203.0.113.9]: 550 forged", {}),
        ("", {}),
    ],
)
def test_reasons_of_deliveries_that_did_not_work(text: str, fields: dict[str, Any]) -> None:
    found: dict[str, Any] = {}
    CONVERTERS["remote_reason"](found, P, text)
    assert found == ({P: text} if text else {}) | fields
