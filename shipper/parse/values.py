"""The converters that declarations name as `type`: each puts one captured text into an event's fields."""

from __future__ import annotations

import codecs
import re
import socket
from collections.abc import Callable
from functools import lru_cache

from shipper.model import Fields, iso_date
from shipper.parse.securemail import read_securemail
from shipper.parse.spam import read_reference
from shipper.parse.tls import parse_cipher

Converter = Callable[[Fields, str, str], None]
"""(fields, path, text): adds what the text says."""

NULL_SENDER = "<>"


def _keyword(fields: Fields, path: str, text: str) -> None:
    if text:
        fields[path] = text


_LONG_DIGITS = 19


def _long(fields: Fields, path: str, text: str) -> None:
    if len(text) < _LONG_DIGITS:
        fields[path] = int(text)


def _flag(fields: Fields, path: str, text: str) -> None:
    fields[path] = True


def _sender(fields: Fields, path: str, text: str) -> None:
    fields[path] = text or NULL_SENDER


def _recipient(fields: Fields, path: str, text: str) -> None:
    if text:
        fields[path] = [text]


def _recipients(fields: Fields, path: str, text: str) -> None:
    if addresses := _ADDRESS.findall(text):
        fields[path] = addresses


_ADDRESS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\\.|[^\s"\\])+', re.ASCII | re.DOTALL)


def _original_recipient(fields: Fields, path: str, text: str) -> None:
    """The address in < > is the one of the envelope; the one before it is where the message really went."""
    if text:
        fields["sophos.utm.final_address"] = fields[path][0]
        fields[path] = [text]


@lru_cache(maxsize=1 << 12)
def is_ip(text: str) -> bool:
    """Whether a cluster's `ip` field takes this text."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return False
    return True


def _address(fields: Fields, path: str, text: str) -> None:
    """An address that is none (sanitised, malformed) goes to `.address`."""
    if text:
        fields[f"{path}.ip" if is_ip(text) else f"{path}.address"] = text


def _leg_address(fields: Fields, path: str, text: str) -> None:
    """The server of a delivery over the network: plain text unless X= says otherwise."""
    fields["tls.established"] = False
    _address(fields, path, text)


_PLAIN = ("smtp", "esmtp", "esmtpa")
_OVER_TLS = ("smtps", "esmtps", "esmtpsa", "ssmtp", "essmtp", "essmtpa")
_ESTABLISHED = dict.fromkeys(_OVER_TLS, True) | dict.fromkeys(_PLAIN, False)


def _protocol(fields: Fields, path: str, text: str) -> None:
    """P= of a received message: the `s` says TLS even where no cipher is logged (Exim specification, 11.9)."""
    fields[path] = text
    established = _ESTABLISHED.get(text.removeprefix("utf8"))
    if established is not None:
        fields["tls.established"] = established


def _cipher(fields: Fields, path: str, text: str) -> None:
    fields.update(_cipher_fields(text))


@lru_cache(maxsize=4096)
def _cipher_fields(text: str) -> Fields:
    cipher = parse_cipher(text)
    stated = {
        "tls.established": True,
        "tls.version": cipher.version,
        "tls.version_protocol": cipher.protocol,
        "tls.cipher": cipher.cipher,
        "sophos.utm.tls.logged_version": text.partition(":")[0],
        "sophos.utm.tls.openssl_cipher": cipher.logged_cipher,
        "sophos.utm.tls.bits": cipher.bits,
        "tls.resumed": cipher.resumed or None,
    }
    return {name: value for name, value in stated.items() if value is not None and value != ""}


def unescape(text: str) -> str:
    """Takes away the backslash before a quote or a backslash."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


_ESCAPED = re.compile(r'\\(["\\])')


def _quoted(fields: Fields, path: str, text: str) -> None:
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if inner:
        fields[path] = unescape(inner)


_PRINTED = re.compile(r'\\(?:([0-7]{3})|(["\\nrt]))')
_PLAIN_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", '"': b'"', "\\": b"\\"}


def _printed(fields: Fields, path: str, text: str) -> None:
    r"""T="...": octal and backslash escapes (Exim specification, 52.3); one text may mix UTF-8 and Latin-1 bytes."""
    inner = text[1:-1]
    if "\\" not in inner:
        fields[path] = inner
        return
    pieces, last = [], 0
    for match in _PRINTED.finditer(inner):
        pieces.append(inner[last : match.start()].encode())
        pieces.append(bytes([int(match[1], 8) & 255]) if match[1] else _PLAIN_ESCAPES[match[2]])
        last = match.end()
    pieces.append(inner[last:].encode())
    fields[path] = b"".join(pieces).decode("utf-8", "latin-1-bytes")


def _latin_1_bytes(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: bytes that are no UTF-8 are read as Latin-1."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin-1-bytes", _latin_1_bytes)


_TOP_BIT = re.compile(r"(?:\\[23][0-7]{2})+", re.ASCII)


def _printed_address(text: str) -> str:
    r"""Of what the configuration logs, bytes beyond ASCII stand as octal escapes; Exim's own lines have them raw."""
    return _TOP_BIT.sub(_bytes_of_escapes, text) if "\\" in text else text


def _bytes_of_escapes(match: re.Match[str]) -> str:
    return bytes(int(octal, 8) for octal in match[0][1:].split("\\")).decode("utf-8", "latin-1-bytes")


def _printed_sender(fields: Fields, path: str, text: str) -> None:
    _sender(fields, path, _printed_address(text))


def _printed_recipient(fields: Fields, path: str, text: str) -> None:
    _recipient(fields, path, _printed_address(text))


def _put_reply(fields: Fields, text: str) -> None:
    """`250 text`, `250-text` or `250`; any other answer is text alone."""
    code = text[:3]
    if "200" <= code <= "599" and code.isdecimal() and code.isascii() and text[3:4] in (" ", "-", ""):
        fields["sophos.utm.response.code"] = int(code)
        text = text[4:].lstrip(" ")
    if text:
        fields["sophos.utm.response.text"] = text


def _reply(fields: Fields, path: str, text: str) -> None:
    """C="...": the remote server's answer."""
    if text:
        _put_reply(fields, unescape(text))


_REMOTE = re.compile(
    r"""(?=SMTP[ ]error|LMTP[ ]error|SMTP[ ]timeout|Remote[ ]host|Malformed[ ]SMTP[ ]reply|a[ ]TLS[ ]session)
    (?:.*?[ ])?(?:host|to|for|from)[ ](?P<name>[^\s\[\]<>]+)[ ]\[(?P<ip>[^\]\s]*)\](?::(?P<port>[0-9]{1,5}))?
    (?P<rest>.*)""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_REMOTE_REPLY = re.compile(r".*?:[ ]([2-5][0-9][0-9][ -].*|[2-5][0-9][0-9])", re.ASCII | re.DOTALL)


def _remote_reason(fields: Fields, path: str, text: str) -> None:
    """Why a delivery did not work; names the remote host and quotes its answer where it got that far."""
    if not text:
        return
    fields[path] = text
    rest = text
    if "destination.ip" not in fields and (match := _REMOTE.match(text)):
        fields["destination.domain"] = match["name"]
        _address(fields, "destination", match["ip"])
        if match["port"]:
            fields["destination.port"] = int(match["port"])
        rest = match["rest"]
    if text.startswith(("SMTP error", "LMTP error")) and (reply := _REMOTE_REPLY.match(rest)):
        _put_reply(fields, reply[1])


_DURATION = re.compile(r"(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+(?:\.[0-9]+)?)s)?", re.ASCII)
_UNITS = (604800, 86400, 3600, 60, 1)


def _seconds(fields: Fields, path: str, text: str) -> None:
    """`5s`, `1m5s`, `0.331s` in seconds."""
    match = _DURATION.fullmatch(text)
    if match and 0 < len(text) < 40:
        fields[path] = sum(float(n) * unit for n, unit in zip(match.groups(), _UNITS, strict=True) if n)


def _epoch(fields: Fields, path: str, text: str) -> None:
    """Seconds since 1970 that a sender wrote; a date that no cluster takes stays away."""
    seconds = int(text[:12])
    if seconds < 253402300800:
        fields[path] = iso_date(seconds)


def _dkim_tag(fields: Fields, path: str, text: str) -> None:
    """A tag of a signature; Exim 4.9x writes `<UNSET>` for one that the signature lacks."""
    if text and text != "<UNSET>":
        fields[path] = text


_DKIM_RESULTS = {"verification": "fail", "fail": "fail", "invalid": "invalid", "pass": "pass"}


def _dkim_result(fields: Fields, path: str, text: str) -> None:
    """The last bracket of a DKIM line: `status` or `status - detail`."""
    status, _, detail = text.partition(" - ")
    first = status.partition(" ")[0]
    result = "pass" if status in ("verification succeeded", "pass") else _DKIM_RESULTS.get(first, "none")
    fields["sophos.utm.dkim.result"] = result
    if detail:
        fields["sophos.utm.dkim.detail"] = detail
    elif result == "none" and status != "not verified":
        fields["sophos.utm.dkim.detail"] = text


def _words(fields: Fields, path: str, text: str) -> None:
    if words := text.split():
        fields[path] = [*fields.get(path, ()), *words]


def _head(fields: Fields, path: str, text: str) -> None:
    """The text before its first colon."""
    fields[path] = text.partition(":")[0]


def _spam_reference(fields: Fields, path: str, text: str) -> None:
    read_reference(fields, text)


def _securemail(fields: Fields, path: str, text: str) -> None:
    read_securemail(fields, text)
    if (address := fields.pop("source.ip", None)) is not None:
        _address(fields, "source", address)
    if (address := fields.pop("destination.ip", None)) is not None:
        _address(fields, "destination", address)


def _queue_id(fields: Fields, path: str, text: str) -> None:
    """An id that the text itself states; it becomes the line's own where none stands before the text."""
    fields["queue_id"] = text


CONVERTERS: dict[str, Converter] = {
    "queue_id": _queue_id,
    "keyword": _keyword,
    "long": _long,
    "flag": _flag,
    "sender": _sender,
    "recipient": _recipient,
    "recipients": _recipients,
    "printed_sender": _printed_sender,
    "printed_recipient": _printed_recipient,
    "original_recipient": _original_recipient,
    "address": _address,
    "leg_address": _leg_address,
    "protocol": _protocol,
    "cipher": _cipher,
    "quoted": _quoted,
    "printed": _printed,
    "reply": _reply,
    "remote_reason": _remote_reason,
    "seconds": _seconds,
    "epoch": _epoch,
    "dkim_tag": _dkim_tag,
    "dkim_result": _dkim_result,
    "words": _words,
    "head": _head,
    "spam_reference": _spam_reference,
    "securemail": _securemail,
}
