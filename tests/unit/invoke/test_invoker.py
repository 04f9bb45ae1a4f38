from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import (
    ChatRequest,
    Chunk,
    Completion,
    End,
    Finish,
    Model,
    Prices,
    Target,
    TextDelta,
    Usage,
    UsageSoFar,
)
from pointsman.errors import PointsmanError, Unsupported, UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger
from pointsman.invoke.breaker import COOLDOWN, FAILURES
from pointsman.invoke.breakers import PATIENCE
from pointsman.invoke.retry import LONGEST_WAIT
from tests.fakes import FakeClock, FakeProvider, chat, completion, model, target


def upstream(kind: UpstreamKind, retry_after: float | None = None) -> UpstreamError:
    return UpstreamError(kind, "no", retry_after=retry_after)


class World:
    """An invoker whose every collaborator is a fake."""

    def __init__(self, *script: Completion | Exception | float) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(*script)
        self.ledger = Ledger(chat(), self.clock)
        self.invoker = Invoker(self.provider, clock=self.clock, sleep=self.clock.sleep, jitter=lambda: 1.0)

    async def complete(self, *targets: Target, seconds: float = 60) -> tuple[Target, Completion]:
        return await self.invoker.complete(targets, self.ledger, self.clock() + seconds)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(attempt.model.alias, attempt.outcome) for attempt in self.ledger.attempts]


async def test_the_first_answer_is_taken_and_charged() -> None:
    world = World(completion(usage=Usage(input=1_000, output=100)))
    chosen, answer = await world.complete(target("small"), target("large"))
    assert (chosen.model.alias, answer.parts) == ("small", completion().parts)
    assert world.outcomes == [("small", "ok")]
    assert world.ledger.attempts[0].cost_nano == 1_000 * 1_000 + 100 * 5_000


async def test_a_retryable_fault_is_retried_then_falls_back() -> None:
    busy = upstream(UpstreamKind.OVERLOADED)
    world = World(busy, busy)
    chosen, _ = await world.complete(target("small", attempts=2), target("large"))
    assert chosen.model.alias == "large"
    assert world.outcomes == [("small", "overloaded"), ("small", "overloaded"), ("large", "ok")]
    assert world.clock.slept == [0.1]


@pytest.mark.parametrize("kind", [UpstreamKind.AUTH, UpstreamKind.NOT_FOUND, UpstreamKind.CONTEXT_TOO_LONG])
async def test_a_fault_of_the_model_alone_goes_straight_to_the_next(kind: UpstreamKind) -> None:
    world = World(upstream(kind))
    await world.complete(target("small", attempts=3), target("large"))
    assert world.outcomes == [("small", kind), ("large", "ok")]


async def test_a_field_one_vendor_cannot_take_is_offered_to_the_next() -> None:
    world = World(Unsupported("no seed here", param="seed"))
    await world.complete(target("small"), target("large"))
    assert world.outcomes == [("small", "unsupported"), ("large", "ok")]


@pytest.mark.parametrize("kind", [UpstreamKind.BAD_REQUEST, UpstreamKind.CONTENT_FILTERED])
async def test_a_fault_of_the_request_ends_it(kind: UpstreamKind) -> None:
    world = World(upstream(kind))
    with pytest.raises(UpstreamError) as caught:
        await world.complete(target("small", attempts=3), target("large"))
    assert caught.value.kind == kind
    assert world.provider.calls == ["small"]


@pytest.mark.parametrize(("asked", "slept"), [(1.5, [1.5]), (LONGEST_WAIT + 1, [])])
async def test_retry_after_is_obeyed_or_the_model_left(asked: float, slept: list[float]) -> None:
    world = World(upstream(UpstreamKind.RATE_LIMITED, asked))
    chosen, _ = await world.complete(target("small", attempts=2), target("large"))
    assert world.clock.slept == slept
    assert chosen.model.alias == ("small" if slept else "large")


async def test_a_model_that_hangs_is_left_and_its_prompt_charged_as_an_estimate() -> None:
    world = World(30.0)
    chosen, _ = await world.complete(target("small", timeout=0.01), target("large"))
    assert chosen.model.alias == "large"
    hung = world.ledger.attempts[0]
    assert hung.outcome == "timeout"
    assert hung.usage is not None
    assert hung.usage.estimated
    assert hung.cost_nano > 0


async def test_past_the_deadline_nothing_more_is_tried() -> None:
    world = World(*[upstream(UpstreamKind.RATE_LIMITED, 1.0)] * 9)
    with pytest.raises(UpstreamError):
        await world.complete(target("small", attempts=9), target("large", attempts=9), seconds=2.5)
    assert len(world.provider.calls) == 3


