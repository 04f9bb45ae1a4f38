from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import classify, complexity
from pointsman.domain import Form, Task
from tests.unit.classify.prompts import BANDS, ask

shares = st.floats(0, 1)


@pytest.mark.parametrize(
    ("prompt", "form"),
    [
        ("Which gas do plants take in?\nA. oxygen\nB. carbon dioxide\nC. helium\nD. argon", Form.OPTIONS),
        ("Ann has 12 apples and buys 7 more. How many apples does she have?", Form.SUMS),
        (
            "Ann is 12, Ben is twice as old and Cleo 7 years younger than Ben. Calculate the sum of their ages.",
            Form.SUMS,
        ),
        ("How many days are there in leap years?", Form.OPEN),
        ("Marie Curie, born in 1867, won prizes in 1903 and 1911 and died in 1934. Who was she?", Form.OPEN),
        ("Write a sonnet about the sea", Form.OPEN),
        ("Prove that the sum of 12 and 7 is prime. How many primes are there?", Form.OPEN),
    ],
)
def test_questions_with_options_and_sums_have_a_form_of_their_own(prompt: str, form: Form) -> None:
    assert classify(ask(prompt)).form == form


@given(shares, shares, st.sampled_from(Task))
def test_a_judgement_of_harder_is_a_higher_complexity(one: float, other: float, task: Task) -> None:
    low, high = sorted((one, other))
    assert 0 < complexity.of_judgement(low, task) <= complexity.of_judgement(high, task) < 1


def test_the_extremes_of_a_judgement_reach_the_outermost_bands() -> None:
    assert complexity.of_judgement(0, Task.CODING) < BANDS["simple"][1]
    assert complexity.of_judgement(1, Task.CODING) > BANDS["complex"][0]
