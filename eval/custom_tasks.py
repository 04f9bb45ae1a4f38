"""How well custom tasks are told apart by a few examples, and how much off-topic text they let in.

    python -m eval.custom_tasks        writes results/custom-tasks.md

CLINC-150 (CC BY 3.0) has 150 intents and 1,200 queries that belong to none of them; Banking77 (CC BY 4.0) has 77
intents of one bank, close to each other. Each round draws topics and examples by its seed and classifies every other
query of these topics, the out-of-scope queries and ordinary prompts. The rule of `custom.py` was chosen on every second
intent of CLINC and half of its out-of-scope queries; the others are judged here. Nothing of it is in the encoder.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from eval import manifest, task_data
from pointsman.classify import custom, embedding
from pointsman.classify.courtesy import strip
from pointsman.tiermap.compile import THRESHOLD

ROUNDS = 100
RESULTS = Path(__file__).parent / "results" / "custom-tasks.md"
THRESHOLDS = (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
CHINESE = "alignbench"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Texts:
    """Of each text its vector and, sparse, whether it has a token and what share of its weight that is."""

    vectors: Floats
    has: csr_matrix
    shares: csr_matrix

    def __getitem__(self, rows: NDArray[np.intp]) -> Texts:
        return Texts(self.vectors[rows], self.has[rows], self.shares[rows])


@dataclass(frozen=True)
class Corpus:
    name: str
    topics: dict[str, Texts]


@dataclass(frozen=True)
class Round:
    """`right`: whether the nearest topic is the query's own; `near`: its similarity; `off`, `ordinary`: that of texts
    of no topic."""

    right: NDArray[np.bool_]
    near: Floats
    off: Floats
    ordinary: Floats

    def figures(self, threshold: float) -> tuple[float, ...]:
        """Shares: right, another topic, left in the default, off-topic let in, ordinary prompts let in."""
        found = self.near >= threshold
        let_in = [(texts >= threshold).mean() for texts in (self.off, self.ordinary)]
        return (self.right & found).mean(), (~self.right & found).mean(), (~found).mean(), *let_in


def main() -> None:
    public = manifest.sources("prompts.toml")
    clinc, off = _clinc(public["clinc"].path("data_full.json"))
    banking = _banking(public["banking77"].paths())
    ordinary = read([each.text for each in task_data.examples("evaluate") if each.source != CHINESE])
    table = [
        "| corpus | topics | examples | right | worst round | another topic | left in the default "
        "| off-topic let in | ordinary prompts let in |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    at: list[Round] = []
    for corpus in (clinc, banking):
        for topics in (1, 4, 8, 16):
            for examples in (1, 3, 5, 10):
                rounds = [_round(corpus, off, ordinary, topics, examples, seed) for seed in range(ROUNDS)]
                at = rounds if (corpus, topics, examples) == (clinc, 8, 5) else at
                figures = np.array([one.figures(THRESHOLD) for one in rounds])
                right, *others = (f"{share:.1%}" for share in figures.mean(0))
                cells = [corpus.name, str(topics), str(examples), right, f"{figures[:, 0].min():.1%}", *others]
                table.append(f"| {' | '.join(cells)} |")
    by_threshold = [
        "| threshold | right | another topic | left in the default | off-topic let in | ordinary prompts let in |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for threshold in THRESHOLDS:
        shares = np.mean([one.figures(threshold) for one in at], axis=0)
        by_threshold.append(f"| {threshold} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        f"# Custom tasks from examples\n\nEncoder `{embedding.load().name}`, {ROUNDS} rounds each, topics and examples "
        "drawn at random: not chosen to be well apart.\n"
        f"The rule was chosen on every second intent of CLINC-150 and half of its out-of-scope queries. Judged are the "
        f"other {len(clinc.topics)} intents\nand, as off-topic, the other {len(off.vectors)} queries; nothing was "
        f"chosen on Banking77. Ordinary prompts: {len(ordinary.vectors):,} English ones that the\ntask head was not "
        "trained on (600 of them were seen when the rule was chosen).\n\n"
        f"## At the default threshold, {THRESHOLD}\n\n"
        + "\n".join(table)
        + "\n\n## By threshold: CLINC-150, 8 topics, 5 examples\n\n"
        + "\n".join(by_threshold)
        + "\n",
        encoding="utf-8",
    )
    print(RESULTS.read_text(encoding="utf-8"))


def _round(corpus: Corpus, off: Texts, ordinary: Texts, topics: int, examples: int, seed: int) -> Round:
    random = np.random.default_rng(seed)
    names = random.choice(sorted(corpus.topics), topics, replace=False)
    groups = [corpus.topics[name] for name in names]
    orders = [random.permutation(len(group.vectors)) for group in groups]
    shown = [group[order[:examples]] for group, order in zip(groups, orders, strict=True)]
    near_to = similarity(shown)
    asked = [near_to(group[order[examples:]]) for group, order in zip(groups, orders, strict=True)]
    truth = np.repeat(np.arange(topics), [len(rows) for rows in asked])
    near = np.concatenate(asked)
    return Round(near.argmax(1) == truth, near.max(1), near_to(off).max(1), near_to(ordinary).max(1))


def similarity(shown: Sequence[Texts]) -> Callable[[Texts], Floats]:
    """What `custom.nearest` does with these examples, for many queries at once: a row each, a column for each topic."""
    centres = np.array([embedding.unit(group.vectors.sum(0)) for group in shown], np.float32)
    tokens = vstack([csr_matrix(group.has.max(0)) for group in shown]).T.tocsr()
    allowed = np.array([custom.allowance(list(map(tuple, group.vectors.tolist()))) for group in shown], np.float32)

    def near(queries: Texts) -> Floats:
        shared = (queries.shares @ tokens).toarray()
        found: Floats = (1 - custom.WORDS) * (queries.vectors @ centres.T) + custom.WORDS * shared + allowed
        return found

    return near


def read(texts: Sequence[str]) -> Texts:
    encode = embedding.load()
    vectors, rows, columns, shares = [], [], [], []
    for row, text in enumerate(texts):
        counts = encode.counts(strip(text))
        weights = encode.weigh(counts)
        vectors.append(encode.vector(counts))
        rows += [row] * len(weights)
        columns += list(weights)
        shares += [weight / sum(weights.values()) for weight in weights.values()]
    shape = (len(texts), len(encode.tokens))
    ones = np.ones(len(rows), np.float32)
    return Texts(
        np.array(vectors, np.float32),
        csr_matrix((ones, (rows, columns)), shape),
        csr_matrix((np.array(shares, np.float32), (rows, columns)), shape),
    )


def _clinc(path: Path) -> tuple[Corpus, Texts]:
    """Every second intent and half of the queries that have none: those that the rule was not chosen on."""
    splits = json.loads(path.read_text(encoding="utf-8"))
    texts: dict[str, list[str]] = defaultdict(list)
    for split in ("train", "val", "test"):
        for text, intent in splits[split]:
            texts[intent].append(text)
    off = [text for name in splits if "oos" in name for text, _ in splits[name]]
    order = np.random.default_rng(0).permutation(len(off))
    kept = {name: read(texts[name]) for name in sorted(texts)[1::2]}
    return Corpus("CLINC-150", kept), read(off)[order[len(off) // 2 :]]


def _banking(paths: Iterable[Path]) -> Corpus:
    texts: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                texts[row["category"]].append(row["text"])
    return Corpus("Banking77", {name: read(group) for name, group in texts.items()})


if __name__ == "__main__":
    main()
