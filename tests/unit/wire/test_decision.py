"""A decision, told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Kind, MapView, Signal
from pointsman.policy import decide
from pointsman.wire.decision import DECIMALS, decision_body
from tests.fakes import chat, classified, tier_map


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.floats(-5, 5), max_size=60))
def test_what_is_told_of_a_complexity_adds_up_to_it_weightiest_first_after_the_task(parts: dict[str, float]) -> None:
    task = (Signal("custom:shipping", 0.6), Signal("coding>math:words", 1.2))
    signals = (*task, *(Signal(name, part, Kind.COMPLEXITY) for name, part in parts.items()))
    found = replace(classified(), signals=signals)
    told = decision_body(decide(chat(), found, tier_map(), seed="1"), MapView(tier_map(), "packaged"))["signals"]
    assert told[:2] == [{"kind": "task", "name": signal.name, "weight": signal.weight} for signal in task]
    weights = [signal["weight"] for signal in told if signal["kind"] == "complexity"]
    assert sum(weights) == pytest.approx(sum(parts.values()), abs=0.6 * 10**-DECIMALS * len(parts))
    assert [abs(weight) for weight in weights] == sorted(map(abs, weights), reverse=True)


def test_a_decision_is_told_with_its_fallbacks() -> None:
    decision = decide(chat(), classified(), tier_map(), seed="1")
    body = decision_body(decision, MapView(tier_map(), "packaged"))
    assert (body["model"], body["tier"], body["provider"]) == ("small", "economy", "fake")
    assert [entry["model"] for entry in body["fallbacks"]] == ["large", "spare"]
    assert (body["map_version"], body["map_source"], body["baseline_model"]) == (7, "packaged", "large")
