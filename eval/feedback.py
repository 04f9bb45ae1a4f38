"""What one's own verdicts teach the complexity head: `make train FEEDBACK=export.jsonl`.

A verdict is an outcome where it says whether the cheapest tier would do: its right tier is named, or the cheapest one
answered. It moves what public outcomes say, which counts as much as `WORTH` verdicts do: ten change little, thousands
most of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from eval import complexity, ridge
from eval.calibration import Logistic, logistic, most_probable
from eval.complexity import Scale
from eval.open_prompts import held
from eval.task_data import json_rows
from pointsman.domain import Task

Vector = NDArray[np.float64]

CHEAPEST = "economy"
"""The packaged map's tier for simple prompts."""
WORTH = 50.0
"""Penalty of an offset, of the slope and of a task: together as much as about 150 verdicts at a probability of 0.2."""
TRAIT_WORTH = 500.0
"""Penalty of a trait's weight, in log-odds."""
WORD_WORTH = 1.2
"""Penalty of a term's weight, in log-odds. Lighter, as a prompt's terms are of length one together."""
STEPS = 4
"""Towards the terms' most probable weights."""
LEAST_CURVATURE = 1e-3
"""Keeps a step finite where a prompt was all but certain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`hard`: how far the cheapest tier was not good enough, 0–1."""

    prompt: str
    hard: float


@dataclass(frozen=True, slots=True)
class OpenPrompts:
    """The calibration of open prompts, what is added to its offset by task, and what each term adds."""

    calibration: Logistic
    tasks: Vector
    words: Vector

    def __call__(self, prompts: Sequence[str], scale: Scale) -> Vector:
        """The probability of open prompts."""
        rows = [(prompt, found) for prompt in prompts if (found := held(prompt)) is not None]
        score = np.array([found.log_odds for _, found in rows])
        by_task = np.array([self.tasks[list(Task).index(found.task)] for _, found in rows])
        added = by_task + _terms([prompt for prompt, _ in rows], scale) @ self.words
        return logistic(self.calibration.slope * score + self.calibration.offset + added)


def read(path: Path, cheapest: str = CHEAPEST) -> list[Verdict]:
    """The verdicts of an export that teach complexity: those with a prompt that say of the cheapest tier."""
    hard = [(record.get("prompt"), _hard(record, cheapest)) for record in json_rows(path)]
    return [Verdict(prompt, each) for prompt, each in hard if prompt and each is not None]


def _hard(record: dict[str, object], cheapest: str) -> float | None:
    if record.get("tier"):
        return float(record["tier"] != cheapest)
    if record.get("answered_by") != cheapest:
        return None
    score = record.get("score")
    return 1 - score if isinstance(score, float | int) else float(record.get("verdict") == "bad")


def of_open_prompts(before: Logistic, verdicts: Iterable[Verdict], scale: Scale) -> OpenPrompts:
    """The calibration after the verdicts on open prompts, then what their terms say beyond it."""
    rows = [(found, verdict) for verdict in verdicts if (found := held(verdict.prompt)) is not None]
    score = np.array([found.log_odds for found, _ in rows])
    tasks = np.array([[float(found.task == task) for task in Task] for found, _ in rows]).reshape(-1, len(Task))
    columns = np.column_stack([np.ones(len(rows)), score, tasks])
    base = before.slope * score + before.offset
    hard, penalty = np.array([verdict.hard for _, verdict in rows]), np.full(columns.shape[1], WORTH)
    moved = most_probable(columns, base, hard, penalty, np.ones(len(rows)))
    words = of_terms(base + columns @ moved, _terms([verdict.prompt for _, verdict in rows], scale), hard)
    return OpenPrompts(Logistic(before.slope + float(moved[1]), before.offset + float(moved[0])), moved[2:], words)


def of_form(
    before: Logistic, score: Vector, traits: Vector, words: csr_matrix, hard: Vector
) -> tuple[Logistic, Vector, Vector]:
    """The calibration of a form that outcomes rank, and what is added to its traits' and its terms' weights."""
    columns = np.column_stack([np.ones(len(score)), before.slope * traits])
    penalty = np.r_[WORTH, np.full(traits.shape[1], TRAIT_WORTH)]
    base = before.slope * score + before.offset
    moved = most_probable(columns, base, hard, penalty, np.ones(len(score)))
    taught = of_terms(base + columns @ moved, words, hard) / before.slope
    return Logistic(before.slope, before.offset + float(moved[0])), moved[1:], taught


def of_terms(base: Vector, words: csr_matrix, hard: Vector) -> Vector:
    """What terms add to log-odds, most probable after the verdicts; `words` holds a row of terms for each prompt."""
    found = np.zeros(words.shape[1])
    for _ in range(STEPS if len(hard) else 0):
        added = words @ found
        probability = logistic(base + added)
        curvature = np.maximum(probability * (1 - probability), LEAST_CURVATURE)
        target = added + (hard - probability) / curvature
        found = ridge.fit(words, target, np.full(len(found), WORD_WORTH), curvature)
    return found


def _terms(prompts: Sequence[str], scale: Scale) -> csr_matrix:
    return scale.columns(complexity.design(prompts))[1]
