"""The packaged complexity head on outcomes that it was trained on: a floor, no figure (`make eval` has those)."""

from __future__ import annotations

import numpy as np
import pytest

from eval.manifest import folders
from eval.measures import order, rank, tie_breaker
from eval.outcomes import Outcome, benchmark
from pointsman.classify import difficulty

HERE = any((folder / "routellm").is_dir() for folder in folders())


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    if not HERE:
        pytest.skip(
            "no outcomes here: set EVAL_DATA_DIR to a folder that holds routellm/, as eval/manifest.toml names it"
        )
    return benchmark("gsm8k")


def test_the_packaged_head_ranks_and_is_right_on_average(outcomes: list[Outcome]) -> None:
    log_odds = np.array([difficulty.head().judge(outcome.prompt).log_odds for outcome in outcomes])
    gain = np.array([(outcome.strong or 0.0) - outcome.weak for outcome in outcomes])
    tie = tie_breaker([outcome.prompt for outcome in outcomes])
    assert rank(gain[order(log_odds, tie)]).apgr > 0.62
    assert (1 / (1 + np.exp(-log_odds))).mean() == pytest.approx((gain > 0).mean(), abs=0.05)
