"""The probability that a new benchmark's prompts get, when neither rank nor calibration nor dial saw anything of it.

They are ranked as under *transfer*. How probable a rank is, and the dial's limits, come from other prompts that both a
weak and a strong model were asked, each set scored by a head that was trained without it: LLMRouter's sets of the same
form, with options or without, of other models; or the other benchmark, of the same models and another form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval import complexity, protocols
from eval.complexity import Vector
from eval.open_prompts import Open
from eval.outcomes import RELATED
from eval.protocols import BENCHMARKS, Data

LEAST = 100
"""Prompts of a set that speaks for the calibration."""

Sets = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Unseen:
    """`turned`: whether a prompt ranked higher is less probable, as it was in what it is calibrated on; `dial` as in
    `calibration.dial`."""

    benchmark: str
    by: str
    turned: bool
    probability: Vector
    dial: Vector


def of(data: Data, transferred: Mapping[str, Vector]) -> list[Unseen]:
    """Each benchmark in both ways. `transferred`: the scores of its prompts, from all data in which it has no part."""
    return [
        _judged(data, name, by, sets, transferred[name])
        for name in BENCHMARKS
        for by, sets in (("sets of its form", _alike(data, name)), ("the other benchmark", _other(data, name)))
    ]


def _alike(data: Data, benchmark: str) -> Sets:
    form = complexity.has_options(data.design)
    alike = data.without(benchmark) & ~data.judged & data.both & (form == round(form[data.of(benchmark)].mean()))
    found = {name: alike & (data.source == name) for name in sorted(set(data.source[alike]))}
    return {name: rows for name, rows in found.items() if rows.sum() >= LEAST}


def _other(data: Data, benchmark: str) -> Sets:
    return {name: data.of(name) for name in BENCHMARKS if name != benchmark}


def _judged(data: Data, benchmark: str, by: str, sets: Sets, transferred: Vector) -> Unseen:
    score, known = np.zeros(len(data.source)), data.without(benchmark)
    for name, rows in sets.items():
        score[rows] = protocols.difficulty(data, known & ~_related(data, name)).score(data.design[rows])
    rows = np.any(list(sets.values()), axis=0)
    weak, strong, held = (each[rows] for each in (data.weak, data.strong, score))
    others = Open(data.prompts(rows), data.source[rows], weak, strong, held, data.tie[rows])
    calibration = others.calibration()
    said = others.said() if len(sets) > 1 else calibration(others.held)
    probability = calibration(transferred)
    return Unseen(benchmark, by, calibration.slope < 0, probability, others.dial(said))


def _related(data: Data, name: str) -> NDArray[np.bool_]:
    """What holds questions of the set, itself included."""
    return np.isin(data.source, sorted(next((each for each in RELATED.values() if name in each), {name})))
