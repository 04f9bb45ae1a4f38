"""Whether a probability is how often it happens, and what the dial really gives: in domain, and for what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eval import measures, protocols
from eval.complexity import Vector
from eval.open_prompts import Open
from eval.protocols import BENCHMARKS, Data
from eval.unseen import Unseen

WISHES = (0.85, 0.90, 0.95, 0.98)
RELIABILITY = ("reliability", "reliability-transfer", "reliability-open")
"""The figures."""

Rows = NDArray[np.bool_]
Pair = tuple[Vector, Vector]
"""What was said, and what happened."""
Given = tuple[float, float]
"""The share of the strong model's quality that is kept, and that of prompts it is asked."""


def pairs(data: Data, probability: Vector, unseen: Sequence[Unseen]) -> dict[str, Pair]:
    """By benchmark and protocol; `probability` is that of the judged prompts, out of fold."""
    said = {f"{name}, in-domain": probability[data.of(name)] for name in BENCHMARKS}
    said |= {f"{each.benchmark}, transfer, by {each.by}": each.probability for each in unseen}
    return {name: (each, data.happened[data.of(name.split(",")[0])]) for name, each in said.items()}


def calibration(found: Mapping[str, Pair], unseen: Sequence[Unseen]) -> list[str]:
    turned = ", ".join(f"{each.benchmark} by {each.by}" for each in unseen if each.turned)
    lines = [
        "## Calibration",
        "",
        "*In-domain*: each prompt's probability was calibrated on other folds. *Transfer*: neither rank nor",
        "calibration saw anything of the benchmark; calibrated on LLMRouter's sets of its form (with options or",
        "without), of other models, or on the other benchmark, of the same models. Ranked the other way round, as the",
        "rank was of the sets calibrated on (what weak models fail at, strong ones failed at as well): "
        f"{turned or 'none'}.",
        "ECE over 15 bins of as many prompts.",
        "",
        "| | prompts | happened | said | ECE |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, (said, happened) in found.items():
        error = measures.calibration_error(said, happened)
        lines.append(f"| {name} | {len(said):,} | {happened.mean():.1%} | {said.mean():.1%} | {error:.3f} |")
    return [*lines, "", " ".join(f"![{name}](complexity-{name}.svg)" for name in RELIABILITY), ""]


def dial(
    data: Data, probability: Vector, groups: NDArray[np.intp], unseen: Sequence[Unseen], unranked: Open
) -> list[str]:
    """Each limit is chosen on what the prompts that it is judged on had no part in."""
    lines = [
        "## The dial",
        "",
        "A limit for each form of prompts. Those of questions with options (MMLU) and sums (GSM8K) are chosen on four",
        "folds for the quality wished for, quality is measured on the fifth; that of open prompts is chosen on all",
        "sources but one, for the mean of their quality less its standard error, and measured on that one. In",
        "brackets: the strong calls.",
        "",
        "| wished for | MMLU | GSM8K | open, mean of the sources | open, from – to |",
        "| --- | --- | --- | --- | --- |",
    ]
    for wish in WISHES:
        step = round(100 * wish)
        both = [_text(_in_domain(data, probability, groups, name, step)) for name in BENCHMARKS]
        kept, calls = np.array(_open(unranked, step)).T
        lines.append(
            f"| {wish:.0%} | {' | '.join(both)} | {_text((kept.mean(), calls.mean()))} | "
            f"{kept.min():.1%} – {kept.max():.1%} |"
        )
    return [*lines, "", *_transfer(data, unseen)]


def given(weak: Vector, strong: Vector, routed: Rows) -> Given:
    return float(np.where(routed, strong, weak).sum() / strong.sum()), float(routed.mean())


def _transfer(data: Data, unseen: Sequence[Unseen]) -> list[str]:
    lines = [
        "**Transfer**: a benchmark of which nothing was seen, its limit chosen where its probability was calibrated.",
        "By sets of its form it is for the mean of their quality less its standard error, and most is sent to the",
        "strong model; the other benchmark alone has no such margin.",
        "",
        "| wished for | " + " | ".join(f"{each.benchmark.upper()}, by {each.by}" for each in unseen) + " |",
        "| --- " * (1 + len(unseen)) + "|",
    ]
    for wish in WISHES:
        cells = []
        for each in unseen:
            rows, routed = data.of(each.benchmark), each.probability >= each.dial[round(100 * wish)]
            cells.append(_text(given(data.weak[rows], data.strong[rows], routed)))
        lines.append(f"| {wish:.0%} | {' | '.join(cells)} |")
    return [*lines, ""]


def _in_domain(data: Data, probability: Vector, groups: NDArray[np.intp], name: str, step: int) -> Given:
    rows, routed = data.of(name), np.zeros(len(probability), bool)
    for group in range(protocols.FOLDS):
        limit = protocols.dial(data, probability, rows & (groups != group))[step]
        routed |= (groups == group) & (probability >= limit)
    return given(data.weak[rows], data.strong[rows], routed[rows])


def _open(unranked: Open, step: int) -> list[Given]:
    """For each source, by a limit chosen on the others."""
    said, found = unranked.said(), []
    for source in unranked.sources:
        rows = unranked.source == source
        routed = said[rows] >= unranked[~rows].dial(said[~rows])[step]
        found.append(given(unranked.weak[rows], unranked.strong[rows], routed))
    return found


def _text(found: Given) -> str:
    kept, calls = found
    return f"{kept:.1%} ({calls:.0%})"
