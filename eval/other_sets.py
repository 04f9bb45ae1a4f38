"""Whether difficulty carries over to a set of which nothing was trained on, beyond the two benchmarks."""

from __future__ import annotations

import numpy as np

from eval import baselines, protocols
from eval.protocols import BENCHMARKS, Data

LEAST = 400
"""Prompts of a set of which a correlation is taken."""


def report(data: Data) -> list[str]:
    sets = np.array([source.split("/")[0] if source.startswith("mmlu_pro") else source for source in data.source])
    unrelated = data.without(*BENCHMARKS)
    lines = [
        "## Transfer to other sets",
        "",
        "Correlation with how often weak models fail, each set scored by a head trained on all others and on neither",
        f"benchmark. Sets of at least {LEAST} prompts.",
        "",
        "| set | prompts | head | prompt length |",
        "| --- | --- | --- | --- |",
    ]
    found = []
    for name in sorted(set(sets[unrelated])):
        rows = unrelated & (sets == name)
        if rows.sum() >= LEAST:
            score = protocols.difficulty(data, unrelated & (sets != name)).score(data.design[rows])
            length = np.log1p([baselines.length(prompt) for prompt in data.prompts(rows)])
            pair = [float(np.corrcoef(each, data.weak[rows])[0, 1]) for each in (-score, -length)]
            found.append(pair)
            lines.append(f"| {name} | {rows.sum():,} | {pair[0]:.2f} | {pair[1]:.2f} |")
    mean = np.mean(found, axis=0)
    return [*lines, f"| mean | | {mean[0]:.2f} | {mean[1]:.2f} |", ""]
