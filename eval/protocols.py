"""The three ways to judge the head, never mixed: each gives every prompt a score from a model that has not seen it.

- *in-domain*: five folds of both benchmarks; each is scored by a model trained on the other four.
- *transfer*: trained on other sets only; nothing that holds, rephrases or translates the benchmark.
- *leave one task out*: as in-domain, but a fold is a task (an MMLU subject), so its topic was never seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eval import calibration, complexity, measures, outcomes
from eval.complexity import Design, Model, Vector
from eval.outcomes import RELATED, Outcome

BENCHMARKS = ("mmlu", "gsm8k")
FOLDS = 5
SEED = 0


@dataclass(frozen=True, slots=True)
class Data:
    """All outcomes, the benchmarks' last, and how they look to the head."""

    outcomes: NDArray[np.object_]
    source: NDArray[np.str_]
    task: NDArray[np.str_]
    weak: Vector
    strong: Vector
    design: Design
    tie: NDArray[np.uint64]
    missing: list[str] = field(default_factory=list)

    def of(self, benchmark: str) -> NDArray[np.bool_]:
        return np.asarray(self.source == benchmark)

    def prompts(self, rows: NDArray[np.bool_]) -> list[str]:
        return [outcome.prompt for outcome in self.outcomes[rows]]

    @property
    def judged(self) -> NDArray[np.bool_]:
        """The prompts for which a strong model's outcome is known."""
        return np.isin(self.source, BENCHMARKS)

    @property
    def both(self) -> NDArray[np.bool_]:
        """All prompts for which it is known, the benchmarks' or not."""
        return np.array([outcome.strong is not None for outcome in self.outcomes])

    def without(self, *benchmarks: str) -> NDArray[np.bool_]:
        return ~np.isin(self.source, sorted(set().union(*(RELATED[name] for name in benchmarks))))

    @property
    def gain(self) -> Vector:
        return self.strong - self.weak

    @property
    def happened(self) -> Vector:
        """1 where the strong model was right and the weak one was not."""
        return np.asarray(self.gain > 0, np.float64)


def read() -> Data:
    found, missing = outcomes.broad()
    found += [outcome for name in BENCHMARKS for outcome in outcomes.benchmark(name)]
    return Data(
        outcomes=np.array(found, dtype=object),
        source=np.array([outcome.source for outcome in found]),
        task=np.array([outcome.task for outcome in found]),
        weak=np.array([outcome.weak for outcome in found]),
        strong=np.array([outcome.strong or 0.0 for outcome in found]),
        design=complexity.design([outcome.prompt for outcome in found]),
        tie=measures.tie_breaker([outcome.prompt for outcome in found]),
        missing=missing,
    )


def tasks(data: Data) -> NDArray[np.intp]:
    """The judged prompts by task, MMLU's subjects shared out over ten groups of whole subjects."""
    names = sorted(set(data.task[data.judged]))
    number = {name: index % 10 for index, name in enumerate(np.random.default_rng(SEED).permutation(names))}
    return np.array([number.get(name, 0) for name in data.task])


def difficulty(data: Data, rows: NDArray[np.bool_], scale: complexity.Scale | None = None) -> Model:
    return complexity.train_difficulty(
        data.design[rows], list[Outcome](data.outcomes[rows]), scale or complexity.scale(data.design[rows])
    )


def gain(data: Data, rows: NDArray[np.bool_], first: Model) -> Model:
    return complexity.train_gain(data.design[rows], list[Outcome](data.outcomes[rows]), first)


def folds(data: Data) -> NDArray[np.intp]:
    return np.asarray(np.random.default_rng(SEED).permutation(len(data.source)) % FOLDS)


def cross_validated(data: Data, groups: NDArray[np.intp]) -> Vector:
    """A score for every judged prompt, by a model trained on the judged prompts of the other groups. Other sets give
    the difficulty, without those that hold questions of a benchmark."""
    unrelated = data.without(*BENCHMARKS)
    first = difficulty(data, unrelated, complexity.scale(data.design[unrelated | data.judged]))
    score = np.zeros(len(data.source))
    for group in range(int(groups.max()) + 1):
        held_out = data.judged & (groups == group)
        score[held_out] = gain(data, data.judged & (groups != group), first).score(data.design[held_out])
    return score


def transferred(data: Data, benchmark: str) -> Vector:
    """A score for every prompt of the benchmark, from all data in which it has no part."""
    return difficulty(data, data.without(benchmark)).score(data.design[data.of(benchmark)])


def dial(data: Data, probability: Vector, rows: NDArray[np.bool_]) -> Vector:
    return calibration.dial([(probability[rows], data.weak[rows], data.strong[rows])])


def calibrated(data: Data, score: Vector, groups: NDArray[np.intp]) -> Vector:
    """Probabilities for the judged prompts, each calibrated on the other groups."""
    form = complexity.has_options(data.design)
    probability = np.zeros(len(score))
    for group in range(int(groups.max()) + 1):
        for options in (0, 1):
            rows = data.judged & (form == options)
            known, held_out = rows & (groups != group), rows & (groups == group)
            probability[held_out] = calibration.fit(score[known], data.happened[known])(score[held_out])
    return probability
