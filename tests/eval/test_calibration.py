from __future__ import annotations

import numpy as np
import pytest

from eval.calibration import STEPS, dial, fit, quality

random = np.random.default_rng(3)
SCORE = random.normal(size=4_000)
TRUTH = 1 / (1 + np.exp(-(2 * SCORE - 1)))
STRONG = (random.random(4_000) < 0.9).astype(float)
WEAK = np.where(random.random(4_000) < TRUTH, 0.0, STRONG)


def test_a_logistic_is_found_again() -> None:
    found = fit(SCORE, (random.random(4_000) < TRUTH).astype(float))
    assert found.slope == pytest.approx(2, abs=0.2)
    assert found.offset == pytest.approx(-1, abs=0.2)


def test_all_to_the_strong_model_is_all_of_its_quality() -> None:
    assert quality(TRUTH, WEAK, STRONG, 0.0) == 1
    assert quality(TRUTH, WEAK, STRONG, 2.0) == pytest.approx(WEAK.sum() / STRONG.sum())


def test_the_dial_asks_for_more_strong_calls_the_more_quality_is_wished_for_and_delivers_it() -> None:
    thresholds = dial([(TRUTH, WEAK, STRONG)])
    assert len(thresholds) == STEPS
    assert (np.diff(thresholds) <= 0).all()
    assert thresholds[0] == 1
    for wish in (0.7, 0.9, 0.95):
        assert quality(TRUTH, WEAK, STRONG, thresholds[round(100 * wish)]) >= wish


def test_the_dial_is_more_careful_the_more_the_sources_differ() -> None:
    alike, others = (TRUTH, WEAK, STRONG), (TRUTH, WEAK * (random.random(4_000) < 0.5), STRONG)
    assert (dial([alike] * 3) == dial([alike])).all()
    mean = np.mean([[quality(*each, limit) for limit in dial([alike, others])] for each in (alike, others)], axis=0)
    wished = np.linspace(0, 1, STEPS)
    assert (mean >= wished).all()
    assert (mean[50:96] > wished[50:96] + 0.02).all()
