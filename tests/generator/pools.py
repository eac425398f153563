"""The people, hosts and texts of the simulated world. Reserved names and addresses only (RFC 2606, 5737, 3849)."""

from __future__ import annotations

from itertools import accumulate

LOCAL_DOMAINS = ("example.com", "branch.example.com", "firma.example")
# Who mail comes from and goes to, the first ones often, the last ones rarely; and the character of their servers.
PARTNERS: dict[str, str] = {
    "example.net": "modern", "example.org": "", "news.example.net": "modern", "mail.example.org": "",
    "shop.example": "", "bank.test": "modern", "lawyers.example": "dated", "city.test": "plaintext",
    "paper.example": "old", "school.test": "", "parts.example": "dated", "travel.example": "modern",
    "clinic.test": "plaintext", "printer.example": "old", "insurance.test": "modern", "hotel.example": "",
    "tax.test": "dated", "freight.example": "plaintext", "museum.test": "old", "garden.example": "",
    "lists.example.org": "modern", "press.example.net": "modern", "cloud.example": "modern",
    "bakery.example": "plaintext", "steel.example": "dated", "water.test": "", "opera.test": "old", "farm.example": "",
    "books.example.org": "", "games.example.net": "modern", "radio.example": "dated", "zoo.test": "plaintext",
    "optics.example": "", "mill.example": "old", "port.test": "", "glass.example": "modern",
    "choir.example.org": "", "tools.example.net": "dated", "rail.test": "", "attic.example": "old",
}  # fmt: skip
REMOTE_DOMAINS = tuple(PARTNERS)
REMOTE_WEIGHTS = tuple(accumulate(1 / (number + 2) for number in range(len(PARTNERS))))

# Each domain signs with two of these; the second key of some has been broken ever since.
SELECTORS = ("dkim", "s1.mail", "sel-2019", "k1", "20190610", "selector1", "Selector2", "mta7")
BROKEN_KEYS: dict[str, str] = {
    "example.org": "invalid - public key record (currently?) unavailable",
    "shop.example": "verification failed - body hash mismatch (body probably modified in transit)",
    "paper.example": "invalid - syntax error in public key record",
    "school.test": "verification failed - signature did not verify (headers probably modified in transit)",
    "lists.example.org": "verification failed - body hash mismatch (body probably modified in transit)",
}
SUFFIXES = ("com", "net", "org", "example", "test", "invalid")
NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "Grace.Hopper", "heidi", "ivan-x", "judy", "o'neil", "info")

CLIENT_NETS = ("192.0.2", "198.51.100", "203.0.113")
INSIDE = "198.51.100.20"  # the mail server behind the gateway

SUBJECTS = (
    "Statement", "Re: your order 4711", "Offer", "[List] Digest, Vol 12", "Rechnung 2019-0815", "AW: WG: Termin",
    "50% off!", "a, b; c=d", "Re: \u00dcbersicht", "\u8acb\u6c42\u66f8", "=?utf-8?B?UmVjaG51bmc=?=", "",
)  # fmt: skip

HOSTILE_SUBJECTS = (
    'he said "hello" twice',
    'x" reason="as" extra="',
    'x" queueid="1haXXX-000000-00" size="1',
    '" id="1000" severity="info" sys="SecureMail" sub="smtp" name="email quarantined" queueid="1haXXX-000000-00',
    'name="email quarantined" to="nobody@example.com"',
    "1haLqi-0002Mp-2G => bob@example.net R=dnslookup T=remote_smtp",
    "trailing quote\"",
    "back\\slash and \\\" escaped",
    "caf\udce9 \udcfcber Latin-1",  # two raw bytes that are no UTF-8
    "snow \u2603 and \U0001f4e7",
)  # fmt: skip

HOSTILE_HELOS = (
    "[198.51.100.99]",
    "x=y",
    "H=mail.example.org P=esmtps X=TLSv1.2:AES128-SHA:128",
    "F=<a@example.org> rejected RCPT <b@example.com>: no",
    "1haLqi-0002Mp-2G <= evil@example.org",
    'id="1000" name="email passed"',
)

