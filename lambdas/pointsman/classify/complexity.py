"""The complexity head: how probable it is that the cheap model is not good enough for a prompt.

Two things are known. Outcomes say how often a strong model was right where a weak one was not, and where a prompt has
the form of those that were measured (a question with options, a sum in words) they decide alone, calibrated. Any other
prompt keeps what is held of it beforehand. A topic that was hard may raise that, by at most `LEAN` in log-odds; nothing
learned of other forms lowers it: a proof asked for in one line is no easier for being short.
"""

from __future__ import annotations

import math

from pointsman.classify import difficulty, prior
from pointsman.classify.difficulty import Difficulty
from pointsman.classify.features import Features
from pointsman.domain import Signal, Task

LEAN = 0.3
_SUMS = {Task.MATH, Task.QUESTION_ANSWERING}
_LEAST_NUMBERS = 1 / 4
"""Two numbers of the eight that `operands` counts."""
_PROOF = 0.5


def score(features: Features, task: Task) -> tuple[float, tuple[Signal, ...], float]:
    """The complexity, every feature that moved it, the weightiest first, and the share of terms known from training."""
    learned = difficulty.head().judge(features.text)
    held, parts = prior.log_odds(features, task)
    if _measured(features, learned, task):
        log_odds, parts = learned.log_odds, learned.parts
    else:
        lean = min(LEAN, max(0.0, learned.topic))
        log_odds, parts = held + lean, parts | {"topic": lean}
    signals = sorted((Signal(name, round(part, 3)) for name, part in parts.items() if part), key=_weightiest)
    return 1 / (1 + math.exp(-log_odds)), tuple(signals), learned.known


def _measured(features: Features, learned: Difficulty, task: Task) -> bool:
    """Whether the prompt has the form of those whose outcomes are known."""
    if features.cues.get("proof", 0.0) >= _PROOF:
        return False
    if learned.options:
        return True
    asks = features.cues.get("quantity", 0.0) > 0 and features.numbers["questions"] > 0
    return asks and task in _SUMS and features.numbers["operands"] >= _LEAST_NUMBERS


def _weightiest(signal: Signal) -> tuple[float, str]:
    return -abs(signal.weight), signal.name
