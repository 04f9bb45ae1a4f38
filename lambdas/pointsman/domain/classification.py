"""What the classifier makes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason for a classification: a feature's name and its signed weight in the complexity, in log-odds. A name
    like `coding<words` says what spoke for the task."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Classification:
    """`complexity` and `confidence` lie in 0–1; `task` is a `Task` value or a custom task's name."""

    task: str
    complexity: float
    confidence: float
    signals: tuple[Signal, ...] = ()
    form: Form = Form.OPEN
