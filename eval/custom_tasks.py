"""How well custom tasks are told apart by a few examples, and how much off-topic text they let in.

    python -m eval.custom_tasks        writes results/custom-tasks.md

CLINC-150 (CC BY 3.0) has 150 intents and 1,200 queries that belong to none of them; Banking77 (CC BY 4.0) has 77
intents of one bank, close to each other. Each round draws topics and examples by its seed and classifies every other
query of these topics. Evaluation only: nothing of it is in the encoder.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval import manifest
from pointsman.classify import embedding
from pointsman.classify.custom import NEAREST

ROUNDS = 100
RESULTS = Path(__file__).parent / "results" / "custom-tasks.md"
THRESHOLDS = (0.4, 0.45, 0.5, 0.55, 0.6)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Corpus:
    """A topic's queries as one matrix of vectors; `off` belong to no topic."""

    topics: dict[str, Floats]
    off: Floats


@dataclass(frozen=True)
class Round:
    """`right`: whether the nearest topic is the query's own; `near`: its similarity; `off`: that of off-topic text."""

    right: NDArray[np.bool_]
    near: Floats
    off: Floats


def main() -> None:
    public = manifest.sources("prompts.toml")
    clinc, banking = _clinc(public["clinc"].path("data_full.json")), _banking(public["banking77"].paths())
    banking = Corpus(banking.topics, clinc.off)
    table = [
        "| corpus | topics | examples | accuracy | worst round | rounds ≥ 90 % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, corpus in (("CLINC-150", clinc), ("Banking77", banking)):
        for topics in (4, 8, 16):
            for examples in (3, 5, 10):
                rounds = [_round(corpus, topics, examples, seed) for seed in range(ROUNDS)]
                accuracy = np.array([one.right.mean() for one in rounds])
                table.append(
                    f"| {name} | {topics} | {examples} | {accuracy.mean():.1%} | {accuracy.min():.1%} | "
                    f"{(accuracy >= 0.9).mean():.0%} |"
                )
    rounds = [_round(clinc, 8, 5, seed) for seed in range(ROUNDS)]
    off = [
        "| threshold | on-topic, right task | on-topic, left in the default | off-topic let in |",
        "| --- | --- | --- | --- |",
    ]
    for threshold in THRESHOLDS:
        kept = np.mean([(one.right & (one.near >= threshold)).mean() for one in rounds])
        left = np.mean([(one.near < threshold).mean() for one in rounds])
        let_in = np.mean([(one.off >= threshold).mean() for one in rounds])
        off.append(f"| {threshold} | {kept:.1%} | {left:.1%} | {let_in:.1%} |")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        f"# Custom tasks from examples\n\nEncoder `{embedding.load().name}`, {ROUNDS} rounds each, topics drawn at "
        "random: not chosen to be well apart.\n"
        "Accuracy is without a threshold: every query goes to the nearest topic.\n\n"
        + "\n".join(table)
        + "\n\n## Off-topic text\n\nCLINC-150, 8 topics, 5 examples; off-topic are its 1,200 out-of-scope queries.\n\n"
        + "\n".join(off)
        + "\n",
        encoding="utf-8",
    )
    print(RESULTS.read_text(encoding="utf-8"))


def _round(corpus: Corpus, topics: int, examples: int, seed: int) -> Round:
    random = np.random.default_rng(seed)
    names = random.choice(sorted(corpus.topics), topics, replace=False)
    groups = [random.permutation(corpus.topics[name]) for name in names]
    shown = [group[:examples] for group in groups]
    asked = np.concatenate([group[examples:] for group in groups])
    truth = np.repeat(np.arange(topics), [len(group) - examples for group in groups])
    near = _similarities(asked, shown)
    return Round(near.argmax(1) == truth, near.max(1), _similarities(corpus.off, shown).max(1))


def _similarities(queries: Floats, shown: list[Floats]) -> Floats:
    """As `custom.nearest` does it, for many queries at once."""
    columns = [
        (1 - NEAREST) * (queries @ np.array(embedding.unit(group.mean(0)))) + NEAREST * (queries @ group.T).max(1)
        for group in shown
    ]
    return np.stack(columns, axis=1)


def _clinc(path: Path) -> Corpus:
    splits = json.loads(path.read_text(encoding="utf-8"))
    texts: dict[str, list[str]] = defaultdict(list)
    for split in ("train", "val", "test"):
        for text, intent in splits[split]:
            texts[intent].append(text)
    return Corpus(_encoded(texts), _matrix([text for name in splits if "oos" in name for text, _ in splits[name]]))


def _banking(paths: Iterable[Path]) -> Corpus:
    texts: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                texts[row["category"]].append(row["text"])
    return Corpus(_encoded(texts), np.zeros((0, 0), np.float32))


def _encoded(texts: dict[str, list[str]]) -> dict[str, Floats]:
    return {name: _matrix(group) for name, group in texts.items()}


def _matrix(texts: list[str]) -> Floats:
    return np.array([embedding.load()(text) for text in texts], np.float32)


if __name__ == "__main__":
    main()
