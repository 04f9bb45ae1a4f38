"""MT-Bench as a benchmark of its own: RouteLLM's outcomes on it, ranked by what was made without them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval import benchmark, open_prompts, outcomes, overlaps
from eval.benchmark import Benchmark
from eval.calibration import Logistic, Vector
from eval.open_prompts import Open
from pointsman.classify import classify
from pointsman.domain import request_of


def read() -> Benchmark:
    """Raises `Missing` where a file cannot be had."""
    prompts, weak, strong = zip(*outcomes.mt_bench(), strict=True)
    return benchmark.of("mt_bench", prompts, np.array(weak) / 10, np.array(strong) / 10)


def score(prompts: Sequence[str], unranked: Open) -> Vector:
    """How complex each is, from what has seen none of their outcomes."""
    calibration = unranked[unranked.source != "mt_bench"].calibration()
    return np.array([_probability(prompt, calibration) for prompt in prompts])


def notes(prompts: Sequence[str], taught: Sequence[str]) -> list[str]:
    """What the table is of; `taught`: the prompts that the task head learned from."""
    open_ones = sum(open_prompts.held(prompt) is not None for prompt in prompts)
    known = overlaps.within(prompts, taught).sum()
    return [
        f"Few, so the intervals are wide, and no rank is learned of them. {open_ones} prompts are open: ranked by",
        "weights set by hand, with a calibration made on the other sources of open prompts (the packaged one is made",
        f"on these as well). {len(prompts) - open_ones} are taken for sums: ranked by the packaged head, which has",
        f"seen nothing of MT-Bench. Prompts that the task head has learned from: {known}. Quality: points of ten that",
        "GPT-4 as a judge gave over both turns; dollars: of the first turn.",
        "",
    ]


def _probability(prompt: str, calibration: Logistic) -> float:
    held = open_prompts.held(prompt)
    if held is None:
        return classify(request_of(prompt)).complexity
    return float(calibration(np.array(held.log_odds)))
