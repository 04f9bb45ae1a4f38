"""Draws a benchmark's curves: quality against the share of strong calls, and against dollars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from eval import plots
from eval.benchmark import Benchmark, Rows


def draw(judged: Benchmark, orders: Mapping[str, Rows], folder: Path) -> None:
    share, spent = {}, {}
    for label, rows in orders.items():
        name, (kept, paid) = label.replace("*", ""), judged.curves(rows)
        share[name], spent[name] = (np.linspace(0, 1, len(kept)), kept), (paid, kept)
    line = np.array([judged.weak.sum() / judged.strong.sum(), 1.0])
    share["random"] = np.array([0.0, 1.0]), line
    spent["random"] = np.array([judged.cheap.sum(), judged.dear.sum()]), line
    plots.curves(folder / judged.file("share"), judged.title, share, "share of prompts to the strong model")
    plots.curves(folder / judged.file("dollars"), judged.title, spent, "US dollars for all prompts")
