"""Prompts that stand in two sets, told by their words: case and white space do not count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def within(prompts: Sequence[str], others: Iterable[str]) -> NDArray[np.bool_]:
    """Which of the prompts stand among the others."""
    known = {_words(other) for other in others}
    return np.array([_words(prompt) in known for prompt in prompts], bool)


def _words(prompt: str) -> str:
    return " ".join(prompt.casefold().split())
