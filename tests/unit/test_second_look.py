"""The second stage: asked only in doubt, never a reason to fail, always in the ledger."""

from __future__ import annotations

import asyncio
import gc
import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify.complexity import of_judgement
from pointsman.domain import (
    ChatRequest,
    Classification,
    Completion,
    Form,
    Model,
    SecondStage,
    Signal,
    Task,
    TierMap,
    Usage,
)
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
    ledger = Ledger(chat(tags={"team": "search"}), clock, clock() - 0.25)
    second = SecondLook(Invoker(provider, clock=clock, sleep=clock.sleep), clock)
    return await second(chat(), first, by or with_stage(), ledger), ledger


@pytest.mark.parametrize("answer", ["coding 7", "Coding: 7", " coding 7/10.\n"])
async def test_a_doubtful_prompt_is_classified_by_the_model_and_charged(answer: str) -> None:
    first = replace(DOUBT, signals=(Signal("task", -0.6), Signal("conversation<words", 0.3)))
    found, ledger = await look(FakeProvider(completion(answer, Usage(input=100, output=3))), first)
    assert (found.task, found.complexity) == ("coding", round(of_judgement(0.7, Task.CODING), 4))
    assert found.confidence > DOUBT.confidence
    assert found.signals == (Signal("second_stage:small", 0.7),)  # what spoke for the first answer has not decided
    (attempt,) = ledger.attempts
    assert (attempt.model.alias, attempt.tier, attempt.outcome) == ("small", "second_stage", "ok")
    assert attempt.cost_nano == 100 * 1_000 + 3 * 5_000
    assert attempt.begun_ms == 250
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
    ("step", "outcome"),
    [
        (UpstreamError(UpstreamKind.RATE_LIMITED, "no"), "rate_limited"),
        (RuntimeError("What is the capital of France?"), "internal_error"),
        (5.0, "timeout"),
        (completion("Paris."), "ok"),
        (completion("coding 11"), "ok"),
    ],
)
async def test_a_model_that_fails_is_late_or_says_something_else_changes_nothing(
    step: Completion | Exception | float, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    found, ledger = await look(FakeProvider(step), by=with_stage(timeout=0.01))
    assert found == DOUBT
    assert [attempt.outcome for attempt in ledger.attempts] == [outcome]
    logged = [f"The second stage failed: {type(step).__name__}"] if isinstance(step, RuntimeError) else []
    assert caplog.messages == logged  # its type alone: a message may quote the prompt


class Stubborn(FakeProvider):
    """Told to end, it waits to be released, and fails or answers then."""

    def __init__(self, last: Exception | None) -> None:
        super().__init__()
        self.last = last
        self.asked, self.released, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        self.asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await self.released.wait()
            if self.last:
                raise self.last from None
        finally:
            self.ended.set()
        return completion("coding 7")


@pytest.mark.parametrize("last", [None, RuntimeError("What is the capital of France?")])
async def test_a_model_that_is_slow_to_let_go_is_not_waited_for(
    last: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    provider = Stubborn(last)
    async with asyncio.timeout(10):
        found, ledger = await look(provider, by=with_stage(timeout=0.02))
    assert not provider.ended.is_set()
    assert found == DOUBT
    assert [attempt.outcome for attempt in ledger.attempts] == ["timeout"]
    gc.collect()
    provider.released.set()
    await provider.ended.wait()
    await asyncio.sleep(0.01)
    gc.collect()
    assert complaints == []
    assert len(ledger.attempts) == 1
    assert len(asyncio.all_tasks()) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_request_that_is_let_go_meanwhile_is_not_answered_by_the_first_look() -> None:
    provider, clock = Stubborn(None), FakeClock()
    ledger = Ledger(chat(), clock)
    second = SecondLook(Invoker(provider, clock=clock, sleep=clock.sleep), clock)
    looking = asyncio.ensure_future(second(chat(), DOUBT, with_stage(timeout=60), ledger))
    await provider.asked.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(looking, 10)
    assert not provider.ended.is_set()
    assert [attempt.outcome for attempt in ledger.attempts] == ["abandoned"]
    provider.released.set()
    await provider.ended.wait()


@given(st.text())
async def test_whatever_it_says_is_a_classification(answer: str) -> None:
    found, _ = await look(FakeProvider(completion(answer)))
    assert 0 <= found.complexity <= 1
