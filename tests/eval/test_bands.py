from __future__ import annotations

import numpy as np
import pytest

from eval import bands, benchmark
from pointsman.domain import Form

FIRST = bands.MAP.settings.bands[0].below
QUESTION = "What is the capital of France?"
CODE = "Write a Python function that returns the last element of a list, or None if it is empty."
OPEN = {Form.OPEN}


def test_a_probability_below_the_first_limit_stays_on_the_cheap_side() -> None:
    assert bands.routed(QUESTION, FIRST - 0.05, OPEN) == (False, False)
    assert bands.routed(QUESTION, FIRST + 0.05, OPEN) == (True, True)


def test_a_task_s_route_counts_for_the_tier_and_not_for_the_band() -> None:
    assert bands.routed(CODE, FIRST - 0.05, OPEN) == (False, True)


def test_a_prompt_of_another_form_is_as_complex_as_the_classifier_says() -> None:
    assert bands.routed(QUESTION, 0.99, {Form.OPTIONS}) == bands.routed(QUESTION, 0.01, {Form.OPTIONS})


def test_what_is_kept_and_saved_is_of_the_prompts_on_each_side() -> None:
    judged = benchmark.of("open", [QUESTION, QUESTION], np.array([0.5, 0.0]), np.ones(2))
    kept = bands._kept(judged, np.array([0.0, 1.0]), OPEN)
    assert kept.bands == kept.tiers == (0.75, 0.5)
    assert kept.chance == pytest.approx(0.625)
    assert kept.saved == pytest.approx((1 - judged.cheap[0] / judged.dear[0]) / 2)
    assert kept.dollars == pytest.approx(500 * (judged.dear[0] - judged.cheap[0]))