async def test_usage_that_was_not_reported_is_estimated_and_flagged() -> None:
    world = World(completion("word " * 40, usage=None))
    await world.complete(target("small"))
    usage = world.ledger.attempts[0].usage
    assert usage is not None
    assert usage.estimated
    assert usage.output > 0


async def test_a_cancelled_call_is_recorded_as_abandoned() -> None:
    world = World(30.0)
    task = asyncio.create_task(world.complete(target("small")))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.outcomes == [("small", "abandoned")]


async def test_a_stream_comes_through_and_is_charged_once() -> None:
    world = World(completion("one two", usage=Usage(10, 2)))
    _, chunks = await world.invoker.stream([target("small")], world.ledger, world.clock() + 60)
    seen = [chunk async for chunk in chunks]
    await chunks.aclose()
    await chunks.aclose()
    assert [type(chunk) for chunk in seen] == [TextDelta, TextDelta, End]
    assert world.outcomes == [("small", "ok")]
    assert world.ledger.attempts[0].usage == Usage(10, 2)


async def test_a_stream_that_fails_before_its_first_chunk_falls_back_unseen() -> None:
    world = World(upstream(UpstreamKind.UNAVAILABLE))
    chosen, chunks = await world.invoker.stream([target("small"), target("large")], world.ledger, world.clock() + 60)
    assert chosen.model.alias == "large"
    await chunks.aclose()
    assert world.outcomes == [("small", "unavailable"), ("large", "abandoned")]


async def test_a_stream_that_breaks_is_not_retried_and_what_was_written_is_charged() -> None:
    world = World(completion("one two"), upstream(UpstreamKind.UNAVAILABLE))
    _, chunks = await world.invoker.stream([target("small"), target("large")], world.ledger, world.clock() + 60)
    assert await anext(chunks) == TextDelta("one")
    with pytest.raises(UpstreamError):
        await anext(chunks)
    await chunks.aclose()
    attempt = world.ledger.attempts[0]
    assert (attempt.outcome, attempt.usage is not None and attempt.usage.estimated) == ("unavailable", True)
    assert world.provider.calls == ["small"]


async def test_a_stream_nobody_reads_still_lets_the_model_go_and_is_charged() -> None:
    world = World(completion("one two three"))
    _, chunks = await world.invoker.stream([target("small")], world.ledger, world.clock() + 60)
    await chunks.aclose()
    assert world.provider.closed == 1
    assert world.outcomes == [("small", "abandoned")]
    assert world.ledger.attempts[0].cost_nano > 0


class Counting(FakeProvider):
    """Tells the prompt's tokens first, then writes `words`; what comes after them is for a test to say."""

    def __init__(self, *words: str, then: Exception | End | None = None) -> None:
        super().__init__()
        self.words = words
        self.then = then

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        yield UsageSoFar(Usage(1_000, 1, cache_read=500))
        for word in self.words:
            yield TextDelta(word)
        if isinstance(self.then, Exception):
            raise self.then
        if self.then:
            yield self.then
        else:
            await asyncio.sleep(60)


@pytest.mark.parametrize("then", [None, upstream(UpstreamKind.UNAVAILABLE)])
async def test_a_lost_stream_is_charged_by_what_the_provider_had_told(then: Exception | None) -> None:
    world = World()
    invoker = Invoker(lambda _: Counting("a" * 40, "b" * 40, then=then), clock=world.clock)
    _, chunks = await invoker.stream([target("small")], world.ledger, world.clock() + 60)
    assert [await anext(chunks), await anext(chunks)] == [TextDelta("a" * 40), TextDelta("b" * 40)]
    if then:
        with pytest.raises(UpstreamError):
            await anext(chunks)
    await chunks.aclose()
    assert world.ledger.attempts[0].usage == Usage(1_000, 20, cache_read=500, estimated=True)


async def test_a_stream_lost_before_its_first_chunk_is_charged_by_what_the_provider_had_told() -> None:
    world = World()
    invoker = Invoker(lambda _: Counting(then=upstream(UpstreamKind.OVERLOADED)), clock=world.clock)
    with pytest.raises(UpstreamError):
        await invoker.stream([target("small")], world.ledger, world.clock() + 60)
    assert world.ledger.attempts[0].usage == Usage(1_000, 1, cache_read=500)


