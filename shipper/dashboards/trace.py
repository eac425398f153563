"""From one message to its raw lines: the query that finds them, computed on the server, and the link that runs it."""

from __future__ import annotations

from shipper.dashboards.declaration import Period
from shipper.resources import folder

TRACE_FIELD = "trace"
"""Name of the computed field in the index pattern of messages: what a trace of the message must search for."""

_SAFE_IN_RISON = str.maketrans({"!": "!!", "'": "!'"})


def trace_script() -> str:
    """Painless: gives the Lucene query that finds a message and all its lines, safe inside a quoted Rison string."""
    return (folder("dashboards") / "trace.painless").read_text("utf-8").strip() + "\n"


def dashboard_address(object_id: str) -> str:
    """The part after `#` under which the Dashboards application shows this dashboard."""
    return f"/view/{object_id}"


def trace_url(object_id: str, period: Period, query: str) -> str:
    """Template for the formatter of links; `{value}` in `query` (Lucene) becomes the field's value, percent-encoded.

    Begins with `../`: the formatter puts the server's address, base path and space before it
    (src/plugins/data/common/field_formats/converters/url.ts of OpenSearch Dashboards and Kibana alike).
    """
    searched = query.translate(_SAFE_IN_RISON).replace("%", "%25").replace('"', "%22").replace(" ", "%20")
    time = f"time:(from:{period.start},to:{period.end})"
    state = f"query:(language:lucene,query:'{searched.replace('{value}', '{{value}}')}')"
    return f"../app/dashboards#{dashboard_address(object_id)}?_g=({time})&_a=({state})"
