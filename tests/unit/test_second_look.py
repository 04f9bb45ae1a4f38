"""The second stage: asked only in doubt, never a reason to fail, always in the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify.complexity import of_judgement
from pointsman.domain import Classification, Completion, Form, SecondStage, Task, TierMap, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger
from pointsman.second_look import SecondLook
from tests.fakes import FakeClock, FakeProvider, chat, classified, completion, tier_map

DOUBT = classified(0.2, "conversation", confidence=0.1)


def with_stage(timeout: float = 0.4) -> TierMap:
    found = tier_map()
    return replace(found, settings=replace(found.settings, second_stage=SecondStage("small", 0.3, timeout)))


async def look(
    provider: FakeProvider, first: Classification = DOUBT, by: TierMap | None = None
) -> tuple[Classification, Ledger]:
    clock = FakeClock()
    ledger = Ledger(chat(tags={"team": "search"}), clock)
    second = SecondLook(Invoker(provider, clock=clock, sleep=clock.sleep), clock)
    return await second(chat(), first, by or with_stage(), ledger), ledger


@pytest.mark.parametrize("answer", ["coding 7", "Coding: 7", " coding 7/10.\n"])
async def test_a_doubtful_prompt_is_classified_by_the_model_and_charged(answer: str) -> None:
    found, ledger = await look(FakeProvider(completion(answer, Usage(input=100, output=3))))
    assert (found.task, found.complexity) == ("coding", round(of_judgement(0.7, Task.CODING), 4))
    assert found.confidence > DOUBT.confidence
    assert found.signals[0].name == "second_stage:small"
    (attempt,) = ledger.attempts
    assert (attempt.model.alias, attempt.tier, attempt.outcome) == ("small", "second_stage", "ok")
    assert attempt.cost_nano == 100 * 1_000 + 3 * 5_000
    assert ledger.answer is None


async def test_a_judgement_is_held_against_the_limits_for_open_prompts() -> None:
    """It is on their scale: against a limit for sums, a hard one would stay below."""
    found, _ = await look(FakeProvider(completion("math 8")), replace(DOUBT, form=Form.SUMS))
    assert found.form is Form.OPEN


async def test_the_call_is_known_as_the_teams() -> None:
    provider = FakeProvider(completion("coding 7"))
    await look(provider)
    assert provider.requests[0].tags == {"team": "search"}


@pytest.mark.parametrize(
    ("first", "by"),
    [(DOUBT, tier_map()), (replace(DOUBT, confidence=0.3), with_stage()), (replace(DOUBT, task="own"), with_stage())],
)
async def test_it_is_not_asked_without_a_setting_a_doubt_or_about_a_custom_task(
    first: Classification, by: TierMap
) -> None:
    provider = FakeProvider()
    assert (await look(provider, first, by))[0] == first
    assert provider.calls == []


@pytest.mark.parametrize(
    "step", [UpstreamError(UpstreamKind.RATE_LIMITED, "no"), 5.0, completion("Paris."), completion("coding 11")]
)
async def test_a_model_that_fails_is_late_or_says_something_else_changes_nothing(
    step: Completion | Exception | float,
) -> None:
    found, ledger = await look(FakeProvider(step), by=with_stage(timeout=0.01))
    assert found == DOUBT
    assert len(ledger.attempts) == 1


@given(st.text())
async def test_whatever_it_says_is_a_classification(answer: str) -> None:
    found, _ = await look(FakeProvider(completion(answer)))
    assert 0 <= found.complexity <= 1
