"""What one's own verdicts are worth, simulated: each open source is taken for one's own traffic, with verdicts drawn
from one half of it and judged on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval import feedback, measures, open_prompts
from eval.calibration import Logistic
from eval.complexity import Scale
from eval.feedback import Verdict
from eval.open_prompts import BINS, LEAST_GAP, Open

VERDICTS = (0, 50, 150, 300)
DRAWS = 20


def report(scale: Scale) -> list[str]:
    lines = [
        "## Own verdicts",
        "",
        f"Simulated: each open source of {2 * VERDICTS[-2]} prompts or more is a new user's traffic, whose verdicts on",
        "the cheapest tier's answers are drawn from one half of it by what happened. On the other half, of what all",
        f"other sources and these verdicts say: the error of the probability (ECE), then APGR; mean of {DRAWS} draws.",
        "",
        "| source | " + " | ".join(f"{count} verdicts" for count in VERDICTS) + " |",
        "| --- " * (1 + len(VERDICTS)) + "|",
    ]
    trained, judged = open_prompts.train(), open_prompts.evaluate()
    for name in (*trained.sources, *judged.sources):
        part = judged.of(name) if name in judged.sources else trained.of(name)
        if len(part.prompts) >= 2 * VERDICTS[-2]:
            before = trained[trained.source != name].calibration()
            cells = _taught(part, before, [count for count in VERDICTS if count <= len(part.prompts) // 2], scale)
            lines.append(f"| {name} | {' | '.join(cells)}{' |' * (len(VERDICTS) - len(cells))} |")
    return [*lines, ""]


def _taught(part: Open, before: Logistic, counts: Sequence[int], scale: Scale) -> list[str]:
    """What so many verdicts give: the error, and APGR where the gap is wide enough."""
    found = np.zeros((DRAWS, len(counts), 2))
    for draw in range(DRAWS):
        chance = np.random.default_rng(draw)
        own, others = np.array_split(chance.permutation(len(part.prompts)), 2)
        said = [Verdict(part.prompts[row], float(chance.random() < part.happened[row])) for row in own]
        for index, count in enumerate(counts):
            taught = feedback.of_open_prompts(before, said[:count], scale)
            probability = taught([part.prompts[row] for row in others], scale)
            error = measures.calibration_error(probability, part.happened[others], BINS)
            found[draw, index] = error, measures.ranked(part.gain[others], probability, part.tie[others]).apgr
    wide = part.gain.mean() >= LEAST_GAP
    return [f"{error:.3f}, {apgr:.3f}" if wide else f"{error:.3f}" for error, apgr in found.mean(0)]
