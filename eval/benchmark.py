"""How well rankings of a benchmark's prompts choose what a strong model should answer: a table and its curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval import baselines, dollars, measures
from eval.measures import Vector
from eval.published import ROUTELLM

WISH = 0.95
BASELINES: dict[str, Callable[[str], float]] = {
    "prompt length": baselines.length,
    "LiteLLM's heuristic, re-created": baselines.litellm,
}

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Prompts with how good a weak and a strong model were at each, 0–1, and what they cost in dollars at a `cheap` and
    a `dear` one."""

    name: str
    prompts: list[str]
    weak: Vector
    strong: Vector
    tie: NDArray[np.uint64]
    cheap: Vector
    dear: Vector

    @property
    def gain(self) -> Vector:
        return self.strong - self.weak

    @property
    def title(self) -> str:
        return self.name.upper().replace("MT_BENCH", "MT-Bench")

    def figures(self, rows: Rows) -> list[float]:
        """APGR, CPT50, CPT80 and the cost of the first strong calls that reach 95 % of the strong model's quality, as a
        share of asking it always; `rows` in the order in which they go to it."""
        found = measures.rank(self.gain[rows])
        kept, spent = self.curves(rows)
        return [found.apgr, found.cpt50, found.cpt80, float(spent[np.argmax(kept >= WISH)] / self.dear[rows].sum())]

    def at_random(self, rows: Rows) -> list[float]:
        """The same cost of a choice by chance, on average."""
        weak, strong, cheap, dear = (
            float(each[rows].sum()) for each in (self.weak, self.strong, self.cheap, self.dear)
        )
        calls = max(0.0, (WISH * strong - weak) / (strong - weak))
        return [(cheap + calls * (dear - cheap)) / dear]

    def curves(self, rows: Rows) -> tuple[Vector, Vector]:
        """The share of the strong model's quality and the dollars after none, one, … all of the prompts."""
        kept = self.weak[rows].sum() + np.r_[0.0, np.cumsum(self.gain[rows])]
        spent = self.cheap[rows].sum() + np.r_[0.0, np.cumsum((self.dear - self.cheap)[rows])]
        return kept / self.strong[rows].sum(), spent

    def orders(self, scores: Mapping[str, Vector]) -> dict[str, Rows]:
        """The prompts as each score ranks them, and as the baselines and the oracle do."""
        baselines = {name: np.array([each(prompt) for prompt in self.prompts]) for name, each in BASELINES.items()}
        ranked = {**scores, **baselines, "oracle": self.gain}
        return {name: measures.order(score, self.tie) for name, score in ranked.items()}

    def report(self, orders: Mapping[str, Rows], notes: Sequence[str] = ()) -> list[str]:
        """The table, with notes above it."""
        lines = [
            f"## {self.title}: {len(self.prompts):,} prompts, weak {self.weak.mean():.1%}, "
            f"strong {self.strong.mean():.1%}",
            "",
            *notes,
            "| | APGR | CPT50 | CPT80 | cost at 95 % |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name, rows in orders.items():
            apgr, *shares = zip(self.figures(rows), *measures.bootstrap(self.figures, rows), strict=True)
            lines.append(f"| {name} | {_number(*apgr)} | {' | '.join(_share(*each) for each in shares)} |")
        rows = np.arange(len(self.prompts))
        (cost,) = zip(self.at_random(rows), *measures.bootstrap(self.at_random, rows), strict=True)
        lines.append(f"| random | 0.500 | 50% | 80% | {_share(*cost)} |")
        lines += [
            f"| RouteLLM, {each.trained_on}: {each.router} | {each.apgr:.3f} | {each.cpt50:.0%} | {each.cpt80:.0%} | |"
            for each in ROUTELLM[self.name]
        ]
        return [*lines, "", " ".join(f"![{across}]({self.file(across)})" for across in ("share", "dollars")), ""]

    def file(self, across: str) -> str:
        """The name of the figure of its curves."""
        return f"complexity-{self.name.replace('_', '-')}-{across}.svg"


def of(name: str, prompts: Sequence[str], weak: Vector, strong: Vector) -> Benchmark:
    cheap, dear = (dollars.of(prompts, model) for model in (dollars.CHEAP, dollars.DEAR))
    return Benchmark(name, list(prompts), weak, strong, measures.tie_breaker(prompts), cheap, dear)


def _number(found: float, low: float, high: float) -> str:
    return f"{found:.3f} ({low:.3f}–{high:.3f})"


def _share(found: float, low: float, high: float) -> str:
    return f"{found:.0%} ({low:.0%}–{high:.0%})"
