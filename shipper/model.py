"""The values that travel between the steps. All are frozen; dicts appear only as the fields of an event and at the JSON edge."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

type_of_operation = Literal["create", "index", "delete"]


class BulkItem(msgspec.Struct, frozen=True, gc=False):
    """One operation of a `_bulk` body.

    `body` is the document as serialised JSON (empty for a delete). `version`, when given, is sent as an external
    version with `version_type: external_gte`.
    """

    operation: type_of_operation
    index: str
    id: str
    body: bytes = b""
    version: int | None = None


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """What could not take its next step, with all that is needed to see why and to try again.

    `step` is the step that refused it (`sources`, `clock`, `cluster`, ...), `reason` one line, `source` and `offset`
    (bytes) where it was read, `data` the raw line or the document that was refused.
    """

    step: str
    reason: str
    data: bytes
    source: str = ""
    offset: int | None = None


Fields = dict[str, Any]
