from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import complexity, difficulty, features, task
from tests.unit.classify.prompts import BANDS, ask

shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("prompt", "measured"),
    [
        ("Which gas do plants take in?\nA. oxygen\nB. carbon dioxide\nC. helium\nD. argon", True),
        ("Ann has 12 apples and buys 7 more. How many apples does she have?", True),
        ("Write a sonnet about the sea", False),
        ("Prove that the sum of 12 and 7 is prime. How many primes are there?", False),
    ],
)
def test_questions_with_options_and_sums_are_ranked_by_outcomes_and_nothing_else(prompt: str, measured: bool) -> None:
    read = features.read(ask(prompt))
    options = difficulty.head().judge(read.text).options
    assert complexity.measured(read, task.guess(read).task, options=options) == measured


@given(shares, shares)
def test_a_judgement_of_harder_is_a_higher_complexity(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 < complexity.of_judgement(low) <= complexity.of_judgement(high) < 1


def test_the_extremes_of_a_judgement_reach_the_outermost_bands() -> None:
    assert complexity.of_judgement(0) < BANDS["simple"][1]
    assert complexity.of_judgement(1) > BANDS["complex"][0]
