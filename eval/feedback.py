"""What one's own verdicts teach the complexity head: `make train FEEDBACK=export.jsonl`.

A verdict is an outcome where it says whether the cheapest tier would do: its right tier is named, or the cheapest one
answered. It moves what public outcomes say: ten on one kind of prompt change little of others, thousands most of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from eval import complexity
from eval.calibration import Logistic, logistic
from eval.complexity import Scale
from eval.open_prompts import held
from eval.task_data import json_rows
from pointsman.domain import Task

Vector = NDArray[np.float64]

CHEAPEST = "economy"
"""The packaged map's tier for simple prompts."""
WORTH = 20.0
"""Penalty of an offset and of a task, in log-odds: where no word is known, both together count as much as about 60
verdicts at a probability of 0.2. Chosen among a handful on the figures that are reported."""
TRAIT_WORTH = 1_000.0
"""Penalty of a trait's weight. A prompt's traits, of some 40 squared spreads, weigh about as much as its offset."""
WORD_WORTH = 1.2
"""Penalty of a term's weight. Lighter, as a prompt's terms are of length one together."""


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


def one_sided(verdicts: Sequence[Verdict]) -> str | None:
    """What to say of verdicts that all say the same: they teach a level, and no order."""
    said = {verdict.hard for verdict in verdicts}
    if said == {1.0}:
        return f"All {len(verdicts):,} verdicts say bad: prompts will look hard. Say good as often as it was."
    if said == {0.0}:
        return f"All {len(verdicts):,} verdicts say good: prompts will look easy. Say bad as often as it was."
    return None


def of_open_prompts(before: Logistic, verdicts: Iterable[Verdict], scale: Scale) -> OpenPrompts:
    """The calibration after the verdicts on open prompts. Its slope stays: prompts of one kind cannot tell it from the
    offset, and one that they turned round would send hard prompts to the cheapest tier."""
    rows = [(found, verdict) for verdict in verdicts if (found := held(verdict.prompt)) is not None]
    score = np.array([found.log_odds for found, _ in rows])
    tasks = np.array([[float(found.task == task) for task in Task] for found, _ in rows]).reshape(-1, len(Task))
    words, hard = _terms([verdict.prompt for _, verdict in rows], scale), np.array([each.hard for _, each in rows])
    offset, by_task, taught = _most_probable(before, score, (tasks, WORTH), words, hard)
    return OpenPrompts(Logistic(before.slope, before.offset + offset), by_task, taught)


def of_form(
    before: Logistic, score: Vector, traits: Vector, words: csr_matrix, hard: Vector
) -> tuple[Logistic, Vector, Vector]:
    """The calibration of a form that outcomes rank, and what is added to its traits' and its terms' weights."""
    offset, by_trait, taught = _most_probable(before, score, (traits, TRAIT_WORTH), words, hard)
    return Logistic(before.slope, before.offset + offset), by_trait / before.slope, taught / before.slope


def _most_probable(
    before: Logistic, score: Vector, own: tuple[Vector, float], words: csr_matrix, hard: Vector
) -> tuple[float, Vector, Vector]:
    """What is added to the log-odds by the offset, by columns of the form's `own` (with their penalty) and by terms,
    most probable after the verdicts. All at once: what only prompts of one wording show is their words', not all's."""
    base, (columns, penalty), count = before.slope * score + before.offset, own, own[0].shape[1]
    unit = 1 / np.sqrt(np.repeat([WORTH, penalty, WORD_WORTH], [1, count, words.shape[1]]))
    scaled = sp.csr_matrix(sp.hstack([np.ones((len(hard), 1)), columns, words]) @ sp.diags(unit))

    def loss(found: Vector) -> tuple[float, Vector]:
        log_odds = base + scaled @ found
        unlikely = (np.logaddexp(0, log_odds) - hard * log_odds).sum() + found @ found / 2
        return float(unlikely), scaled.T @ (logistic(log_odds) - hard) + found

    found = unit * minimize(loss, np.zeros(len(unit)), jac=True, method="L-BFGS-B").x
    return float(found[0]), found[1 : 1 + count], found[1 + count :]


def _terms(prompts: Sequence[str], scale: Scale) -> csr_matrix:
    return scale.columns(complexity.design(prompts))[1]
