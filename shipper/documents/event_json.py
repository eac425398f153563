"""Stage event -> the JSON of its document, written at once: most events differ from others in their values only.

Events that have the same fields, with values of the same types, share a form: a function whose one f-string is the text
of such a document with a place for each value. That text is made by encoding a document of marks, so it can hold
nothing else than `event_document` gives. What fits no form (a text that needs escaping, bytes that are no UTF-8) is
encoded as a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence, Set
from functools import lru_cache
from itertools import count
from typing import Any

from shipper.documents.event import HOSTS, IPS, TO, USERS, event_document, framed, host_names, user_names
from shipper.documents.shape import encode, place, unique
from shipper.model import Fields, StageEvent, iso_date

_Form = Callable[[StageEvent], bytes | None]
"""Writes an event's document; None where the event does not fit after all."""

_OWN = ("action", "process", "pid", "source", "offset", "stage", "kind", "queue_id", "host")
_MARKED = re.compile(r',"related":"\ue000(related)"|"\ue000(\w+)"')
_MOST_FORMS = 1 << 12
_OFTEN = 16
"""Making a form takes as long as encoding some hundred documents."""


def event_json(event: StageEvent) -> bytes:
    """The same bytes as `encode(event_document(event))`."""
    key = tuple(event.fields)
    forms = _without_id if event.queue_id is None else _with_id
    form = forms.get(key) or _first_form(forms, key, event)
    return form(event) or encode(event_document(event))


_with_id: dict[tuple[str, ...], _Form] = {}
_without_id: dict[tuple[str, ...], _Form] = {}


def _first_form(forms: dict[tuple[str, ...], _Form], key: tuple[str, ...], event: StageEvent) -> _Form:
    """Counts the events of a new key; the form is made when it is worth it."""
    if len(forms) >= _MOST_FORMS:
        forms.clear()
    seen = count(1)

    def form(event: StageEvent) -> None:
        if next(seen) == _OFTEN:
            forms[key] = _form(event)

    forms[key] = form
    return form


def _form(event: StageEvent) -> _Form:
    """The form for events that have the fields of this one."""
    values = {name: f"v{number}" for number, name in enumerate(event.fields)}
    kinds = {value: type(event.fields[name]) for name, value in values.items()}
    numbers = ["pid", *(value for value, kind in kinds.items() if kind is int)]
    encoded = [value for value, kind in kinds.items() if kind not in (str, int)]
    if not _is_regular(event.fields):
        return lambda event: None
    text, texts = _f_string(event, values, {"offset", "original", *numbers, *encoded})
    lines = [
        "time = iso_date(event.time)",
        *(f"{name} = event.{name}" for name in _OWN),
        f"{', '.join(values.values())}, = event.fields.values()" if values else "",
        *(f"if {name}.__class__ is not int: return None" for name in numbers),
        f"if event.encoding is not None or not host or needs_escaping(({', '.join(texts)})): return None",
        f"related = {_related_parts(values)}",
        "if related: related = f',\"related\":{{{related[1:]}}}'",
        "original = encode(event.original).decode()",
        *(f"{name} = encode({name}).decode()" for name in encoded),
        f"return f{text!r}.encode()",
    ]
    known: dict[str, Any] = dict(_KNOWN)
    exec("def write(event):\n" + "".join(f"    {line}\n" for line in lines if line), known)
    form: _Form = known["write"]
    return form


def _is_regular(fields: Fields) -> bool:
    """Whether what is related can be written by its parts."""
    named = (fields[name] for name in (*IPS, *HOSTS, *USERS) if name in fields)
    return all(isinstance(value, str) for value in named) and not any(name.startswith("related") for name in fields)


def _f_string(event: StageEvent, values: dict[str, str], unquoted: Set[str]) -> tuple[str, list[str]]:
    """The document as the text of an f-string, and the names of the values that stand between quotes in it."""
    texts: list[str] = []

    def as_place(mark: re.Match[str]) -> str:
        name = mark[1] or mark[2]
        if mark[1] or name in unquoted:
            return f"{{{name}}}"
        texts.append(name)
        return f'"{{{name}}}"'

    document = encode(_marked_document(event.queue_id is not None, values)).decode()
    return _MARKED.sub(as_place, document.replace("{", "{{").replace("}", "}}")), texts


def _marked_document(has_id: bool, values: dict[str, str]) -> dict[str, Any]:
    marks: dict[str, Any] = {name: _mark(name) for name in (*_OWN, "original")}
    if not has_id:
        marks["queue_id"] = None
    document = framed(StageEvent(id="", time=0, order=0, fields={}, **marks), _mark("related"))
    document["@timestamp"] = _mark("time")
    return place(document, {name: _mark(value) for name, value in values.items()})


def _mark(name: str) -> str:
    return f"\ue000{name}"


def _related_parts(values: dict[str, str]) -> str:
    """The call of each function that writes a part of what is related, as far as there are values for it."""
    ips, hosts, users = ([values[name] for name in names if name in values] for names in (IPS, HOSTS, USERS))
    calls = [f"ips_json({', '.join(ips)})"] if ips else []
    calls += [f"hosts_json({', '.join(hosts)})"] if hosts else []
    calls += [f"users_json([{', '.join(users)}], {values.get(TO, '()')})"] if users or TO in values else []
    return " + ".join(calls) or '""'


@lru_cache(maxsize=1 << 12)
def _ips_json(*ips: str) -> str:
    return _part("ip", ips)


@lru_cache(maxsize=1 << 12)
def _hosts_json(*hosts: str) -> str:
    return _part("hosts", host_names(hosts))


def _users_json(users: Iterable[str], recipients: Iterable[str]) -> str:
    return _part("user", user_names(users, recipients))


def _part(name: str, values: Sequence[str]) -> str:
    return f',"{name}":{encode(unique(values) if len(values) > 1 else values).decode()}' if values else ""


def _needs_escaping(texts: tuple[str, ...]) -> bool:
    """Whether they do, or whether one of them is no text."""
    try:
        text = "".join(texts)
    except TypeError:
        return True
    longer = len(encode(text)) - 2
    return longer != len(text) and longer != len(text.encode())


_KNOWN = {
    "encode": encode,
    "iso_date": iso_date,
    "ips_json": _ips_json,
    "hosts_json": _hosts_json,
    "users_json": _users_json,
    "needs_escaping": _needs_escaping,
}
