"""What prompts cost, for illustration: at the packaged map's prices of a cheap and of a dear model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.measures import Vector
from pointsman.tiermap.seed import packaged_map

CHEAP, DEAR = "nova-lite", "sonnet-4.6"
CHARACTERS_PER_TOKEN = 4
ANSWER = 200
"""Tokens of an answer: not in the data, so taken to be the same for every prompt and model."""


def of(prompts: Sequence[str], model: str) -> Vector:
    """US dollars for each prompt."""
    prices = packaged_map().models[model].prices
    read = np.array([len(prompt) / CHARACTERS_PER_TOKEN for prompt in prompts])
    return np.asarray((read * prices.input + ANSWER * prices.output) / 1e15)
