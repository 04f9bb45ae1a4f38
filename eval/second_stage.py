"""At which price a second look helps: a classifier of a given accuracy, simulated, asked about doubtful prompts only.

No model is asked here. Whether a prompt was hard is known from the outcomes; the simulated classifier says so, and is
wrong about hard and easy prompts alike with a given rate, by a seed. What it says moves a prompt's probability as far
as that rate allows (Bayes), and the prompts are ranked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval import measures
from eval.benchmark import WISH, Benchmark
from eval.measures import Vector

RESULTS = Path(__file__).parent / "results" / "second-stage.md"
ERRORS = (0.05, 0.1, 0.2, 0.3, 0.4)
DOUBTFUL = (0.25, 1.0)
"""Shares of prompts asked about, those nearest to the limit first."""
DRAWS = 20
QUESTION, ANSWER = 450, 5
"""Tokens of a call."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A benchmark with its prompts' probabilities, calibrated out of fold."""

    benchmark: Benchmark
    probability: Vector

    def apgr(self, score: Vector) -> float:
        return measures.ranked(self.benchmark.gain, score, self.benchmark.tie).apgr

    def spent(self, score: Vector) -> tuple[float, float]:
        """The dollars of the first strong calls that reach the quality wished for, and the score of the last one."""
        rows = measures.order(score, self.benchmark.tie)
        kept, spent = self.benchmark.curves(rows)
        last = int(np.argmax(kept >= WISH))
        return float(spent[last]), float(score[rows][last - 1])


def report(benchmarks: list[Judged], prices: dict[str, float]) -> str:
    """`prices`: dollars of a call by the model's name."""
    lines = [
        "# At which price a second look helps",
        "",
        "Written by `make eval`. **The accuracy is simulated**: no model was asked. The second stage says whether a",
        "prompt is hard (the strong model was right, the weak one was not) and is wrong about hard and easy ones",
        "alike, as often as the column says. It is asked about the share of prompts nearest to the limit for 95 % of",
        "the strong model's quality, and its answer is weighed by how often it is right (the shipped one decides",
        "alone). Cost is at that quality, as a share of always asking the strong model, calls not included;",
        f"break-even is what a call may cost. One of {QUESTION} tokens and {ANSWER} of answer costs "
        + " and ".join(f"${price:.6f} at {name}" for name, price in prices.items())
        + ".",
        f"Each figure is the mean of {DRAWS} seeds. A real classifier errs less evenly, and an outcome is",
        "partly chance: to be wrong about 5 or 10 % of them is out of reach.",
        "",
    ]
    for each in benchmarks:
        without, limit = each.spent(each.probability)
        always = each.benchmark.dear.sum()
        apgr = each.apgr(each.probability)
        lines += [
            f"## {each.benchmark.title}: without it APGR {apgr:.3f}, cost {without / always:.0%}",
            "",
            "| asked about | wrong | APGR | cost | break-even a call | pays at |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for share in DOUBTFUL:
            for error in ERRORS:
                found = [_with(each, limit, share, error, seed) for seed in range(DRAWS)]
                ranked, cost = np.mean([found_apgr for found_apgr, _ in found]), np.mean([spent for _, spent in found])
                price = (without - cost) / (share * len(each.probability))
                pays = ", ".join(name for name, call in prices.items() if call < price) or "none"
                lines.append(
                    f"| {share:.0%} | {error:.0%} | {ranked:.3f} | {cost / always:.0%} | "
                    f"{f'${price:.6f}' if price > 0 else '–'} | {pays} |"
                )
        lines.append("")
    return "\n".join(lines)


def _with(judged: Judged, limit: float, share: float, error: float, seed: int) -> tuple[float, float]:
    """APGR, and dollars at the quality wished for, without the calls' own."""
    log_odds = _log_odds(judged.probability)
    doubt = np.argsort(np.abs(log_odds - _log_odds(limit)), kind="stable")[: round(share * len(log_odds))]
    wrong = np.random.default_rng(seed).random(len(doubt)) < error
    hard = (judged.benchmark.gain[doubt] > 0) ^ wrong
    score = log_odds.copy()
    score[doubt] += np.where(hard, 1, -1) * np.log((1 - error) / error)
    return judged.apgr(score), judged.spent(score)[0]


def _log_odds(probability: Vector | float) -> Vector:
    return np.asarray(np.log(probability) - np.log1p(-np.asarray(probability)))
