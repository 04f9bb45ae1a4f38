"""Open prompts: what is held of them beforehand ranks them; its calibration is judged on sources it was not made on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval import baselines, calibration, measures, overlaps
from eval.calibration import Vector
from eval.open_prompts import BINS, LEAST_GAP, Open
from eval.published import ROUTELLM

ALPACA = "alpaca_eval"
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
    alpaca = others.of(ALPACA)
    known = overlaps.within(alpaca.prompts, [*taught, *trained.prompts])
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
        f"and white space. {' and '.join(others.sources)} are judged on alone; of AlpacaEval's {len(alpaca.prompts)} "
        f"prompts {known.sum()} are known, and the last row is without them.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "| --- " * len(COLUMNS) + "|",
    ]
    for name, part, rest in [*_parts(trained, others), (REST, alpaca[~known], trained)]:
        seen = int(overlaps.within(part.prompts, [*taught, *rest.prompts]).sum())
        lines.append(_row(name, part, rest.calibration()(part.held), seen))
    return [*lines, ""]


def pairs(trained: Open, others: Open) -> dict[str, tuple[Vector, Vector]]:
    """What was said of each source, calibrated on the others, and what happened."""
    found = {name: (rest.calibration()(part.held), part.happened) for name, part, rest in _parts(trained, others)}
    return {name.removeprefix("llmrouter/"): pair for name, pair in found.items()}


def _parts(trained: Open, others: Open) -> Iterator[tuple[str, Open, Open]]:
    """Each source, and what it is calibrated on."""
    yield from ((name, trained.of(name), trained[trained.source != name]) for name in trained.sources)
    yield from ((name, others.of(name), trained) for name in others.sources)


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
