"""What the classifier makes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Task(StrEnum):
    CODING = "coding"
    MATH = "math"
    REASONING = "reasoning"
    EXTRACTION = "extraction"
    CLASSIFICATION = "classification"
    SUMMARISATION = "summarisation"
    TRANSLATION = "translation"
    REWRITING = "rewriting"
    QUESTION_ANSWERING = "question_answering"
    CREATIVE_WRITING = "creative_writing"
    CONVERSATION = "conversation"


class Form(StrEnum):
    """What the outcomes are of that a complexity was learned from."""

    OPTIONS = "options"
    """A question with options to choose from."""
    SUMS = "sums"
    """A sum in words."""
    OPEN = "open"
    """Anything else."""


class Kind(StrEnum):
    """What a signal explains."""

    TASK = "task"
    COMPLEXITY = "complexity"


class Signal(NamedTuple):
    """One reason for a classification. Of the complexity, all are given: `offset` and what each feature adds to it, in
    log-odds. Of the task, the weightiest: `coding>math:words` is what the words add to its lead over the runner-up, in
    log-odds of the one to the other. A tuple, as it is made a dozen times or more for each request."""

    name: str
    weight: float
    kind: Kind = Kind.TASK


@dataclass(frozen=True, slots=True)
class Classification:
    """`complexity` and `confidence` lie in 0–1; `task` is a `Task` value or a custom task's name."""

    task: str
    complexity: float
    confidence: float
    signals: tuple[Signal, ...] = ()
    form: Form = Form.OPEN
