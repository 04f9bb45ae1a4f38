"""Open prompts: what is held of them beforehand ranks them; its calibration is judged on sources it was not made on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eval import baselines, calibration, measures, overlaps
from eval.calibration import Vector
from eval.open_prompts import BINS, LEAST_GAP, Open
from eval.published import ROUTELLM

REST = "alpaca_eval, the rest"
COLUMNS = (
    "source",
    "prompts",
    "known",
    "weak",
    "strong",
    "APGR",
    "95 %",
    "prompt length",
    "happened",
    "said",
    "ECE",
    "raw ECE",
)


def report(trained: Open, others: Open, taught: Sequence[str]) -> list[str]:
    """`others` are judged on alone; `taught`: the prompts that the task head learned from."""
    arena, judge = (each.apgr for each in ROUTELLM["mt_bench"])
    calibrating, teaching = (overlaps.within(others.prompts, each) for each in (trained.prompts, taught))
    lines = [
        "## Open prompts",
        "",
        "Ranked by weights set by hand, for nothing learned ranked better; calibrated on outcomes, here each source on",
        "the other sources' alone. Raw ECE: of the weights themselves, taken for log-odds. Weak and strong: how often",
        "such models' answers were good enough, by tests (MBPP, HumanEval), the right answer (MATH, Natural Questions,",
        "TriviaQA), people (Tulu), or a judge. APGR where the gap is 5 points or more.",
        f"RouteLLM on MT-Bench, as published: {arena:.3f} trained on Arena, {judge:.3f} with verdicts of a judge "
        "beside it.",
        "",
        "Known: prompts that stand among those of the task head or of the sources calibrated on as well, but for case",
        "and white space. AlpacaEval's verdicts are judged on alone, not all of its prompts are: of its",
        f"{len(others.prompts)}, {calibrating.sum()} calibrate, for Tulu's people judged other answers to them, and",
        f"{teaching.sum()} teach the task head, {(calibrating | teaching).sum()} in all; the last row is without them.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "| --- " * len(COLUMNS) + "|",
    ]
    for name, part, known in _parts(trained, others, ~(calibrating | teaching)):
        seen = int(overlaps.within(part.prompts, [*taught, *known.prompts]).sum())
        lines.append(_row(name, part, known.calibration()(part.held), seen))
    return [*lines, ""]


def pairs(trained: Open, others: Open) -> dict[str, tuple[Vector, Vector]]:
    """What was said of each source, calibrated on the others, and what happened."""
    everything = _parts(trained, others, np.ones(len(others.prompts), bool))
    found = {name: (known.calibration()(part.held), part.happened) for name, part, known in everything}
    return {name.removeprefix("llmrouter/"): pair for name, pair in found.items() if name != REST}


def _parts(trained: Open, others: Open, apart: NDArray[np.bool_]) -> Iterator[tuple[str, Open, Open]]:
    """Each source, and what it is calibrated on."""
    for name in sorted(set(trained.source)):
        yield name, trained[trained.source == name], trained[trained.source != name]
    yield "alpaca_eval", others, trained
    yield REST, others[apart], trained


def _row(name: str, part: Open, said: Vector, seen: int) -> str:
    error, raw = (
        measures.calibration_error(each, part.happened, BINS) for each in (said, calibration.logistic(part.held))
    )
    ranked = "| | |"
    if part.gain.mean() >= LEAST_GAP:
        low, high = measures.interval(part.gain, part.held, part.tie)
        length = np.array([baselines.length(prompt) for prompt in part.prompts])
        ours, theirs = (measures.ranked(part.gain, each, part.tie).apgr for each in (part.held, length))
        ranked = f"{ours:.3f} | {low:.3f}–{high:.3f} | {theirs:.3f} |"
    return (
        f"| {name} | {len(part.prompts):,} | {seen} | {part.weak.mean():.1%} | {part.strong.mean():.1%} | {ranked} "
        f"{part.happened.mean():.1%} | {said.mean():.1%} | {error:.3f} | {raw:.3f} |"
    )
