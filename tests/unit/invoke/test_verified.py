"""The quality net: a flawed answer goes one tier up, and both calls are charged."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Chunk, Completion, Decision, End, Finish, Target, TextDelta, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger, verified
from tests.fakes import FakeClock, FakeProvider, completion, model, target
from tests.unit.invoke.test_flaws import JSON

BAD, GOOD = completion("Sure!"), completion('{"a": 1}')
NOTHING = Completion((), Finish.STOP, Usage(10, 0))
DOWN = UpstreamError(UpstreamKind.UNAVAILABLE, "no")


def at(alias: str, tier: str) -> Target:
    return replace(target(alias), tier=tier)


TARGETS = (at("small", "economy"), at("other", "economy"), at("large", "premium"), at("spare", "premium"))


class World:
    def __init__(
        self,
        *script: Completion | Exception | float,
        net: tuple[str, ...] = ("economy", "premium"),
        targets: tuple[Target, ...] = TARGETS,
    ) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(*script)
        self.ledger = Ledger(JSON, self.clock)
        self.invoker = Invoker(self.provider, clock=self.clock, sleep=self.clock.sleep)
        self.decision = Decision(targets, "coding", 0.2, 0.9, "simple", "why", 7, model("large"), net=net)

    async def complete(self) -> tuple[str, Completion]:
        chosen, answer = await verified.complete(self.invoker, self.decision, self.ledger, self.clock() + 60)
        return chosen.model.alias, answer

    async def stream(self) -> tuple[str, list[Chunk]]:
        chosen, chunks = await verified.stream(self.invoker, self.decision, self.ledger, self.clock() + 60)
        return chosen.model.alias, [chunk async for chunk in chunks]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(attempt.model.alias, attempt.outcome) for attempt in self.ledger.attempts]


async def test_a_good_answer_is_given_as_it_is() -> None:
    world = World(GOOD)
    assert await world.complete() == ("small", GOOD)
    assert world.outcomes == [("small", "ok")]


async def test_a_flawed_one_is_asked_for_again_in_the_next_tier_and_both_are_charged() -> None:
    world = World(BAD, GOOD)
    assert await world.complete() == ("large", GOOD)
    assert world.outcomes == [("small", "invalid_json"), ("large", "ok")]
    assert all(attempt.cost_nano for attempt in world.ledger.attempts)
    assert world.ledger.answer == world.ledger.attempts[1]


async def test_the_second_answer_is_given_whatever_it_is() -> None:
    world = World(BAD, BAD)
    assert (await world.complete())[0] == "large"
    assert world.provider.calls == ["small", "large"]


async def test_the_next_tier_has_its_fallbacks_and_where_all_fail_the_flawed_answer_is_given() -> None:
    world = World(BAD, DOWN, GOOD)
    assert await world.complete() == ("spare", GOOD)
    world = World(BAD, DOWN, DOWN)
    assert await world.complete() == ("small", BAD)
    assert world.outcomes == [("small", "invalid_json"), ("large", "unavailable"), ("spare", "unavailable")]
    assert world.ledger.answer == world.ledger.attempts[0]


async def test_a_route_without_a_net_and_the_topmost_tier_ask_once() -> None:
    world = World(BAD, net=())
    assert await world.complete() == ("small", BAD)
    assert world.outcomes == [("small", "ok")]
    world = World(BAD, targets=TARGETS[2:])
    assert await world.complete() == ("large", BAD)
    assert world.outcomes == [("large", "invalid_json")]


async def test_no_answer_goes_down() -> None:
    """A conversation that one vendor signed has the lower tiers as its last resort."""
    world = World(BAD, targets=(at("large", "premium"), at("small", "economy")), net=("premium",))
    assert (await world.complete())[0] == "large"


async def test_what_a_guardrail_refused_goes_nowhere_else() -> None:
    guarded = replace(TARGETS[0], model=replace(model("small"), guardrail="gr1:1"))
    refused = replace(completion("No."), finish=Finish.CONTENT_FILTER)
    world = World(refused, targets=(guarded, *TARGETS[1:]))
    assert await world.complete() == ("small", refused)
    world = World(refused, GOOD)
    assert await world.complete() == ("large", GOOD)


async def test_a_stream_without_a_word_is_asked_for_again_unseen() -> None:
    world = World(NOTHING, GOOD)
    alias, chunks = await world.stream()
    assert (alias, chunks[0]) == ("large", TextDelta('{"a":'))
    assert world.outcomes == [("small", "empty"), ("large", "ok")]
    assert [attempt.usage for attempt in world.ledger.attempts] == [NOTHING.usage, GOOD.usage]
    assert world.provider.closed == 2


async def test_where_the_next_tier_fails_the_empty_stream_is_given_and_charged() -> None:
    world = World(NOTHING, DOWN, DOWN)
    assert await world.stream() == ("small", [End(Finish.STOP, NOTHING.usage)])
    assert [attempt.model.alias for attempt in world.ledger.attempts] == ["large", "spare", "small"]


async def test_a_stream_that_said_anything_is_not_verified() -> None:
    world = World(BAD)
    alias, chunks = await world.stream()
    assert (alias, len(chunks), world.outcomes) == ("small", 2, [("small", "ok")])


@given(st.lists(st.sampled_from([BAD, GOOD, NOTHING, DOWN]), min_size=4, max_size=4), st.booleans())
async def test_every_call_is_one_attempt_and_what_answered_is_charged(
    script: list[Completion | Exception], net: bool
) -> None:
    world = World(*script, net=("economy", "premium") if net else ())
    try:
        _, answer = await world.complete()
    except UpstreamError:
        assert {outcome for _, outcome in world.outcomes} == {"unavailable"}
    else:
        assert answer in script
        assert world.ledger.answer in world.ledger.attempts
    made = script[: len(world.provider.calls)]
    assert [attempt.usage is None for attempt in world.ledger.attempts] == [step is DOWN for step in made]


@given(st.lists(st.sampled_from([BAD, GOOD, NOTHING]), min_size=2, max_size=2))
async def test_every_stream_too(script: list[Completion]) -> None:
    world = World(*script)
    await world.stream()
    assert len(world.ledger.attempts) == len(world.provider.calls) == world.provider.closed
    assert [attempt.usage for attempt in world.ledger.attempts] == [
        answer.usage for answer in script[: len(world.provider.calls)]
    ]
