"""The task head: any features give a task and its reasons; what is in the artefact is what the code reads."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import artefact, features, task
from pointsman.classify.cues import TASKS
from pointsman.classify.lexicon import Lexicon
from pointsman.domain import Message, Task, Text
from tests.unit.classify.prompts import ask, labelled

PROMPTS = [row.prompt for row in labelled("held_out")]
LEXICON = Lexicon({str(name): cues for name, cues in TASKS.items()})


def read(prompt: str, system: str | None = None) -> task.TaskGuess:
    return task.guess(features.read(ask(prompt, system=system)))


@given(st.text(max_size=2_000))
def test_any_text_has_a_task_a_margin_and_an_evidence(text: str) -> None:
    found = read(text)
    assert found.task in set(Task)
    assert 0 <= found.margin <= 1
    assert 0 <= found.evidence <= 1
    assert len(found.parts) <= task.TOP_PARTS
    assert read(text) == found


@given(st.lists(st.text(max_size=20)))
def test_the_buckets_of_any_words_are_rows_of_the_table(words: list[str]) -> None:
    rows = task.buckets(words)
    assert rows
    assert all(0 <= row < task.BUCKETS for row in rows)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("write an email to my boss about the new opening hours", Task.CREATIVE_WRITING),
        ("Give me ten name ideas for a bakery", Task.CREATIVE_WRITING),
        ("Make this shorter: the meeting was long and nothing was decided in the end.", Task.REWRITING),
        ("I had a bad day, nobody talks to me", Task.CONVERSATION),
    ],
)
def test_what_the_cues_alone_did_not_know(prompt: str, expected: Task) -> None:
    assert read(prompt).task == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Write a poem about the sea, please. " + "It is for a friend. " * 8, "write a poem about the sea"),
        ("My sister is eight today. Write a poem for her. " + "It is a surprise. " * 8, " write a poem for her."),
        ("The tide was out. " * 9 + "Write a poem.", "the tide was out. the tide"),
        ("", ""),
    ],
)
def test_a_prompt_starts_where_its_first_cue_is_unless_much_stands_before_it(prompt: str, expected: str) -> None:
    text = prompt.lower()
    assert features.start(text, LEXICON.find(text)).startswith(expected)
    assert len(features.start(text, LEXICON.find(text))) <= features.START


def test_a_short_prompt_is_said_once_and_a_long_one_with_its_start() -> None:
    assert [share for share, _ in features.read(ask("Write a poem")).said] == [1.0]
    longer = features.read(ask("Write a poem on these: " + "sea and sky, " * 9))
    assert [share for share, _ in longer.said] == [features.HALF, features.HALF]


def test_what_decided_is_named() -> None:
    found = read("Write a Python function that merges two sorted lists")
    _, second = sorted(found.likely, key=found.likely.__getitem__)[:-3:-1]
    assert found.parts
    assert found.parts.keys() <= {f"coding>{second}:{feature}" for feature in (*task.LABELS, "code", "words", "offset")}


@given(st.text(max_size=2_000) | st.sampled_from(PROMPTS))
def test_without_what_is_named_the_task_leads_the_runner_up_by_so_much_less(text: str) -> None:
    seen = features.read(ask(text))
    found = task.guess(seen)
    second = sorted(found.likely, key=found.likely.__getitem__)[-2]
    assert found.parts or not found.margin
    for name, part in found.parts.items():
        pair, feature = name.split(":")
        assert pair == f"{found.task}>{second}"
        assert part > 0
        if feature != "offset":
            less = task.guess(without(seen, feature))
            assert lead(found, found.task, second) - lead(less, found.task, second) == pytest.approx(part, abs=1e-6)


def without(seen: features.Features, feature: str) -> features.Features:
    cues = {name: strength for name, strength in seen.cues.items() if name != feature}
    said = () if feature == "words" else seen.said
    return replace(seen, cues=cues, numbers={**seen.numbers, feature: 0.0}, said=said)


def lead(guess: task.TaskGuess, one: Task, other: Task) -> float:
    return math.log(guess.likely[one] / guess.likely[other])


def test_the_system_prompt_speaks_too() -> None:
    text = "The weather was fine and Ann sold the bicycle."
    assert read(text, system="Translate everything the user writes into French.").task == Task.TRANSLATION


def test_earlier_words_count_less_than_the_last_turn_s() -> None:
    before = Message("user", (Text("Write a poem about the sea"),))
    assert task.guess(features.read(ask("Prove that sqrt(2) is irrational", before))).task == Task.MATH


def test_the_artefact_says_what_it_was_made_from() -> None:
    made = artefact.load("task")
    assert len(made.arrays["words"]) == task.BUCKETS * len(Task)
    assert len(made.arrays["dense"]) == len(made.metadata["features"]) * len(Task)
    assert sorted(made.metadata["tasks"]) == sorted(Task)
    for source in made.metadata["data"]:
        assert source["sha256"]
        assert "NC" not in source["licence"]
        assert "none" not in source["licence"]
