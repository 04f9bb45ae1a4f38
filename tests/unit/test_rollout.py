from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import MapView, Trial
from pointsman.rollout import assign
from tests.fakes import tier_map

STABLE = tier_map()
CANARY = replace(STABLE, version=8)
PERCENT = st.floats(0, 100)


def view(percent: float, salt: str = "s") -> MapView:
    return MapView(STABLE, "live", canary=Trial(CANARY, percent, salt))


def test_without_a_canary_the_stable_map_routes() -> None:
    assert assign(MapView(STABLE, "live"), "x") == MapView(STABLE, "live")


@given(st.text(), PERCENT)
def test_what_is_assigned_is_one_map_and_says_which(conversation: str, percent: float) -> None:
    chosen = assign(view(percent), conversation)
    assert (chosen.map, chosen.channel) in [(STABLE, "stable"), (CANARY, "canary")]


@given(st.text(), PERCENT, PERCENT)
def test_a_growing_share_takes_no_conversation_out(conversation: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    if assign(view(less), conversation).channel == "canary":
        assert assign(view(more), conversation).channel == "canary"


@given(st.text())
def test_none_and_all(conversation: str) -> None:
    assert assign(view(0), conversation).channel == "stable"
    assert assign(view(100), conversation).channel == "canary"


def test_the_share_is_about_the_percentage() -> None:
    taken = sum(assign(view(5), str(n)).channel == "canary" for n in range(4_000))
    assert 140 < taken < 260
