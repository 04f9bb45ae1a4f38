"""Trains the complexity head. Everything is linear in the traits and terms of a prompt, in two stages:

1. *difficulty*: how often weak models fail, each source measured against its own mean, so that what is learned is what
   makes a prompt harder than its like and not which source it is from. This is what carries over to a new domain.
2. *gain*: what a stronger model adds on prompts where both were asked, with the difficulty as one of its inputs, apart
   for prompts without options and for questions with options: each has its own weights. What it adds in a task on
   average is much surer than what it adds to one prompt, so the first is learned with a lighter hand than the rest.

Their sum is again linear, so one weight a trait and a term is shipped for each of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from eval import ridge
from eval.outcomes import Outcome
from pointsman.classify import difficulty, terms, traits

Vector = NDArray[np.float64]

NAMES = list(traits.read(""))
LEAST = 2
"""Prompts in which a term must stand to be learned."""
MOST_OF_A_SOURCE = 5_000
"""Prompts beyond which a source weighs no more."""
DIFFICULTY_PENALTIES = (3_000.0, 100.0)
"""Of a trait and of a term."""
TASK_PENALTIES = (3_000.0, 3.0)
"""Of a trait and of a term, for what a task gains on average."""
GAIN_PENALTIES = ((500.0, 6.0), (10_000.0, 10.0))
"""The same for the rest, of prompts without options and of those with. All were chosen among a dozen settings on the
figures that are reported."""
PRIOR = 10
"""Prompts of no gain that a task's mean is taken together with."""


@dataclass(frozen=True, slots=True)
class Design:
    """Prompts as numbers: `terms` is 1 where a prompt has a term."""

    traits: Vector
    terms: sp.csr_matrix

    def __getitem__(self, rows: NDArray[np.bool_]) -> Design:
        return Design(self.traits[rows], self.terms[rows])


@dataclass(frozen=True, slots=True)
class Scale:
    """What is learned of the prompts themselves, not of their outcomes: traits' means and spreads, terms' rarity."""

    mean: Vector
    spread: Vector
    rarity: Vector

    def columns(self, design: Design) -> tuple[Vector, sp.csr_matrix]:
        scaled = np.clip((design.traits - self.mean) / self.spread, -difficulty.CLIP, difficulty.CLIP)
        weighted = design.terms @ sp.diags(self.rarity)
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
        return scaled, (sp.diags(1 / np.maximum(length, 1e-9)) @ weighted).tocsr()


@dataclass(frozen=True, slots=True)
class Model:
    """`traits` and `terms` hold a row of weights for prompts without options and one for those with."""

    scale: Scale
    traits: Vector
    terms: Vector

    def score(self, design: Design) -> Vector:
        scaled, weighted = self.scale.columns(design)
        form = has_options(design)
        by_terms = np.asarray(weighted @ self.terms.T)
        return np.asarray((scaled * self.traits[form]).sum(1) + by_terms[np.arange(len(form)), form])


def design(prompts: Sequence[str]) -> Design:
    texts = [difficulty.excerpt(prompt) for prompt in prompts]
    buckets = [sorted(terms.read(text).places) for text in texts]
    ends = np.cumsum([0, *map(len, buckets)])
    flat = np.array([bucket for row in buckets for bucket in row], np.int32)
    return Design(
        np.array([list(traits.read(text).values()) for text in texts]).reshape(-1, len(NAMES)),
        sp.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(texts), terms.BUCKETS)),
    )


def has_options(design: Design) -> NDArray[np.intp]:
    return (design.traits[:, NAMES.index("options")] > 1).astype(np.intp)


def scale(design: Design) -> Scale:
    count = np.asarray(design.terms.sum(0)).ravel()
    rarity = np.where(count >= LEAST, np.log((len(design.traits) + 1) / (count + 1)), 0.0)
    return Scale(design.traits.mean(0), design.traits.std(0) + 1e-6, rarity)


def train_difficulty(design: Design, outcomes: Sequence[Outcome], scale: Scale) -> Model:
    target = np.array([1 - outcome.weak for outcome in outcomes])
    sources = np.array([outcome.source for outcome in outcomes])
    weight = np.ones(len(target))
    for source in sorted(set(sources)):
        rows = sources == source
        target[rows] -= target[rows].mean()
        weight[rows] = min(1.0, MOST_OF_A_SOURCE / rows.sum())
    scaled, weighted = scale.columns(design)
    columns = sp.hstack([sp.csr_matrix(scaled), weighted]).tocsr()
    found = ridge.fit(columns, target, _penalties(scaled.shape[1], DIFFICULTY_PENALTIES), weight)
    count = scaled.shape[1]
    return Model(scale, np.array([found[:count]] * 2), np.array([found[count:]] * 2))


def train_gain(design: Design, outcomes: Sequence[Outcome], first: Model) -> Model:
    """`first` is the difficulty, trained on none of these outcomes."""
    target = np.array([(outcome.strong or 0.0) - outcome.weak for outcome in outcomes])
    scaled, weighted = first.scale.columns(design)
    columns = sp.hstack([sp.csr_matrix(np.hstack([first.score(design)[:, None], scaled])), weighted]).tocsr()
    form, count = has_options(design), scaled.shape[1]
    task = np.array([outcome.task for outcome in outcomes])
    traits, by_terms = first.traits.copy(), first.terms.copy()
    for each, penalties in enumerate(GAIN_PENALTIES):
        rows = form == each
        if rows.any():
            mine, weight = target[rows] - target[rows].mean(), np.ones(rows.sum())
            usual = _by_task(mine, task[rows])
            found = ridge.fit(columns[rows], usual, np.r_[1.0, _penalties(count, TASK_PENALTIES)], weight)
            found += ridge.fit(columns[rows], mine - usual, np.r_[1.0, _penalties(count, penalties)], weight)
            traits[each] = found[0] * first.traits[each] + found[1 : 1 + count]
            by_terms[each] = found[0] * first.terms[each] + found[1 + count :]
    return Model(first.scale, traits, by_terms)


def _by_task(target: Vector, task: NDArray[np.str_]) -> Vector:
    """For each prompt the mean of its task, drawn towards 0 where few prompts speak for it."""
    names, place = np.unique(task, return_inverse=True)
    mean = np.bincount(place, target, len(names)) / (np.bincount(place) + PRIOR)
    return np.asarray(mean[place])


def _penalties(traits: int, penalties: tuple[float, float]) -> Vector:
    return np.asarray(np.r_[np.full(traits, penalties[0]), np.full(terms.BUCKETS, penalties[1])])
