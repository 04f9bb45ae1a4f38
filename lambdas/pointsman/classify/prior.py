"""What is held of a prompt's complexity before any outcome is known: weights set by hand, in log-odds.

A bounded sum: no feature counts for more than its weight, so neither length nor repetition can carry a prompt up, and
length itself has no weight. What is asked counts in full; what the prompt is about counts less where it is handed over
as material: in a task that works on a text (to summarise, to translate, …) and the longer it is.
"""

from __future__ import annotations

from pointsman.classify.features import Features
from pointsman.domain import Task

BIAS = -1.5
"""What a prompt with no feature at all scores: about 0.18."""

_TASK = {
    Task.REASONING: 1.2,
    Task.CREATIVE_WRITING: 0.9,
    Task.CODING: 0.8,
    Task.MATH: 0.6,
    Task.EXTRACTION: -0.1,
    Task.REWRITING: -0.2,
    Task.SUMMARISATION: -0.2,
    Task.CLASSIFICATION: -0.3,
    Task.TRANSLATION: -0.3,
    Task.CONVERSATION: -0.8,
}

_ASKED = {
    "proof": (2.2, 1),
    "design": (1.8, 2),
    "steps": (1.2, 3),
    "constraints": (1.2, 3),
    "format": (0.8, 1),
    "brief": (-0.6, 1),
    "denial": (0.5, 2),
}
"""What is asked of the model. Cue → weight, and the strength at which it counts in full."""

_ABOUT = {"terms": (1.8, 4), "alternatives": (0.5, 2)}
"""What the prompt is about, likewise."""

_ASKED_NUMBERS = {"tools": 0.5, "turns": 0.3, "image": 0.3}
_ABOUT_NUMBERS = {
    "sentences": 0.8,
    "clauses": 0.8,
    "code": 0.7,
    "notation": 0.7,
    "long_words": 0.5,
    "items": 0.4,
    "nesting": 0.3,
    "operands": 0.2,
    "questions": 0.1,
}

_WORKS_ON_TEXT = {Task.SUMMARISATION, Task.TRANSLATION, Task.EXTRACTION, Task.CLASSIFICATION, Task.REWRITING}
_HANDED_OVER = 0.25
"""The share of the weight that is left to material."""


def log_odds(features: Features, task: Task) -> tuple[float, dict[str, float]]:
    """The log-odds that a cheap model is not enough, and what each feature adds to them."""
    share = _HANDED_OVER if task in _WORKS_ON_TEXT else 1 - (1 - _HANDED_OVER) * features.numbers["length"]
    parts = {f"task:{task}": _TASK.get(task, 0.0)}
    for cues, part in ((_ASKED, 1.0), (_ABOUT, share)):
        parts |= {name: part * w * min(1.0, features.cues.get(name, 0.0) / full) for name, (w, full) in cues.items()}
    for numbers, part in ((_ASKED_NUMBERS, 1.0), (_ABOUT_NUMBERS, share)):
        parts |= {name: part * weight * features.numbers[name] for name, weight in numbers.items()}
    return BIAS + sum(parts.values()), parts
