"""What some labelled prompts of one's own are worth: the head that has seen nothing of a benchmark, and then so many
prompts of it with their outcomes, judged on the rest. RouteLLM's best figures on MMLU are of this kind, with 1,500."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval import measures, protocols
from eval.complexity import Vector
from eval.protocols import BENCHMARKS, Data
from eval.published import ROUTELLM

COUNTS = (0, 500, 1_000, 1_500)
DRAWS = 10
LEAST = 300
"""Prompts to judge on."""


def report(data: Data) -> list[str]:
    lines = [
        "## With some labels of one's own",
        "",
        "Transfer, and then so many prompts of the benchmark with what both models made of them, drawn at random;",
        f"judged on the rest. APGR, mean and spread (standard deviation) of {DRAWS} draws. RouteLLM's best with 1,500",
        f"questions of MMLU's validation split: {ROUTELLM['mmlu'][-1].apgr:.3f}.",
        "",
        "| labelled | MMLU | GSM8K |",
        "| --- | --- | --- |",
    ]
    first = {name: protocols.difficulty(data, data.without(name)) for name in BENCHMARKS}
    for count in COUNTS:
        cells = []
        for name in BENCHMARKS:
            rows = np.flatnonzero(data.of(name))
            enough = len(rows) - count >= LEAST
            draws = (DRAWS if count else 1) if enough else 0
            found = [_apgr(data, rows, count, first[name], seed) for seed in range(draws)]
            spread = f" ± {np.std(found):.3f}" if found and count else ""
            cells.append(f"{np.mean(found):.3f}{spread}" if found else "")
        lines.append(f"| {count:,} | {' | '.join(cells)} |")
    return [*lines, ""]


def _apgr(data: Data, rows: NDArray[np.intp], count: int, first: protocols.Model, seed: int) -> float:
    drawn = np.random.default_rng(seed).permutation(rows)
    known, rest = (np.isin(np.arange(len(data.source)), part) for part in (drawn[:count], drawn[count:]))
    score: Vector = (protocols.gain(data, known, first) if count else first).score(data.design[rest])
    return measures.ranked(data.gain[rest], score, data.tie[rest]).apgr
