"""Rebuilds the classifier's artefacts from data: `make train`. The same data and seed give the same bytes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from eval import calibration, complexity, feedback, open_prompts, protocols
from eval.calibration import Logistic
from eval.complexity import Model
from eval.feedback import OpenPrompts, Verdict
from eval.manifest import Missing, sources
from eval.packing import flat
from pointsman.classify import artefact
from pointsman.domain import Form
from pointsman.tiermap.dial import STORED


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exports", nargs="*", type=Path)
    parser.add_argument("--cheapest", default=feedback.CHEAPEST, help="the tier of simple prompts")
    given = parser.parse_args(arguments)
    verdicts = [verdict for path in given.exports for verdict in feedback.read(path, given.cheapest)]
    try:
        path = train(artefact.FOLDER, verdicts)
    except Missing as error:
        print(f"Not trained, data is missing: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes, {len(verdicts):,} verdicts")
    if warning := feedback.one_sided(verdicts):
        print(warning, file=sys.stderr)
    return 0


def train(folder: Path, verdicts: Sequence[Verdict] = ()) -> Path:
    """The complexity head, on all there is; what calibrates it and its dial was scored out of fold. One's own verdicts
    come last: the dial is of public outcomes alone."""
    data = protocols.read()
    if data.missing:
        raise Missing("; ".join(data.missing))
    groups = protocols.folds(data)
    score = protocols.cross_validated(data, groups)
    form = complexity.has_options(data.design)
    calibrations = [
        calibration.fit(score[rows], data.happened[rows]) for rows in (data.judged & (form == each) for each in (0, 1))
    ]
    probability = protocols.calibrated(data, score, groups)
    unranked = open_prompts.train()
    said = unranked.said()
    options, sums = data.of("mmlu"), data.of("gsm8k")
    dial = {
        Form.OPTIONS: (protocols.dial(data, probability, options), probability[options]),
        Form.SUMS: (protocols.dial(data, probability, sums), probability[sums]),
        Form.OPEN: (unranked.dial(said), said),
    }
    scale = complexity.scale(data.design)
    model = protocols.gain(data, data.judged, protocols.difficulty(data, ~data.judged, scale))
    forms, model = _own(model, calibrations, verdicts)
    others = feedback.of_open_prompts(unranked.calibration(), verdicts, scale)
    used = [source for source in sources().values() if source.use == "train"]
    metadata = {
        "seed": protocols.SEED,
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "data": [record for source in used for record in source.record()],
        "prompts": len(data.source),
        "open_prompts": len(unranked.source),
        "verdicts": len(verdicts),
        "traits": complexity.NAMES,
    }
    if folder == artefact.FOLDER:
        stored = {
            form.value: {"limits": _rounded(limits), "hundredths": _rounded(np.percentile(each, np.arange(101)))}
            for form, (limits, each) in dial.items()
        }
        STORED.write_text(json.dumps(stored) + "\n", encoding="utf-8")
    return artefact.save("complexity", _packed(model, forms, others), metadata, folder)


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _own(model: Model, calibrations: Sequence[Logistic], verdicts: Sequence[Verdict]) -> tuple[list[Logistic], Model]:
    """Both forms that outcomes rank, after the verdicts on prompts of each."""
    ranked = [verdict for verdict in verdicts if open_prompts.held(verdict.prompt) is None]
    if not ranked:
        return list(calibrations), model
    design, hard = complexity.design([verdict.prompt for verdict in ranked]), np.array([each.hard for each in ranked])
    score, (traits, terms), form = model.score(design), model.scale.columns(design), complexity.has_options(design)
    after = [
        feedback.of_form(before, score[rows], traits[rows], terms[rows], hard[rows])
        for before, rows in zip(calibrations, (form == 0, form == 1), strict=True)
    ]
    found, by_traits, by_terms = zip(*after, strict=True)
    return list(found), replace(
        model, traits=model.traits + np.array(by_traits), terms=model.terms + np.array(by_terms)
    )


def _packed(model: Model, calibrations: Sequence[Logistic], others: OpenPrompts) -> dict[str, array[Any]]:
    """The arrays of the artefact. Terms in a byte each; `term_scale` is what a step of a form's adds to log-odds. Those
    of open prompts come last, and not at all where nothing was learned of them."""
    by_form = [each.slope * row for each, row in zip(calibrations, model.terms, strict=True)]
    term_scale = np.array([np.abs(row).max() / 127 for row in (*by_form, others.words)])
    if others.words.any():
        by_form.append(others.words)
    steps = [row / scale for row, scale in zip(by_form, term_scale, strict=False)]
    arrays = {
        "mean": model.scale.mean.astype(np.float32),
        "spread": model.scale.spread.astype(np.float32),
        "traits": model.traits.astype(np.float32),
        "terms": np.round(np.vstack(steps)).astype(np.int8),
        "term_scale": term_scale.astype(np.float32),
        "rarity": np.round(model.scale.rarity * (255 / model.scale.rarity.max())).astype(np.uint8),
        "slope": np.array([each.slope for each in (*calibrations, others.calibration)], np.float32),
        "offset": np.array([each.offset for each in (*calibrations, others.calibration)], np.float32),
        "tasks": others.tasks.astype(np.float32),
    }
    return {name: flat(values) for name, values in arrays.items()}


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ.get(name) != "1":
            sys.exit(f"Set {name}=1, as `make train` does: sums in another order give other bytes.")
    sys.exit(main(sys.argv[1:]))
