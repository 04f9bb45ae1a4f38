from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import classify, complexity, difficulty, features, task
from pointsman.domain import Form, Task
from tests.unit.classify.prompts import BANDS, ask, labelled

shares = st.floats(0, 1)
SUM = "Ann has 12 apples and buys 7 more. How many apples does she have?"
OPTIONS = "Which gas do plants take in?\nA. oxygen\nB. carbon dioxide\nC. helium\nD. argon"


@pytest.mark.parametrize(
    ("prompt", "form"),
    [
        (OPTIONS, Form.OPTIONS),
        (SUM, Form.SUMS),
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


@given(
    st.sampled_from([row.prompt for row in labelled("held_out")] + [SUM, OPTIONS]),
    st.fixed_dictionaries(dict.fromkeys(("tools", "turns", "image"), shares)),
    st.booleans(),
)
def test_without_what_is_around_a_prompt_its_log_odds_are_so_much_less(
    prompt: str, numbers: dict[str, float], formatted: bool
) -> None:
    plain = features.read(ask(prompt))
    around = replace(plain, numbers=plain.numbers | numbers, formatted=formatted)
    guess = task.guess(plain)
    found, less = complexity.score(around, guess), complexity.score(plain, guess)
    added = {name: part for name, part in found.parts.items() if part != less.parts[name]}
    assert added.keys() <= {"tools", "turns", "image", "format"}
    assert all(part >= 0 for part in added.values())
    assert log_odds(found.value) - log_odds(less.value) == pytest.approx(
        sum(part - less.parts[name] for name, part in added.items())
    )


@pytest.mark.parametrize("prompt", ["Write a sonnet about the sea", SUM, OPTIONS])
def test_what_is_around_a_prompt_adds_as_much_whatever_its_form(prompt: str) -> None:
    plain = features.read(ask(prompt))
    around = replace(plain, numbers=plain.numbers | {"tools": 1.0}, formatted=True, cues=plain.cues | {"format": 1.0})
    parts = complexity.score(around, task.guess(plain)).parts
    slope, _ = difficulty.head().open(Task.CODING)
    assert (parts["tools"], parts["format"]) == (slope * 0.5, slope)


def log_odds(share: float) -> float:
    return math.log(share / (1 - share))


@given(shares, shares, st.sampled_from(Task))
def test_a_judgement_of_harder_is_a_higher_complexity(one: float, other: float, kind: Task) -> None:
    low, high = sorted((one, other))
    assert 0 < complexity.of_judgement(low, kind) <= complexity.of_judgement(high, kind) < 1


def test_the_extremes_of_a_judgement_reach_the_outermost_bands() -> None:
    assert complexity.of_judgement(0, Task.CODING) < BANDS["simple"][1]
    assert complexity.of_judgement(1, Task.CODING) > BANDS["complex"][0]
