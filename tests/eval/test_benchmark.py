from __future__ import annotations

import numpy as np
import pytest

from eval import benchmark, dollars

WEAK = np.tile([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0], 4)
PROMPTS = [f"{number}" * 20 for number in range(10, 50)]


@pytest.fixture
def judged() -> benchmark.Benchmark:
    """Prompts of one length, of which the weak model fails at four in ten and the strong one at none."""
    return benchmark.of("mmlu", PROMPTS, WEAK, np.ones(40))


def test_the_oracle_pays_for_what_the_weak_model_fails_at_and_no_more(judged: benchmark.Benchmark) -> None:
    apgr, cpt50, cpt80, cost = judged.figures(judged.orders({})["oracle"])
    cheap = dollars.of(PROMPTS, dollars.CHEAP).sum() / dollars.of(PROMPTS, dollars.DEAR).sum()
    assert (apgr, cpt50, cpt80) == pytest.approx((0.8, 0.2, 13 / 40))
    assert cost == pytest.approx(14 / 40 + 26 / 40 * cheap)


def test_chance_pays_for_the_share_of_the_gap_that_is_wished_for(judged: benchmark.Benchmark) -> None:
    cheap = dollars.of(PROMPTS, dollars.CHEAP).sum() / dollars.of(PROMPTS, dollars.DEAR).sum()
    calls = 0.35 / 0.4
    assert judged.at_random(np.arange(40)) == pytest.approx([calls + (1 - calls) * cheap])


def test_chance_asks_the_strong_model_nothing_where_the_weak_one_is_good_enough() -> None:
    judged = benchmark.of("mmlu", PROMPTS, np.full(40, 0.96), np.ones(40))
    assert judged.at_random(np.arange(40)) == pytest.approx([judged.cheap.sum() / judged.dear.sum()])


def test_the_table_has_a_row_for_every_ranking_with_intervals(judged: benchmark.Benchmark) -> None:
    orders = judged.orders({"transfer": WEAK})
    lines = judged.report(orders, ["Few."])
    rows = [line for line in lines if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[2:7]] == [f"| {name}" for name in (*orders, "random")]
    assert all(row.count("–") == 4 for row in rows[2:6])
    assert rows[6].count("–") == 1
    assert "Few." in lines
