"""A decision, told."""

from __future__ import annotations

from pointsman.domain import MapView
from pointsman.policy import decide
from pointsman.wire.decision import decision_body
from tests.fakes import chat, classified, tier_map


def test_a_decision_is_told_with_its_fallbacks() -> None:
    decision = decide(chat(), classified(), tier_map(), seed="1")
    body = decision_body(decision, MapView(tier_map(), "packaged"))
    assert (body["model"], body["tier"], body["provider"]) == ("small", "economy", "fake")
    assert [entry["model"] for entry in body["fallbacks"]] == ["large", "spare"]
    assert (body["map_version"], body["map_source"], body["baseline_model"]) == (7, "packaged", "large")
