from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.measures import bootstrap, calibration_error, interval, order, rank, tie_breaker

GAINS = np.array([0.0, 1, 0, 1, 0, 0, -1, 1])
TIE = tie_breaker([str(number) for number in range(len(GAINS))])


def test_apgr_is_a_half_for_gains_spread_evenly_more_for_an_oracle_and_less_for_its_opposite() -> None:
    assert rank(np.ones(8)).apgr == pytest.approx(0.5)
    assert rank(GAINS[order(GAINS, TIE)]).apgr > 0.9
    assert rank(GAINS[order(-GAINS, TIE)]).apgr < 0.1


def test_cpt_is_the_least_share_of_strong_calls_that_recovers_as_much() -> None:
    found = rank(np.array([1.0] * 5 + [0.0] * 5))
    assert (found.cpt50, found.cpt80) == (0.3, 0.4)


def test_prompts_of_one_score_keep_an_order_of_their_own() -> None:
    first = order(np.zeros(8), TIE)
    assert (first == order(np.zeros(8), TIE)).all()
    assert sorted(first) == list(range(8))


def test_a_probability_that_is_the_frequency_has_no_calibration_error() -> None:
    happened = np.tile([0.0, 1.0], 500)
    assert calibration_error(np.full(1_000, 0.5), happened, bins=5) == pytest.approx(0.0)
    assert calibration_error(np.full(1_000, 0.9), happened, bins=5) == pytest.approx(0.4)


def test_the_interval_holds_the_figure() -> None:
    gains = np.random.default_rng(0).choice([0.0, 1.0], 400)
    score = gains + np.random.default_rng(1).normal(size=400)
    tie = tie_breaker([str(number) for number in range(400)])
    low, high = interval(gains, score, tie)
    assert low < rank(gains[order(score, tie)]).apgr < high


def test_the_middle_of_a_bootstrap_is_of_prompts_in_the_order_given() -> None:
    seen = []

    def figures(rows: NDArray[np.intp]) -> list[float]:
        seen.append(rows)
        return [float(rows.mean()), 1.0]

    (low, first), (high, last) = bootstrap(figures, np.array([3, 0, 2, 1]), draws=50)
    assert first == last == 1
    assert low < 1.5 < high
    places = np.argsort([3, 0, 2, 1])
    assert all((np.diff(places[rows]) >= 0).all() for rows in seen)