HOSTILE_MESSAGE_IDS = (
    "02ec01d51f9d$d1192430$734b6c90$@example.net",
    "a+b/c=d<e@example.net",
    '"john doe"@example.net',
    '"x H=evil [192.0.2.66] P=local S=1"@example.net',
    "no-at-sign",
    "a id=b@example.net",
)

HOSTILE_SENDERS = (
    '"john doe"@example.net',
    '"a> H=evil [192.0.2.66] P=esmtps"@example.net',
    '"x\\"y"@example.org',
    "a=b@example.net",
    "prvs=4711abcdef=alice@example.net",
    "bounces+bob=example.com@news.example.net",
    "f\u00fcr@example.net",
    "Alice@News.Example.NET",
)

SRS_SENDERS = (
    ("SRS0=tyYM=UJ=example.org=alice@example.net", "alice@example.org"),
    ("SRS0+tyYM=UJ=example.net=news@shop.example", "news@example.net"),
    ("srs0=abcd=7K=bank.test=info@example.org", "info@bank.test"),
)

HOSTILE_REPLIES = (
    '250 2.0.0 "quoted" ok',
    "250 ok => eve@example.org R=dnslookup T=remote_smtp H=evil.example.org [203.0.113.66]:25 C=\"x\"",
    "250 back\\slash",
    "250-first line\n250 second line",
    "250 f\u00fcr immer",
    "250 1haLqi-0002Mp-2G Completed",
)  # fmt: skip

REFUSALS = (
    "Address not present in directory", "relay not permitted", "Unrouteable address",
    "192.0.2.66 is listed at rbl.example.org (127.0.0.2: see http://rbl.example.org/q?ip=192.0.2.66)",
    'SPF check failed: "v=spf1 -all" says no', "BATV: signature missing", "Sender verify failed", "RDNS/HELO mismatch",
    "Blacklisted sender: *@example.org",
)  # fmt: skip
TEMPORARY_REFUSALS = (
    "greylisted", "Could not complete recipient verify callout", "lookup of address failed: temporary problem",
    "callout to 198.51.100.20 [198.51.100.20]: timed out",
)  # fmt: skip

# the result text in the brackets of a DKIM line -> the signature's result
DKIM_RESULTS: dict[str, str] = {
    "verification succeeded": "pass",
    "not verified": "none",
    "verification failed - body hash mismatch (body probably modified in transit)": "fail",
    "verification failed - signature did not verify (headers probably modified in transit)": "fail",
    "verification failed - unspecified reason": "fail",
    "invalid - public key record (currently?) unavailable": "invalid",
    "invalid - overlong public key record": "invalid",
    "invalid - syntax error in public key record": "invalid",
    "invalid - unspecified problem": "invalid",
}
MODERN_DKIM_RESULTS: dict[str, str] = {
    "invalid - signature tag missing or invalid": "invalid",
    "invalid - unsupported DKIM version": "invalid",
    "verification failed - signature invalid (key too short)": "fail",
    "pass - accepted by policy": "pass",
    "fail - refused by policy": "fail",
}

SPAM_ERRORS = (
    "error while creating mbox spool file",
    "warning - invalid spamd address: '127.0.0.1 x'",
    "no useable spamd server addresses in spamd_address configuration option.",
    "error creating IP socket for spamd",
    "warning - spamd connection to 127.0.0.1, port 783 failed: Connection refused",
    "all spamd servers failed",
    "spamd send failed: Broken pipe",
    "Connection reset by peer on spamd socket",
    "timed out writing spamd socket",
    "error reading spool file: Input/output error",
    "error reading from spamd socket: Connection timed out",
    "cannot parse spamd output",
)


def selectors_of(domain: str) -> tuple[str, str]:
    number = sum(domain.encode())
    return SELECTORS[number % len(SELECTORS)], SELECTORS[(number + 3) % len(SELECTORS)]


def organizational_domain(domain: str) -> str:
    """By this world's short list of public suffixes."""
    labels = domain.lower().split(".")
    if labels[-2:] == ["co", "uk"]:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])
