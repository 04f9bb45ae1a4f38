"""The complexity head: how probable it is that the cheap model is not good enough for a prompt.

A question with options and a sum in words are ranked by what was learned from outcomes of such. Any other prompt is
ranked by what is held of it beforehand, for nothing learned ranked those better. How probable a rank is was learned of
all of them, so the number means the same for each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pointsman.classify import difficulty, prior, traits
from pointsman.classify.features import Features
from pointsman.classify.task import TaskGuess
from pointsman.domain import Form, Task

_NUMBERS = {Task.MATH: 3, Task.QUESTION_ANSWERING: 4}
"""The numbers that a sum needs, one less for a question mark and one for asking how many."""
_OPERANDS = 8
"""The numbers that `operands` counts."""
_PROOF = 0.5
_SUREST = 0.95
"""What a judgement of 1 counts as, and 1 less this what one of 0 does."""


@dataclass(frozen=True, slots=True)
class Complexity:
    """`parts`: the offset and what each feature adds to it, in log-odds, which add up to those of `value`. `known`: the
    share of terms known from training."""

    value: float
    parts: dict[str, float]
    known: float
    form: Form


def score(features: Features, guess: TaskGuess) -> Complexity:
    head, text = difficulty.head(), features.text
    form = form_of(features, guess.task)
    slope, offset = head.open(guess.task)
    if form != Form.OPEN:
        learned = head.judge(text)
        around = {name: slope * part for name, part in prior.of_conversation(features).items()}
        log_odds = learned.log_odds + sum(around.values())
        return Complexity(_probability(log_odds), learned.parts | around, learned.known, form)
    held, parts = prior.log_odds(features, guess.likely)
    scaled, taught = {name: slope * part for name, part in parts.items()}, head.of_open(text)
    log_odds = offset + slope * held + taught.log_odds
    whole = {"offset": offset + slope * prior.BIAS} | scaled | taught.parts
    return Complexity(_probability(log_odds), whole, taught.known, form)


def of_judgement(hard: float, task: Task) -> float:
    """The complexity of a prompt that another judged to be so hard, 0–1: taken for what is held of it beforehand."""
    slope, offset = difficulty.head().open(task)
    hard = min(_SUREST, max(1 - _SUREST, hard))
    return _probability(offset + slope * math.log(hard / (1 - hard)))


def form_of(features: Features, task: Task) -> Form:
    if features.cues.get("proof", 0.0) >= _PROOF:
        return Form.OPEN
    if traits.has_options(difficulty.excerpt(features.text)):
        return Form.OPTIONS
    quantity = features.cues.get("quantity", 0.0) > 0
    if task == Task.QUESTION_ANSWERING and not quantity:
        return Form.OPEN  # years and list numbers make no sum
    asked = quantity + (features.numbers["questions"] > 0)
    enough = features.numbers["operands"] * _OPERANDS >= _NUMBERS.get(task, math.inf) - asked
    return Form.SUMS if asked and enough else Form.OPEN


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
