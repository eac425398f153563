"""A place on a real node for each test, with its templates."""

from __future__ import annotations

from tests.end_to_end.conftest import bare, make_place, simple

__all__ = ["bare", "make_place", "simple"]
