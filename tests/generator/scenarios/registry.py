"""The list of scenarios, filled by the topic modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.generator.gateway import Gateway

Play = Callable[[Gateway, float], None]
EVERY = ("asg7", "4.82", "4.94", "4.97")
MODERN, CYREN = ("4.94", "4.97"), ("asg7", "4.82")


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    weight: float
    play: Play
    dialects: tuple[str, ...] = EVERY
    documents: bool = True  # makes at least one message document


SCENARIOS: dict[str, Scenario] = {}


def scenario(weight: float = 1, *, dialects: tuple[str, ...] = EVERY, documents: bool = True) -> Callable[[Play], Play]:
    def register(play: Play) -> Play:
        name = play.__name__
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(name, weight, play, dialects, documents)
        return play

    return register
