"""What can happen to a message: each scenario is a function of the gateway and a moment, with a weight in the mix."""

from __future__ import annotations

from importlib import import_module

from tests.generator.scenarios.registry import SCENARIOS, Scenario

TOPICS = (
    "ordinary", "sessions", "refusals", "abandoned", "verdicts", "outgoing", "hostile", "housekeeping", "texts",
    "fields", "variety",
)  # fmt: skip

for topic in TOPICS:
    import_module(f"tests.generator.scenarios.{topic}")

__all__ = ["SCENARIOS", "Scenario"]
