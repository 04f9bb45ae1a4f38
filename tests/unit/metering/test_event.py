"""Cost events: the saved identity, failed attempts, and requests that did not come far."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Account, Attempt, CostEvent, Decision, MapView, Usage
from pointsman.metering.event import attempt, bill, cost_event
from pointsman.metering.prices import cost
from pointsman.policy import decide
from tests.fakes import chat, classified, model, target, tier_map

counts = st.integers(0, 10**7)
usages = st.builds(Usage, counts, counts, *[st.none() | counts] * 3)
attempts = st.builds(
    lambda alias, outcome, usage: attempt(target(alias), outcome, 10, usage),
    st.sampled_from(["small", "large"]),
    st.sampled_from(["ok", "timeout", "overloaded"]),
    st.none() | usages,
)


def decision() -> Decision:
    return decide(chat(), classified(), tier_map(), seed="1")


def event(*made: Attempt, latency_ms: int = 100, served: bool = True) -> CostEvent:
    return cost_event(
        request_id="chatcmpl-1",
        timestamp_ms=1,
        status=200,
        outcome="ok",
        latency_ms=latency_ms,
        requested_model="auto",
        account=Account("key-1", "team-a"),
        view=MapView(tier_map(), "live"),
        decision=decision(),
        served=decision().targets[0] if served else None,
        attempts=made,
        answer=made[-1] if served and made else None,
    )


def test_an_answer_from_a_cheaper_model_saves_the_difference() -> None:
    found = event(attempt(target("small"), "ok", 60, Usage(1_000, 100)))
    assert (found.cost_nano, found.baseline_nano, found.saved_nano) == (1_500_000, 7_500_000, 6_000_000)
    assert (found.model, found.provider, found.tier, found.baseline_model) == ("small", "fake", "economy", "large")
    assert (found.key_id, found.team, found.map_version, found.map_source) == ("key-1", "team-a", 7, "live")
    assert (found.latency_ms, found.overhead_ms) == (100, 40)


def test_a_failed_attempt_is_charged_to_the_saving() -> None:
    """The first, dear attempt timed out and is charged by estimate; the saving falls below zero."""
    timed_out = attempt(target("large"), "timeout", 50, Usage(10_000, 0, estimated=True))
    found = event(timed_out, attempt(target("small"), "ok", 60, Usage(1_000, 100)))
    assert found.cost_nano == timed_out.cost_nano + 1_500_000
    assert found.saved_nano == 7_500_000 - found.cost_nano < 0
    assert found.overhead_ms == 0


def test_an_attempt_that_was_refused_costs_nothing() -> None:
    refused = attempt(target("large"), "rate_limited", 5, None)
    assert (refused.usage, refused.cost_nano) == (None, 0)


def test_without_an_answer_there_is_no_baseline_but_the_cost_stays() -> None:
    found = event(attempt(target("large"), "timeout", 50, Usage(1_000, 0, estimated=True)), served=False)
    assert (found.usage, found.baseline_nano, found.model, found.tier) == (None, 0, None, None)
    assert found.saved_nano == -found.cost_nano == -1_000_000


def test_a_request_that_was_refused_at_the_door_has_an_event_too() -> None:
    found = cost_event(
        request_id="1", timestamp_ms=1, status=401, outcome="invalid_api_key", latency_ms=1, requested_model="anything"
    )
    assert (found.cost_nano, found.saved_nano, found.attempts, found.key_id) == (0, 0, (), None)
    assert found.requested_model is None


def test_cached_tokens_are_priced_as_the_baseline_prices_them() -> None:
    """The baseline model here has no cache price, so they count as its plain input."""
    usage = Usage(0, 0, cache_read=1_000)
    assert bill((), usage, model("large", usd_in=5)).baseline == 5_000_000


@given(st.lists(attempts, max_size=4), st.booleans())
def test_saved_is_the_baseline_less_all_that_was_paid(made: list[Attempt], served: bool) -> None:
    found = event(*made, served=served)
    assert found.saved_nano == found.baseline_nano - found.cost_nano
    assert found.cost_nano == sum(one.cost_nano for one in found.attempts)
    assert found.baseline_nano == (cost(found.usage, decision().baseline.prices) if found.usage else 0)