async def test_the_model_that_a_prompt_router_chose_sets_the_price() -> None:
    chosen = replace(model("small", usd_in=9), model_id="anthropic.claude")
    world = World(replace(completion(usage=Usage(1_000, 0)), served_by="us.anthropic.claude"))
    world.ledger.models = {"other": chosen}
    await world.complete(target("small"))
    end = End(Finish.STOP, Usage(1_000, 0), served_by="anthropic.claude")
    _, chunks = await Invoker(lambda _: Counting("a", then=end), clock=world.clock).stream(
        [target("small")], world.ledger, world.clock() + 60
    )
    assert [type(chunk) async for chunk in chunks] == [TextDelta, End]
    assert [attempt.cost_nano for attempt in world.ledger.attempts] == [9_000_000, 9_000_000]


async def failing(world: World, alias: str = "small") -> None:
    """Let this model fail until its breaker opens."""
    for _ in range(FAILURES):
        world.provider.script = [upstream(UpstreamKind.UNAVAILABLE)]
        with pytest.raises(UpstreamError):
            await world.complete(target(alias))
    world.ledger.attempts.clear()
    world.provider.script.clear()


async def test_a_model_that_keeps_failing_is_passed_over_until_a_probe_succeeds() -> None:
    world = World()
    await failing(world)
    chosen, _ = await world.complete(target("small"), target("large"))
    assert (chosen.model.alias, world.ledger.skipped) == ("large", ["small"])
    world.clock.advance(COOLDOWN)
    chosen, _ = await world.complete(target("small"), target("large"))
    assert chosen.model.alias == "small"


async def test_where_every_model_keeps_failing_the_least_bad_is_tried_rather_than_none() -> None:
    world = World()
    await failing(world, "large")
    world.clock.advance(1)
    await failing(world, "small")
    chosen, _ = await world.complete(target("small"), target("large"))
    assert (chosen.model.alias, world.ledger.skipped) == ("large", ["small"])


async def test_a_client_in_a_hurry_cannot_make_a_model_look_ill() -> None:
    world = World()
    for _ in range(2 * FAILURES):
        world.provider.script = [0.05]
        with pytest.raises(UpstreamError):
            await world.complete(target("small"), seconds=0.001)
    chosen, _ = await world.complete(target("small"), target("large"))
    assert chosen.model.alias == "small"


async def test_a_pause_that_outlasts_the_deadline_is_not_slept() -> None:
    world = World(upstream(UpstreamKind.RATE_LIMITED, 1.5))
    chosen, _ = await world.complete(target("small", attempts=2), target("large"), seconds=1)
    assert (chosen.model.alias, world.clock.slept) == ("large", [])


async def test_chunks_without_content_are_held_back_until_the_model_has_really_begun() -> None:
    world = World(completion(" ".join(["", "", "Paris"])))
    world.provider.breaks_after = 2
    _, chunks = await world.invoker.stream([target("small"), target("large")], world.ledger, world.clock() + 60)
    assert world.outcomes == [("small", "unavailable")]
    await chunks.aclose()


async def test_a_stream_that_falls_silent_is_ended_and_counts_against_the_model() -> None:
    world = World(completion("one two"))
    world.provider.hangs_after = 1
    _, chunks = await world.invoker.stream(
        [replace(target("small"), idle_timeout=0.01)], world.ledger, world.clock() + 60
    )
    assert await anext(chunks) == TextDelta("one")
    with pytest.raises(UpstreamError) as caught:
        await anext(chunks)
    await chunks.aclose()
    assert caught.value.kind == UpstreamKind.TIMEOUT
    assert world.outcomes == [("small", "timeout")]
    assert world.provider.closed == 1


STEPS = st.one_of(
    st.sampled_from(list(UpstreamKind)).map(upstream), st.just(completion()), st.just(Unsupported("no", param="x"))
)


