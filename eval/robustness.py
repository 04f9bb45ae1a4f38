"""How often the same request, put differently, is decided differently.

    python -m eval.robustness        writes results/robustness.md

Real prompts that no head was trained on, each changed in ways that change nothing of what is asked, and requests that
people put in several ways. A flip is another task, another tier of the packaged map, or, what would cost quality, a
cheaper tier.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb
from pathlib import Path
from statistics import fmean

from eval.manifest import Missing
from eval.paraphrases import Group, groups
from eval.rewordings import CHANGES
from eval.task_data import examples
from pointsman.classify import classify
from pointsman.domain import Classification, request_of
from pointsman.policy import decide
from pointsman.tiermap.seed import packaged_map

PROMPTS = 600
LONGEST = 4_000
MADE = {"bbh"}
"""Puzzles filled into templates, which are no prompts as people write them."""
SEED = 11
RESULTS = Path(__file__).parent / "results" / "robustness.md"

MAP = packaged_map()
TIERS = ("economy", "standard", "premium")
RANKS = {tier.name: rank for rank, tier in enumerate(MAP.tiers[name] for name in TIERS)}
CAUSES = ("the task alone", "the complexity alone", "both", "the form")


@dataclass(frozen=True, slots=True)
class Decided:
    found: Classification
    band: str
    rank: int


def main() -> int:
    try:
        rows = sorted({row.text for row in examples("evaluate") if len(row.text) <= LONGEST and row.source not in MADE})
        requests = groups()
    except Missing as error:
        print(f"Data is missing: {error}", file=sys.stderr)
        return 1
    prompts = random.Random(SEED).sample(rows, PROMPTS)  # noqa: S311 (no secret)
    plain = [decided(prompt) for prompt in prompts]
    lines = [
        "# Robustness",
        "",
        f"{PROMPTS} prompts drawn from the sources that `eval/prompts.toml` keeps for evaluation, each up to "
        f"{LONGEST:,} characters, classified and routed by the packaged map: {_shares(plain)}. Politeness, “this is "
        "easy” and the first wording before are of a kind that `classify/courtesy.py` was written to take off, the "
        "sentence said twelve times and paragraphs of their own of a kind that `classify/material.py` was; the other "
        "wordings and what is talked down otherwise are foreseen nowhere.",
        "",
        "| change | other task | other tier | cheaper tier | mean shift of complexity |",
        "| --- | --- | --- | --- | --- |",
        *_changed(prompts, plain),
        *_paraphrased(requests),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


def decided(prompt: str) -> Decided:
    request = request_of(prompt)
    found = classify(request)
    made = decide(request, found, MAP, seed="")
    return Decided(found, made.band, RANKS[made.targets[0].tier])


def _changed(prompts: Sequence[str], plain: Sequence[Decided]) -> Iterator[str]:
    for name, change in CHANGES.items():
        chance = random.Random(SEED)  # noqa: S311 (no secret)
        pairs = list(zip(plain, [decided(change(prompt, chance)) for prompt in prompts], strict=True))
        task, tier = (sum(differ(*pair) for pair in pairs) / PROMPTS for differ in (_other_task, _other_tier))
        cheaper = sum(other.rank < one.rank for one, other in pairs) / PROMPTS
        shift = sum(other.found.complexity - one.found.complexity for one, other in pairs) / PROMPTS
        yield f"| {name} | {task:.1%} | {tier:.1%} | {cheaper:.1%} | {shift:+.3f} |"


def _paraphrased(requests: Sequence[Group]) -> list[str]:
    """Each two wordings of the same request, compared, and what moved the tier."""
    answers = [[decided(wording) for wording in group.wordings] for group in requests]
    right = [
        each.found.task == group.task
        for group, wordings in zip(requests, answers, strict=True)
        for each in wordings
        if group.task
    ]
    parts = {
        "ours": ("ours", False),
        "FLAN": ("flan", False),
        "FLAN, held out": ("flan", True),
        "multi-prompt": ("multi-prompt", False),
        "multi-prompt, held out": ("multi-prompt", True),
    }
    lines = [
        "",
        "## Paraphrases",
        "",
        "Each two wordings of one request, compared; each request counts as much. Ours: all tasks, in three ways each "
        "by hand (`eval/paraphrases.toml`). FLAN: people's wordings of its tasks, without those that ask for something "
        "else. Multi-prompt: twelve of a model's wordings that people found right. Their slots hold an example of ours "
        "(`eval/slots.toml`). What the tier depends on was chosen by the halves that are not held out. Unrelated: "
        "wordings of two requests of the row, which is what the tiers' shares alone would give.",
        "",
        "| | requests | other task | other tier | two tiers away | unrelated, other tier | tiers |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    moved = []
    for name, part in parts.items():
        kept = [
            wordings
            for group, wordings in zip(requests, answers, strict=True)
            if (group.source, group.held_out) == part
        ]
        task, tier, far = (
            fmean(fmean(differ(*pair) for pair in combinations(each, 2)) for each in kept)
            for differ in (_other_task, _other_tier, _far)
        )
        lines.append(
            f"| {name} | {len(kept)} | {task:.1%} | {tier:.1%} | {far:.1%} | {_unrelated(kept):.1%} | "
            f"{_shares([each for wordings in kept for each in wordings])} |"
        )
        moved.append(f"| {name} | " + " | ".join(f"{share:.1%}" for share in _causes(kept)) + " |")
    return [
        *lines,
        "",
        f"{sum(right) / len(right):.1%} of our {len(right)} wordings are told the task that we would.",
        "",
        "What differs between two wordings that go to two tiers, of all pairs:",
        "",
        f"| | {' | '.join(CAUSES)} |",
        "| --- " * (len(CAUSES) + 1) + "|",
        *moved,
    ]


def _other_task(one: Decided, other: Decided) -> bool:
    return one.found.task != other.found.task


def _other_tier(one: Decided, other: Decided) -> bool:
    return one.rank != other.rank


def _far(one: Decided, other: Decided) -> bool:
    return abs(one.rank - other.rank) > 1


def _cause(one: Decided, other: Decided) -> str:
    if one.found.form != other.found.form:
        return "the form"
    if one.band == other.band:
        return "the task alone"
    return "both" if _other_task(one, other) else "the complexity alone"


def _causes(requests: Sequence[Sequence[Decided]]) -> list[float]:
    """By cause: the share of pairs that go to two tiers for it."""
    found: Counter[str] = Counter()
    for wordings in requests:
        for one, other in combinations(wordings, 2):
            if _other_tier(one, other):
                found[_cause(one, other)] += 1 / comb(len(wordings), 2) / len(requests)
    return [found[cause] for cause in CAUSES]


def _unrelated(requests: Sequence[Sequence[Decided]]) -> float:
    """How often wordings of any two requests go to two tiers."""
    return fmean(fmean(_other_tier(*pair) for pair in product(one, other)) for one, other in combinations(requests, 2))


def _shares(answers: Sequence[Decided]) -> str:
    count = Counter(each.rank for each in answers)
    return ", ".join(f"{count[rank] / len(answers):.0%} {name}" for rank, name in enumerate(TIERS))


if __name__ == "__main__":
    sys.exit(main())
