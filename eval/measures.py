"""How good a ranking of prompts is at choosing which of them a strong model should answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """APGR: the recovered share of the gap between weak and strong, averaged over all shares of strong calls. CPT50 and
    CPT80: the least share of strong calls that recovers that much of it."""

    apgr: float
    cpt50: float
    cpt80: float


def tie_breaker(prompts: Sequence[str]) -> NDArray[np.uint64]:
    """A fixed order among prompts of one score, so that the order they are stored in never counts."""
    return np.array([int.from_bytes(hashlib.md5(p.encode()).digest()[:8]) for p in prompts], np.uint64)  # noqa: S324


def order(score: Vector, tie: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The prompts from the first to be sent to the strong model to the last."""
    return np.lexsort((tie, -score))


def recovered(gain: Vector) -> Vector:
    """The share of the gap recovered after none, one, … all prompts of an ordered list."""
    return np.asarray(np.r_[0.0, np.cumsum(gain)] / gain.sum())


def ranked(gain: Vector, score: Vector, tie: NDArray[np.uint64]) -> Ranking:
    """Of prompts in the order of their scores."""
    return rank(gain[order(score, tie)])


def rank(gain: Vector) -> Ranking:
    """Of gains in the order of their prompts."""
    curve = recovered(gain)
    return Ranking(
        float(((curve[1:] + curve[:-1]) / 2).mean()),
        float(np.argmax(curve >= 0.5) / len(gain)),
        float(np.argmax(curve >= 0.8) / len(gain)),
    )


def calibration_error(probability: Vector, happened: Vector, bins: int = 15) -> float:
    """ECE over bins of as many prompts each."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    gaps = [len(part) * abs(probability[part].mean() - happened[part].mean()) for part in parts if len(part)]
    return float(sum(gaps) / len(probability))


def interval(
    gain: Vector, score: Vector, tie: NDArray[np.uint64], draws: int = 300, seed: int = 0
) -> tuple[float, float]:
    """The middle 95 % of the APGR over prompts drawn with replacement."""
    low, high = bootstrap(lambda rows: [rank(gain[rows]).apgr], order(score, tie), draws, seed)[:, 0]
    return float(low), float(high)


def bootstrap(
    figures: Callable[[NDArray[np.intp]], Sequence[float]], order: NDArray[np.intp], draws: int = 300, seed: int = 0
) -> Vector:
    """The middle 95 % of each figure over prompts drawn with replacement, as a row of lower ends and one of upper ends.
    `figures` takes the drawn prompts in the order given."""
    random = np.random.default_rng(seed)
    place = np.argsort(order)
    drawn = [figures(order[np.sort(place[random.integers(0, len(order), len(order))])]) for _ in range(draws)]
    return np.asarray(np.percentile(drawn, [2.5, 97.5], axis=0))
