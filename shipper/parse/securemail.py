"""SecureMail lines: `key="value"` items whose values are not escaped, the subject chosen by the sender.

The keys before the subject and those after it are read for themselves. What stands between ` subject="` and the last
`" queueid="` of the line (`" size="` where there is no queue id) is the subject, whatever it contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shipper.model import Fields

_PART = r'\s*+(?:"(?:[^"\\]|\\.)*"@[^",]*|[^",]*)'
"""Of a value with commas; an address may begin with a quoted local part."""
_ITEM = re.compile(rf'(?<![a-z])([a-z]++)="({_PART}(?:,{_PART})*)"(?:\s|\Z)', re.ASCII | re.DOTALL)
_QUEUE_ID = re.compile(r"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})", re.ASCII)

# The usual line, read at once; any other order or a quote among the values goes the long way.
_USUAL = re.compile(
    r'id="(?P<id>[^"]*)" severity="(?P<severity>[^"]*)" sys="SecureMail" sub="(?P<sub>[^"]*)" name="(?P<name>[^"]*)"'
    r' srcip="(?P<srcip>[^"]*)" from="(?P<from>[^"]*)" to="(?P<to>[^"]*)" subject="(?P<subject>.*)"'
    r' queueid="(?P<queueid>[^"]*)" size="(?P<size>[^"]*)"(?: reason="(?P<reason>[^"]*)" extra="(?P<extra>[^"]*)")?',
    re.ASCII | re.DOTALL,
)
_OWN = {
    key: f"sophos.utm.securemail.{key}" for key in ("id", "severity", "sub", "name", "reason", "extra", "uid", "ident")
}
_OWN |= {"srcip": "source.ip", "dstip": "destination.ip", "subject": "email.subject"}
_SUBJECT = ' subject="'


def read_securemail(fields: Fields, text: str) -> None:
    """Adds the line's items; `queue_id` carries the id that the line states, to be taken out by the caller."""
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        _read_usual(fields, usual.groups(""))
        return
    for key, value in _items(text):
        path = _OWN.get(key)
        if path is not None:
            if value:
                fields[path] = value
        elif key in _READ:
            _READ[key](fields, value)


def _read_usual(fields: Fields, values: tuple[str, ...]) -> None:
    """The same for the values of `_USUAL`."""
    id, severity, sub, name, address, sender, recipients, subject, queue_id, size, reason, extra = values
    if id:
        fields["sophos.utm.securemail.id"] = id
    if severity:
        fields["sophos.utm.securemail.severity"] = severity
    if sub:
        fields["sophos.utm.securemail.sub"] = sub
    if name:
        fields["sophos.utm.securemail.name"] = name
    if address:
        fields["source.ip"] = address
    _read_sender(fields, sender)
    _read_recipients(fields, recipients)
    if subject:
        fields["email.subject"] = subject
    _read_queue_id(fields, queue_id)
    _read_size(fields, size)
    if reason:
        fields["sophos.utm.securemail.reason"] = reason
    if extra:
        fields["sophos.utm.securemail.extra"] = extra


def _read_sender(fields: Fields, value: str) -> None:
    fields["email.sender.address"] = value or "<>"


def _read_recipients(fields: Fields, value: str) -> None:
    recipients = [value] if "," not in value else [*map(str.strip, _ADDRESS.findall(value))]
    if recipients := [address for address in recipients if address]:
        fields["email.to.address"] = recipients


def _read_queue_id(fields: Fields, value: str) -> None:
    if _QUEUE_ID.fullmatch(value):
        fields["queue_id"] = value


def _read_size(fields: Fields, value: str) -> None:
    if value.isdecimal() and len(value) < 19:
        fields["sophos.utm.size.scanned"] = int(value)


_READ = {"from": _read_sender, "to": _read_recipients, "queueid": _read_queue_id, "size": _read_size}


def _items(text: str) -> Iterable[tuple[str, str]]:
    start = text.find(_SUBJECT)
    if start < 0:
        return _ITEM.findall(text)
    end = text.rfind('" queueid="')
    if end < start + len(_SUBJECT) - 1:
        end = text.rfind('" size="')
    if end < start + len(_SUBJECT) - 1:
        end = text.rfind('"')
    subject = text[start + len(_SUBJECT) : end] if end >= start + len(_SUBJECT) else ""
    return [*_ITEM.findall(text[:start]), ("subject", subject), *_ITEM.findall(text[end + 2 :])]


_ADDRESS = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^,"])++|"', re.ASCII | re.DOTALL)
