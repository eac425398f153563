"""The examples of the search help on the trace dashboard find on a real node what they promise."""

from __future__ import annotations

import re

import pytest

from tests.dashboards.conftest import Archive
from tests.dashboards.lucene import Values
from tests.dashboards.requests import View, list_body, opened
from tests.dashboards.test_counts import DASHBOARDS, NOW
from tests.dashboards.truth import Document

pytestmark = pytest.mark.cluster

(TRACE,) = (dashboard for dashboard in DASHBOARDS if dashboard.id == "utm-shipper-dashboard-trace")
MESSAGES = next(listing for listing in TRACE.lists if listing.pattern.id == "utm-shipper-messages")
EXAMPLES = [example for text in TRACE.texts for example in re.findall(r"`([^`]+)`", text)]
SUBJECT = "Re: your order 4711"


def is_wanted(values: Values) -> bool:
    """Has a client by IPv6 and all else to search by."""
    names = ("email.subject", "email.message_id", "source.ip", "email.to.address")
    subject, id, client, recipient = (str(values.get(name, [""])[0]) for name in names)
    return subject == SUBJECT and "@mail." in id and ":" in client and recipient != ""


def searches(one: Values) -> list[str]:
    """A search like each example, for this message."""
    (id,) = one["email.message_id"]
    told = [
        *(one["sophos.utm.queue_ids"][0], id, id.partition("@")[0], one["email.to.address"][0]),
        *("(your AND order)", str(one["source.ip"][0])),
    ]
    return [like(example, value) for example, value in zip(EXAMPLES, told, strict=True)]


def like(example: str, value: str) -> str:
    """The example with another value, written in the same way."""
    name, _, shown = example.partition(":")
    return f"{name}:" + re.sub(r'[^"*]+', lambda match: value, shown, count=1)


def truly_found(archive: Archive, view: View) -> list[Document]:
    truth = archive.truth(MESSAGES.pattern)
    if not view.search.startswith("email.subject.text:"):
        return truth.found(MESSAGES, view.period, view.search)
    subjects = [(document, document.values.get("email.subject", [""])[0].lower()) for document in truth.documents]
    return [document for document, subject in subjects if {"your", "order"} <= set(re.findall(r"\w+", subject))]


def test_each_example_finds_as_many_messages_as_there_are(archive: Archive) -> None:
    one = next(each.values for each in archive.truth(MESSAGES.pattern).documents if is_wanted(each.values))
    for search in searches(one):
        view = View(opened(TRACE.time, NOW), search=search)
        found = archive.search(MESSAGES.pattern, list_body(MESSAGES, view))["hits"]["total"]["value"]

        assert found == len(truly_found(archive, view)) > 0, search