@given(st.lists(STEPS, max_size=12), st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_whatever_fails_there_is_one_attempt_a_call_and_an_answer_or_an_error(
    script: list[Completion | Exception], attempts: list[int]
) -> None:
    async def run() -> None:
        world = World(*script)
        targets = [target(f"m{i}", attempts=n) for i, n in enumerate(attempts)]
        try:
            await world.complete(*targets)
        except PointsmanError:
            assert all(outcome != "ok" for _, outcome in world.outcomes)
        else:
            assert [outcome for _, outcome in world.outcomes].count("ok") == 1
        assert [alias for alias, _ in world.outcomes] == world.provider.calls
        assert len(world.provider.calls) <= sum(attempts)

    asyncio.run(run())


async def test_the_service_tier_that_was_served_sets_the_price_too() -> None:
    flex = Prices(input=5 * 10**8, output=10**9)
    small = target("small")
    cheaper = replace(
        small, model=replace(small.model, prices=replace(small.model.prices, service_tiers={"flex": flex}))
    )
    world = World(replace(completion(usage=Usage(1_000, 0)), service_tier="flex"))
    await world.complete(cheaper)
    end = End(Finish.STOP, Usage(1_000, 0), service_tier="flex")
    _, chunks = await Invoker(lambda _: Counting("a", then=end), clock=world.clock).stream(
        [cheaper], world.ledger, world.clock() + 60
    )
    assert [type(chunk) async for chunk in chunks] == [TextDelta, End]
    found = [(attempt.service_tier, attempt.cost_nano, attempt.unpriced) for attempt in world.ledger.attempts]
    assert found == [("flex", 500_000, False)] * 2


async def test_an_answer_of_a_model_without_a_known_price_says_so() -> None:
    world = World(replace(completion(usage=Usage(1_000, 0)), served_by="vendor.unheard"))
    await world.complete(target("small"))
    assert [(attempt.cost_nano, attempt.unpriced) for attempt in world.ledger.attempts] == [(1_000_000, True)]


async def test_where_every_breaker_is_open_the_failure_says_when_the_first_may_be_asked_again() -> None:
    world = World()
    await failing(world, "large")
    world.clock.advance(1)
    await failing(world, "small")
    world.provider.script = [upstream(UpstreamKind.UNAVAILABLE)]
    with pytest.raises(UpstreamError) as failed:
        await world.complete(target("small"), target("large"))
    assert failed.value.retry_after == COOLDOWN - 1


async def test_where_one_may_be_asked_the_failure_names_no_time() -> None:
    world = World(upstream(UpstreamKind.UNAVAILABLE))
    with pytest.raises(UpstreamError) as failed:
        await world.complete(target("small"))
    assert failed.value.retry_after is None


@pytest.mark.parametrize("begun", [False, True])
async def test_an_answer_that_broke_off_is_charged_for_its_prompt_and_a_call_that_never_began_is_not(
    begun: bool,
) -> None:
    world = World(UpstreamError(UpstreamKind.UNAVAILABLE, "no", begun=begun))
    await world.complete(target("small"), target("large"))
    usage = world.ledger.attempts[0].usage
    assert (usage is not None and usage.estimated and usage.output == 0) is begun


class Hanging(FakeProvider):
    """Never answers: each call takes all the time that it is given."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.given: list[tuple[str, float]] = []

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        self.given.append((model.alias, timeout))
        self.clock.advance(timeout)
        raise upstream(UpstreamKind.TIMEOUT)


async def hung(seconds: float, *targets: Target, ill: str | None = None) -> list[tuple[str, float]]:
    """What each call is given where no model answers; the breaker of the model `ill` is open."""
    world = World()
    if ill:
        await failing(world, ill)
    hanging = world.provider = Hanging(world.clock)
    world.invoker._provider_for = lambda _: hanging
    with pytest.raises(UpstreamError):
        await world.complete(*targets, seconds=seconds)
    return hanging.given


@pytest.mark.parametrize(
    ("seconds", "given"),
    [
        (27, [("small", 17), ("large", 10)]),
        (15, [("small", 10), ("large", 5)]),
        (8, [("small", 8)]),
        (120, [("small", 30), ("small", 30), ("large", 30)]),
    ],
)
async def test_a_slow_model_leaves_time_for_the_next(seconds: float, given: list[tuple[str, float]]) -> None:
    assert await hung(seconds, target("small", timeout=30, attempts=2), target("large", timeout=30)) == given


@pytest.mark.parametrize("others", [[], [target("large")]])
async def test_where_no_other_may_be_asked_a_model_has_all_the_time_there_is(others: list[Target]) -> None:
    assert await hung(27, target("small", timeout=30), *others, ill="large") == [("small", 27)]


TIMES = st.integers(1, 120)


@given(TIMES, st.lists(st.tuples(TIMES, st.integers(1, 3)), min_size=2, max_size=4))
def test_no_slow_model_takes_the_time_of_the_next(seconds: int, models: list[tuple[int, int]]) -> None:
    targets = [target(f"m{n}", timeout=timeout, attempts=tries) for n, (timeout, tries) in enumerate(models)]
    given = asyncio.run(hung(seconds, *targets))
    assert sum(spent for _, spent in given) <= seconds
    assert all(spent <= models[int(alias[1:])][0] for alias, spent in given)
    assert given[0] == ("m0", min(models[0][0], max(seconds - PATIENCE, min(seconds, PATIENCE))))
    second = [spent for alias, spent in given if alias == "m1"]
    if seconds > PATIENCE:
        assert second[0] >= min(models[1][0], PATIENCE, seconds - PATIENCE)
