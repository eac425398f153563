"""Places on real nodes, as the end to end tests have them."""

from tests.end_to_end.conftest import make_place

__all__ = ["make_place"]
