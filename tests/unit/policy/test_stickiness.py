"""Conversations: up at once, down slowly and only where it pays, and all of it told by the messages alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import ChatRequest, Message, Prices, Text, TierMap, ToolCall, ToolResult
from pointsman.policy import decide, from_the_bottom, to_classify
from pointsman.policy.stickiness import EXPECTED_OUTPUT, MOST_TURNS, turns
from tests.fakes import chat, classified, tier_map

EASY, HARD = 0.2, 0.8


def said(*texts: str, answer: str = "Well.") -> ChatRequest:
    """A conversation with these turns of the user's, each but the last one answered."""
    messages = [Message("user", (Text(texts[0]),))]
    for text in texts[1:]:
        messages += [Message("assistant", (Text(answer),)), Message("user", (Text(text),))]
    return chat(messages=tuple(messages))


def tiers(complexities: Sequence[float], within: TierMap, opening: str = "turn") -> list[str]:
    """The tier of each turn of one conversation, as the requests would come in one after the other."""
    found = []
    for n in range(1, len(complexities) + 1):
        request = said(opening, *(f"turn {i}" for i in range(1, n)))
        asked = to_classify(request, within)
        *earlier, last = [classified(complexity) for complexity in complexities[n - len(asked) : n]]
        found.append(decide(request, last, within, seed="s", earlier=earlier).targets[0].tier)
    return found


def sticky(turns: int) -> TierMap:
    base = tier_map()
    return replace(base, settings=replace(base.settings, sticky_turns=turns))


def test_up_at_once_and_down_after_enough_easy_turns() -> None:
    complexities = [EASY, HARD, EASY, EASY, EASY, EASY]
    assert tiers(complexities, sticky(3)) == ["economy", "premium", "premium", "premium", "economy", "economy"]


def test_a_hard_turn_starts_the_count_anew() -> None:
    assert tiers([HARD, EASY, EASY, HARD, EASY, EASY, EASY], sticky(3))[-3:] == ["premium", "premium", "economy"]


def test_without_stickiness_each_turn_is_routed_by_itself() -> None:
    assert tiers([HARD, EASY, HARD, EASY], sticky(0)) == ["premium", "economy", "premium", "economy"]
    assert len(to_classify(said("a", "b", "c"), sticky(0))) == 1


def test_the_reason_says_why_a_tier_is_held() -> None:
    decision = decide(said("a", "b"), classified(EASY), sticky(3), seed="s", earlier=[classified(HARD)])
    assert decision.reason.endswith("; held at premium, easy turn 1 of 3")


def test_a_switch_must_save_more_than_the_cache_that_it_throws_away() -> None:
    """At a tenth of the input price the long history is cheaper where it is cached than anew at the small model."""
    base = sticky(1)
    cached = Prices(input=5 * 10**9, output=25 * 10**9, cache_read=5 * 10**8)
    within = replace(base, models={**base.models, "large": replace(base.models["large"], prices=cached)})
    assert tiers([HARD, EASY], within, opening="word " * 3_000) == ["premium", "premium"]
    assert tiers([HARD, EASY], within) == ["premium", "economy"]
    assert tiers([HARD, EASY], base, opening="word " * 3_000) == ["premium", "economy"], "nothing is cached there"


def test_a_pinned_request_needs_no_history() -> None:
    assert len(to_classify(replace(said("a", "b", "c"), model="tier:economy"), sticky(3))) == 1


def test_tool_results_are_no_turn_of_the_users() -> None:
    request = said("compute it")
    call = Message("assistant", (ToolCall("c1", "f", "{}"),))
    result = Message("tool", (ToolResult("c1", (Text("42"),)),))
    looped = replace(request, messages=(*request.messages, call, result, call, result))
    assert to_classify(looped, sticky(3)) == [request]


def test_messages_of_the_user_in_a_row_are_one_turn() -> None:
    one = Message("user", (Text("one"),))
    request = chat(messages=(one, one, Message("assistant", (Text("yes"),)), one, one))
    assert [len(turn.request.messages) for turn in turns(request)] == [2, 5]


def test_a_turn_counts_what_stands_before_it_and_what_answers_have_been_long() -> None:
    first, second = turns(said("x" * 30, "y" * 60, answer="z" * 90))
    assert (first.before, first.fresh, first.output) == (0, 10, EXPECTED_OUTPUT)
    assert (second.before, second.fresh, second.output) == (40, 20, 30)


def test_tiers_are_listed_from_the_bottom() -> None:
    base = tier_map()
    third = replace(base.tiers["economy"], name="zero", escalate_to="economy")
    names = [tier.name for tier in from_the_bottom(replace(base, tiers={**base.tiers, "zero": third}))]
    assert names == ["zero", "economy", "premium"]


@pytest.mark.parametrize("messages", [(), (Message("system", (Text("Be brief."),)),)])
def test_a_request_without_a_user_is_one_turn(messages: tuple[Message, ...]) -> None:
    request = chat(messages=messages)
    assert to_classify(request, sticky(3)) == [request]


@given(st.lists(st.sampled_from([EASY, HARD]), min_size=1, max_size=20), st.integers(0, 5))
def test_a_conversation_is_never_below_the_tier_its_last_turn_wants(complexities: list[float], patience: int) -> None:
    found = tiers(complexities, sticky(patience))
    assert all(tier == "premium" for tier, complexity in zip(found, complexities, strict=True) if complexity == HARD)
    easy = [complexity == EASY for complexity in complexities]
    longest = max(patience, 1)
    for index in range(len(complexities)):
        if index + 1 >= longest and all(easy[index + 1 - longest : index + 1]):
            assert found[index] == "economy"


@given(st.integers(1, 40))
def test_no_more_turns_are_looked_at_than_the_latest(count: int) -> None:
    request = said(*map(str, range(count)))
    asked = to_classify(request, sticky(3))
    assert len(asked) == min(count, MOST_TURNS)
    assert asked[-1] == request
