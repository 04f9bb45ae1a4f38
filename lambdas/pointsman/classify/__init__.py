"""A chat request → its task, its complexity and how far to trust both. Pure: no clock, no network, nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pointsman.classify import complexity, custom, difficulty, features, task
from pointsman.domain import ChatRequest, Classification, CustomTasks, Kind, Signal

NONE = CustomTasks()


class Classifier(Protocol):
    def __call__(self, request: ChatRequest, tasks: CustomTasks = NONE) -> Classification: ...


def load() -> Classifier:
    """The classifier the router uses: read it once, at cold start."""
    difficulty.head()
    task.load()
    features.speller()
    return classify


def classify(request: ChatRequest, tasks: CustomTasks = NONE) -> Classification:
    """Classify the last user turn, in the light of the conversation. A custom task that is near comes first."""
    found = features.read(request)
    guess = task.guess(found)
    hard = complexity.score(found, guess)
    signals = (*_signals(guess.parts, Kind.TASK), *_signals(hard.parts, Kind.COMPLEXITY))
    if match := custom.match(request, tasks):
        signals = (Signal(f"custom:{match.name}", match.similarity), *signals)
        return Classification(match.name, round(hard.value, 4), match.similarity, signals, hard.form)
    confidence = _confidence(found, guess, hard.known)
    return Classification(guess.task.value, round(hard.value, 4), confidence, signals, hard.form)


def _signals(parts: Mapping[str, float], kind: Kind) -> list[Signal]:
    return [Signal(name, part, kind) for name, part in parts.items() if part]


def _confidence(found: features.Features, guess: task.TaskGuess, known: float) -> float:
    """High where cues or words were recognised and agree, and the text is made of words that stood in the training
    data; low for a text unlike any other."""
    return round(guess.evidence * found.numbers["words"] * (0.4 + 0.6 * guess.margin) * (0.6 + 0.4 * known), 4)
