"""The lines of a `_bulk` body, byte by byte."""

import pytest

from shipper.model import BulkItem
from shipper.sinks.bulk import encode_item


@pytest.mark.parametrize(
    ("item", "lines"),
    [
        (
            BulkItem("create", "utm-smtp-events-2024.05", "a1", b'{"x":1}'),
            b'{"create":{"_index":"utm-smtp-events-2024.05","_id":"a1"}}\n{"x":1}\n',
        ),
        (
            BulkItem("index", "utm-smtp-messages-2024.05", "b", b"{}", version=7),
            b'{"index":{"_index":"utm-smtp-messages-2024.05","_id":"b","version":7,"version_type":"external_gte"}}\n'
            b"{}\n",
        ),
        (BulkItem("delete", "i", 'q"\n'), b'{"delete":{"_index":"i","_id":"q\\"\\n"}}\n'),
        (
            BulkItem("delete", "i", "d", version=0),
            b'{"delete":{"_index":"i","_id":"d","version":0,"version_type":"external_gte"}}\n',
        ),
    ],
)
def test_encode(item, lines):
    assert encode_item(item) == lines
