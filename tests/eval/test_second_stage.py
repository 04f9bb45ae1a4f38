from __future__ import annotations

import numpy as np
import pytest

from eval import second_stage
from eval.benchmark import Benchmark
from eval.second_stage import Judged

random = np.random.default_rng(2)
COUNT = 2_000
PROBABILITY = random.uniform(0.1, 0.6, COUNT)
HARD = random.random(COUNT) < PROBABILITY
JUDGED = Judged(
    Benchmark(
        "set",
        [""] * COUNT,
        np.where(HARD, 0.0, 1.0),
        np.ones(COUNT),
        np.arange(COUNT, dtype=np.uint64),
        np.full(COUNT, 0.01),
        np.full(COUNT, 1.0),
    ),
    PROBABILITY,
)


def test_the_more_often_it_is_right_the_less_it_costs_and_a_coin_saves_nothing() -> None:
    without, limit = JUDGED.spent(PROBABILITY)
    ranked, spent = zip(*(second_stage._with(JUDGED, limit, 1.0, error, 0) for error in (0.05, 0.2, 0.4)), strict=True)
    assert list(ranked) == sorted(ranked, reverse=True)
    assert list(spent) == sorted(spent)
    assert spent[-1] < without
    assert second_stage._with(JUDGED, limit, 1.0, 0.5, 0)[1] == pytest.approx(without)


def test_what_is_asked_about_no_prompt_changes_nothing() -> None:
    without, limit = JUDGED.spent(PROBABILITY)
    assert second_stage._with(JUDGED, limit, 0.0, 0.05, 0)[1] == pytest.approx(without)


def test_the_report_says_at_which_prices_it_pays() -> None:
    report = second_stage.report([JUDGED], {"small": 0.001, "large": 10.0})
    assert "simulated" in report
    assert "| small |" in report
    assert "large |" not in report
