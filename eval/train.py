"""Rebuilds the classifier's artefacts from data: `make train`. The same data and seed give the same bytes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import scipy

from eval import calibration, complexity, open_prompts, protocols
from eval.manifest import Missing, sources
from eval.packing import flat
from pointsman.classify import artefact
from pointsman.domain import Form
from pointsman.tiermap.dial import STORED


def main() -> int:
    try:
        path = train(artefact.FOLDER)
    except Missing as error:
        print(f"Not trained, data is missing: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


def train(folder: Path) -> Path:
    """The complexity head, on all there is; what calibrates it and its dial was scored out of fold."""
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
    limits = {
        Form.OPTIONS: protocols.dial(data, probability, data.of("mmlu")),
        Form.SUMS: protocols.dial(data, probability, data.of("gsm8k")),
        Form.OPEN: unranked.dial(unranked.said()),
    }
    scale = complexity.scale(data.design)
    model = protocols.gain(data, data.judged, protocols.difficulty(data, ~data.judged, scale))
    used = [source for source in sources().values() if source.use == "train"]
    metadata = {
        "seed": protocols.SEED,
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "data": [record for source in used for record in source.record()],
        "prompts": len(data.source),
        "open_prompts": len(unranked.source),
        "traits": complexity.NAMES,
    }
    if folder == artefact.FOLDER:
        rounded = {form.value: [round(float(limit), 4) for limit in each] for form, each in limits.items()}
        STORED.write_text(json.dumps(rounded) + "\n", encoding="utf-8")
    arrays = complexity.packed(model, calibrations, unranked.calibration())
    return artefact.save("complexity", {name: flat(values) for name, values in arrays.items()}, metadata, folder)


if __name__ == "__main__":
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ.get(name) != "1":
            sys.exit(f"Set {name}=1, as `make train` does: sums in another order give other bytes.")
    sys.exit(main())
