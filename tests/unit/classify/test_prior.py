"""What is held of an open prompt moves little with any one word, whatever the prompt."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import prior
from pointsman.classify.cues import NOTIONS
from pointsman.classify.features import Features, read
from pointsman.domain import Task
from tests.unit.classify.prompts import ask

NUMBERS = read(ask("")).numbers.keys()
shares = st.floats(0, 1)
numbers = st.fixed_dictionaries(dict.fromkeys(NUMBERS, shares))
found = st.builds(
    lambda cues, numbers: Features("", cues, numbers),
    st.dictionaries(st.sampled_from(sorted(NOTIONS)), st.floats(0, 20)),
    numbers,
)
likely = st.lists(st.floats(0.01, 1), min_size=len(Task), max_size=len(Task)).map(
    lambda weights: {task: weight / sum(weights) for task, weight in zip(Task, weights, strict=True)}
)


def held(features: Features, tasks: dict[Task, float]) -> float:
    return prior.log_odds(features, tasks)[0]


@given(found, likely)
def test_a_doubtful_task_is_held_to_lie_between_the_sure_ones(features: Features, tasks: dict[Task, float]) -> None:
    sure = [held(features, {task: 1.0}) for task in Task]
    assert min(sure) - 1e-9 <= held(features, tasks) <= max(sure) + 1e-9


@given(found, likely)
def test_the_parts_add_up(features: Features, tasks: dict[Task, float]) -> None:
    whole, parts = prior.log_odds(features, tasks)
    assert whole == pytest.approx(prior.BIAS + sum(parts.values()))


@given(found, likely, st.sampled_from(["proof", "design", "constraints", "steps", "denial", "terms"]))
def test_without_a_cue_it_is_held_for_less_by_the_cue_s_part(
    features: Features, tasks: dict[Task, float], cue: str
) -> None:
    whole, parts = prior.log_odds(features, tasks)
    assert whole - held(Features("", {**features.cues, cue: 0.0}, features.numbers), tasks) == pytest.approx(parts[cue])


@given(found, likely, st.sampled_from(sorted(NOTIONS)))
def test_more_of_a_cue_never_moves_it_down_and_a_little_of_one_hardly_at_all(
    features: Features, tasks: dict[Task, float], cue: str
) -> None:
    rising = [
        held(Features("", {**features.cues, cue: strength}, features.numbers), tasks)
        for strength in (0.0, 0.1, 0.2, 0.5, 1.0, 9.0)
    ]
    assert all(one <= other for one, other in pairwise(rising))
    assert rising[1] - rising[0] <= 0.05


@given(found, likely)
def test_no_text_of_any_length_is_held_for_more_than_its_weights(features: Features, tasks: dict[Task, float]) -> None:
    assert -3 < held(features, tasks) < 20
