"""A state that is thrown away in the middle costs nothing: all is shipped again, and the cluster ends up the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.node import Place
from tests.end_to_end.test_rounds import Rounds
from tests.end_to_end.traffic import busy_hour, several_days, two_gateways
from tests.faults.outcome import assert_same, found_in, outcome
from tests.faults.process import balance_of

pytestmark = pytest.mark.cluster

TRAFFIC = {"busy": busy_hour, "slow": several_days, "two hosts": two_gateways}


def lose_and_repeat(place: Place, folder: Path, name: str, rng: Random, way: str) -> None:
    """A part is followed with all that is open shown, the state goes, all comes again."""
    text = TRAFFIC[name]().text
    cut = text.rindex(b"\n", 0, rng.randrange(len(text) // 5, len(text) * 4 // 5)) + 1
    Rounds(place, text[:cut], rng).ship_all(rng.choice([100, 1000]), 0)
    shutil.rmtree(place.folder / "state")
    log = folder / "smtp.log"
    log.write_bytes(text)
    for _ in range(2):
        if way == "ship":
            place.ship(log)
        else:
            Rounds(place, text, rng).ship_all(1000, 0)
        assert_same(outcome(text), found_in(place, balance_of(place)))
        shutil.rmtree(place.folder / "state")


@pytest.mark.parametrize("way", ["ship", "ship --follow"])
@pytest.mark.parametrize("name", ["busy", pytest.param("slow", marks=pytest.mark.soak)])
def test_a_lost_state(simple: Place, tmp_path: Path, name: str, way: str) -> None:
    lose_and_repeat(simple, tmp_path, name, Random(f"{name} {way}"), way)
