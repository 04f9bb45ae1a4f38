"""The figures of the report, as SVG that is the same for the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "pointsman"

from matplotlib import pyplot as plt  # noqa: E402 (the back end is chosen first)

Vector = NDArray[np.float64]
POINTS = 200


def curves(path: Path, title: str, lines: dict[str, tuple[Vector, Vector]], across: str) -> None:
    """Quality as a share of the strong model's, against what it takes."""
    _, axes = plt.subplots(figsize=(6.4, 4.4))
    for name, (x, y) in lines.items():
        places = np.linspace(0, len(x) - 1, min(POINTS, len(x))).astype(int)
        axes.plot(x[places], y[places], label=name, linestyle=":" if name in {"random", "oracle"} else "-")
    axes.set(title=title, xlabel=across, ylabel="quality, share of the strong model's")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(path)


def reliability(path: Path, title: str, groups: Mapping[str, tuple[Vector, Vector]], bins: int = 12) -> None:
    """How often it happened against how probable it was said to be, in bins of as many prompts."""
    _, axes = plt.subplots(figsize=(4.8, 4.4))
    top = 0.0
    for name, (probability, happened) in groups.items():
        parts = np.array_split(np.argsort(probability, kind="stable"), bins)
        said, seen = ([float(v[part].mean()) for part in parts] for v in (probability, happened))
        top = max(top, *said, *seen)
        axes.plot(said, seen, marker="o", label=name)
    axes.plot([0, top], [0, top], color="grey", linestyle=":")
    axes.set(title=title, xlabel="said: the cheap model is not enough", ylabel="happened")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    _save(path)


def _save(path: Path) -> None:
    plt.tight_layout()
    plt.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close()
