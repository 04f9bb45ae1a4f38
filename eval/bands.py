"""What the packaged map keeps of the strong model's quality, and saves, on prompts whose outcomes are known.

The cheap side is taken for the weak model and all else for the strong one: once by the bands alone, where all above the
first limit is the strong side, and once by the tier that is chosen, where a task's route counts too (coding is never
`economy`). Nothing is trained or calibrated on the outcomes it is judged by, unless the row says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval import benchmark
from eval.benchmark import Benchmark
from eval.calibrated import Given, given
from eval.complexity import Vector
from eval.open_prompts import Open
from eval.protocols import BENCHMARKS, Data
from pointsman.classify import classify
from pointsman.domain import Form, request_of
from pointsman.policy import decide
from pointsman.tiermap.seed import packaged_map

MAP = packaged_map()
CHEAPEST = "economy"


@dataclass(frozen=True, slots=True)
class Kept:
    """`bands` and `tiers` as `Given`; `chance`: the quality kept where chance sends as many prompts as the tiers do;
    `dollars` saved by the tiers on a thousand prompts; `saved`: as a share of always asking the strong model."""

    bands: Given
    tiers: Given
    chance: float
    dollars: float
    saved: float


def report(data: Data, probability: Vector, unranked: Open, others: Open) -> list[str]:
    """`probability` of the judged prompts of `data`, out of fold."""
    first, second, _ = MAP.settings.bands
    lines = [
        "## The packaged map",
        "",
        f"Its bands end at {first.below} and {second.below}. What is above the first, or lifted above it by doubt, is",
        "taken for a call to the strong model, all else for one to the weak one; then the same by the tier chosen,",
        "`economy` for the weak model, where the tasks' routes count too. MMLU and GSM8K: probabilities out of fold;",
        "open prompts: calibrated on the other sources. By chance: quality where as many prompts, drawn at random, go",
        "to the strong model. Saved by the tiers, against always asking the strong model, at the prices above; the",
        "map's own `standard` models cost less than that, but no outcomes of theirs are known.",
        "",
        "| | prompts | bands: strong calls | kept | tiers: strong calls | kept | by chance | saved on 1,000 prompts |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in BENCHMARKS:
        rows = data.of(name)
        judged = benchmark.of(name, data.prompts(rows), data.weak[rows], data.strong[rows])
        lines.append(_row(name, [_kept(judged, probability[rows], {Form.OPTIONS, Form.SUMS})], len(judged.prompts)))
    names, said = unranked.sources, unranked.said()
    packaged = unranked.calibration()(unranked.held)
    out, known = [], []
    for name in names:
        rows = unranked.source == name
        judged = _benchmark(unranked[rows])
        out.append(_kept(judged, said[rows], {Form.OPEN}))
        known.append(_kept(judged, packaged[rows], {Form.OPEN}))
        lines.append(_row(name, out[-1:], len(judged.prompts)))
    lines.append(_row("open, mean of the sources", out, len(said)))
    lines.append(_row("the same, each calibrated on as well, as packaged", known, len(said)))
    for name in others.sources:
        part = others.of(name)
        judged = _benchmark(part)
        lines.append(_row(name, [_kept(judged, unranked.calibration()(part.held), {Form.OPEN})], len(part.prompts)))
    return [*lines, ""]


def _benchmark(part: Open) -> Benchmark:
    return benchmark.of(str(part.source[0]), part.prompts, part.weak, part.strong)


def routed(prompt: str, probability: float, forms: set[Form]) -> tuple[bool, bool]:
    """Whether band and tier are above the lowest, where a prompt of these forms is as complex as this; one of another
    form is as complex as the packaged classifier says."""
    request = request_of(prompt)
    found = classify(request)
    if found.form in forms:
        found = replace(found, complexity=probability)
    made = decide(request, found, MAP, seed="")
    return made.band != MAP.settings.bands[0].name, made.targets[0].tier != CHEAPEST


def _kept(judged: Benchmark, probability: Vector, forms: set[Form]) -> Kept:
    pairs = zip(judged.prompts, probability, strict=True)
    bands, tiers = np.array([routed(prompt, float(each), forms) for prompt, each in pairs]).T
    calls = tiers.mean()
    chance = ((1 - calls) * judged.weak.sum() + calls * judged.strong.sum()) / judged.strong.sum()
    saved = np.where(tiers, 0.0, judged.dear - judged.cheap)
    return Kept(
        given(judged.weak, judged.strong, bands),
        given(judged.weak, judged.strong, tiers),
        float(chance),
        float(1_000 * saved.mean()),
        float(saved.sum() / judged.dear.sum()),
    )


def _row(name: str, found: Sequence[Kept], prompts: int) -> str:
    """The mean of what was found."""
    cells = [
        f"{calls:.0%} | {kept:.1%}"
        for kept, calls in (np.mean([getattr(each, by) for each in found], axis=0) for by in ("bands", "tiers"))
    ]
    chance, dollars, saved = np.mean([[each.chance, each.dollars, each.saved] for each in found], axis=0)
    return f"| {name} | {prompts:,} | {' | '.join(cells)} | {chance:.1%} | ${dollars:.2f} ({saved:.0%}) |"
