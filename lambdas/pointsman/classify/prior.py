"""What is held of a prompt's complexity before any outcome is known: weights set by hand, in log-odds.

A bounded sum: no feature counts for more than its weight, so neither length nor repetition can carry a prompt up, and
length itself has no weight. What is asked counts in full; what the prompt is about counts less where it is handed over
as material: in a task that works on a text (to summarise, to translate, …) and the longer it is.

No word alone moves it far, for the next wording of the same request has another one: a cue counts by the square of its
strength, and a task by how probable it is. What changes most from wording to wording weighs little or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.classify.features import Features
from pointsman.domain import Task

BIAS = -1.5
"""What a prompt with no feature at all scores: about 0.18."""

_TASK = {
    Task.CODING: 0.8,
    Task.REASONING: 0.8,
    Task.CREATIVE_WRITING: 0.6,
    Task.MATH: 0.4,
    Task.EXTRACTION: -0.1,
    Task.REWRITING: -0.1,
    Task.SUMMARISATION: -0.1,
    Task.CLASSIFICATION: -0.2,
    Task.TRANSLATION: -0.2,
    Task.CONVERSATION: -0.6,
}

_PROOF = 3.0
"""For a proof, as far as the task is one in which things are proved: a proof of purchase is none."""
_PROVES = {Task.MATH, Task.REASONING, Task.CODING}

_FORMAT = 1.0
_ASKED = {
    "design": (2.0, 2),
    "constraints": (1.4, 3),
    "format": (_FORMAT, 1),
    "steps": (0.8, 4),
    "denial": (0.4, 2),
}
"""What is asked of the model. Cue → weight, and the strength at which it counts in full."""

_ABOUT = {"terms": (2.2, 3)}
"""What the prompt is about, likewise."""

_CONVERSATION = {"tools": 0.5, "turns": 0.3, "image": 0.3}
"""What stands around what is asked."""

_ABOUT_NUMBERS = {
    "code": 1.0,
    "notation": 1.0,
    "clauses": 0.9,
    "long_words": 0.5,
    "sentences": 0.3,
    "nesting": 0.3,
    "items": 0.2,
    "operands": 0.1,
}

_WORKS_ON_TEXT = {Task.SUMMARISATION, Task.TRANSLATION, Task.EXTRACTION, Task.CLASSIFICATION, Task.REWRITING}
_HANDED_OVER = 0.25
"""The share of the weight that is left to material."""


def log_odds(features: Features, likely: Mapping[Task, float]) -> tuple[float, dict[str, float]]:
    """The log-odds that a cheap model is not enough, and what each feature adds to them.

    `likely`: how probable each task is, 1 in all.
    """
    on_text = sum(likely.get(task, 0.0) for task in _WORKS_ON_TEXT)
    material = on_text + (1 - on_text) * features.numbers["length"]
    share = 1 - (1 - _HANDED_OVER) * material
    parts = {"task": sum(weight * likely.get(task, 0.0) for task, weight in _TASK.items())}
    proves = sum(likely.get(task, 0.0) for task in _PROVES)
    parts["proof"] = proves * _PROOF * min(1.0, features.cues.get("proof", 0.0)) ** 2
    for cues, part in ((_ASKED, 1.0), (_ABOUT, share)):
        parts |= {
            name: part * weight * min(1.0, features.cues.get(name, 0.0) / full) ** 2
            for name, (weight, full) in cues.items()
        }
    parts |= _around(features)
    parts |= {name: share * weight * features.numbers[name] for name, weight in _ABOUT_NUMBERS.items()}
    return BIAS + sum(parts.values()), parts


def of_conversation(features: Features) -> dict[str, float]:
    """What tools, earlier turns, an image and a format that the request itself names add, whatever the text says."""
    return _around(features) | {"format": _FORMAT * features.formatted}


def _around(features: Features) -> dict[str, float]:
    return {name: weight * features.numbers[name] for name, weight in _CONVERSATION.items()}
