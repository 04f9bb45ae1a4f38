from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from eval import asked
from eval.outcomes import Outcome

OUTCOMES = [
    Outcome("set", "task", f"{'hard' if hard else 'easy'} {number}", float(not hard), 1.0)
    for number, hard in enumerate([True, False] * 20)
]


def test_a_model_that_knows_is_never_wrong_and_one_that_says_the_same_of_all_is_a_coin() -> None:
    knows = asked.ask(lambda prompt: "math 8" if prompt.startswith("hard") else "math 2", OUTCOMES)
    coin = asked.ask(lambda prompt: "math 5", OUTCOMES)
    hard = np.array([outcome.weak == 0 for outcome in OUTCOMES])
    assert asked.wrong(knows.said, hard) == 0
    assert asked.wrong(coin.said, hard) == 0.5


def test_lines_that_cannot_be_read_are_counted_and_time_is_told_by_the_clock() -> None:
    ticks = count(0, 0.3)
    lines = iter(["coding 7", "coding 7", "Sure! I would say 7.", ""] * 10)
    found = asked.ask(lambda prompt: next(lines), OUTCOMES, lambda: next(ticks))
    assert found.row("SET").startswith("| SET | 40 | 50% | 0.30 s | 100% | 50% | ")
    assert np.isnan(found.said).sum() == 20


def test_a_model_of_which_nothing_can_be_read_ranks_by_chance() -> None:
    row = asked.ask(lambda prompt: "", OUTCOMES).row("SET")
    assert "| 0% |" in row
    assert "| – |" in row


@pytest.mark.parametrize("hard", [True, False])
def test_prompts_all_alike_say_nothing_of_errors(hard: bool) -> None:
    assert asked.wrong(np.array([1.0, 9.0]), np.array([hard, hard])) == 0
