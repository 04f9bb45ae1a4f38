"""The task head: what kind of work a prompt asks for, and by what margin over the next likely kind."""

from __future__ import annotations

from dataclasses import dataclass

from pointsman.classify.features import Features
from pointsman.domain import Task

_FROM_NUMBERS: dict[str, dict[Task, float]] = {
    "code": {Task.CODING: 4},
    "notation": {Task.MATH: 2},
    "operands": {Task.MATH: 1.5},
    "options": {Task.QUESTION_ANSWERING: 1.5, Task.REASONING: 1},
    "questions": {Task.QUESTION_ANSWERING: 1},
}
"""What the form of a prompt says where its words do not."""

_PRIOR = {Task.QUESTION_ANSWERING: 0.5, Task.CONVERSATION: 0.3}
_MOST = {Task.QUESTION_ANSWERING: 2.0, Task.CONVERSATION: 2.2}
"""Any task can be put as a question or after a greeting, so these carry only so far."""


@dataclass(frozen=True, slots=True)
class TaskGuess:
    """`margin`, 0–1: how far `task` leads. `evidence`: the strength behind it; near 0, nothing was recognised."""

    task: Task
    margin: float
    evidence: float


def guess(features: Features) -> TaskGuess:
    scores = {task: _PRIOR.get(task, 0.0) + min(_MOST.get(task, 9.0), features.cues.get(task, 0.0)) for task in Task}
    for name, votes in _FROM_NUMBERS.items():
        for task, weight in votes.items():
            scores[task] += weight * features.numbers[name]
    scores[Task.MATH] += 3 * min(1.0, features.cues.get("quantity", 0.0)) * min(1.0, 3 * features.numbers["operands"])
    scores[Task.EXTRACTION] += min(1.0, features.cues.get("format", 0.0))
    best, second = sorted(scores, key=lambda task: -scores[task])[:2]
    return TaskGuess(best, (scores[best] - scores[second]) / (scores[best] + 1), scores[best])
