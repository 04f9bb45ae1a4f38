from __future__ import annotations

import numpy as np
import pytest

from eval import complexity
from eval.outcomes import Outcome

TOPICS = {"tides": 0.6, "ballads": 0.1}
"""Topic → how often the strong model is right and the weak one is not."""


def asked(number: int, topic: str) -> str:
    return f"Which is true of {topic} in case {number}?\nA. one\nB. two\nC. three\nD. four\nAnswer:"


@pytest.fixture(scope="module")
def model() -> complexity.Model:
    chance = np.random.default_rng(3)
    outcomes = [
        Outcome("set", topic, asked(number, topic), float(chance.random() > share), 1.0)
        for number in range(200)
        for topic, share in TOPICS.items()
    ]
    design = complexity.design([outcome.prompt for outcome in outcomes])
    scale = complexity.scale(design)
    nothing = complexity.Model(scale, np.zeros((2, design.traits.shape[1])), np.zeros((2, design.terms.shape[1])))
    return complexity.train_gain(design, outcomes, nothing)


def test_what_a_topic_gains_on_average_is_told_for_prompts_that_were_not_seen(model: complexity.Model) -> None:
    tides, ballads = model.score(complexity.design([asked(999, topic) for topic in TOPICS]))
    assert tides - ballads == pytest.approx(TOPICS["tides"] - TOPICS["ballads"], abs=0.2)


def test_prompts_of_the_other_form_learn_nothing_of_it(model: complexity.Model) -> None:
    sums = complexity.design([f"How many {topic} are there if 3 of 9 leave?" for topic in TOPICS])
    assert model.score(sums) == pytest.approx([0.0, 0.0])


def test_a_task_of_one_prompt_says_little_of_its_mean() -> None:
    usual = complexity._by_task(np.array([1.0, *[1.0] * 90]), np.array(["rare", *["common"] * 90]))
    assert usual[0] == pytest.approx(1 / 11)
    assert usual[1] == pytest.approx(0.9)
