"""Trains and judges the task head.

    python -m eval.task train [FEEDBACK]   writes task.npz; the same data and seed give the same bytes
    python -m eval.task evaluate           writes results/task.md

Two protocols, never mixed: `unseen sources` trains on the sources for training and tests on other people's whole data
sets, and is what a user meets; `random split` holds out a fifth of the training sources and flatters.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from eval.manifest import Missing
from eval.packing import flat
from eval.task_data import Example, examples, feedback, records
from pointsman.classify import artefact, embedding, features, task
from pointsman.domain import Task, request_of

SEED = 7
STRENGTH = 0.2
"""The inverse of the regularisation: chosen on unseen sources among 0.1, 0.2, 0.5 and 1."""
WORDS = 4.0
"""How large the words stand beside the cues: chosen likewise among 2, 4 and 6."""
OFTEN = {Task.QUESTION_ANSWERING: 4, Task.CREATIVE_WRITING: 4, Task.REASONING: 1.5}
"""What people ask for often counts so many times as the rest: chosen among seven such mixes on half of Auto-J."""
OPENINGS = (
    "I was told that you are good at this, so let us see. ",
    "This is for a project at work. ",
    "You are a helpful assistant. ",
    "A friend of mine wants to know the following. ",
    "It has been a long day and I am tired. ",
    "Here is what my teacher gave us: ",
    "I have tried it myself without success. ",
    "Please respond to this: ",
)
RESULTS = Path(__file__).parent / "results" / "task.md"
TASKS = sorted(Task)

Labels = NDArray[np.str_]


def read(example: Example) -> features.Features:
    return features.read(request_of(example.text))


def fit(rows: Sequence[Example]) -> artefact.Artefact:
    """The head trained on these rows, once as they are and once with an opening that says nothing of the work. Each
    task counts as `OFTEN` says, and in it a source by the root of its size."""
    rows = [*rows, *(replace(row, text=OPENINGS[place % len(OPENINGS)] + row.text) for place, row in enumerate(rows))]
    found = [read(row) for row in rows]
    names = [*sorted(task.LABELS), *sorted(found[0].numbers)]
    dense = csr_matrix(np.array([task.dense(one, names) for one in found], np.float32))
    seen = hstack([_words(found), dense]).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=500, random_state=SEED)
    model.fit(seen, [str(row.task) for row in rows], sample_weight=_weights(rows))
    per_word = model.coef_[:, : task.BUCKETS] * WORDS
    scale = float(np.abs(per_word).max() / 127)
    return artefact.Artefact(
        arrays={
            "words": flat(np.round(per_word / scale).astype(np.int8)),
            "scale": array("d", [round(scale, 8)]),
            "dense": flat(np.round(model.coef_[:, task.BUCKETS :], 5).astype(np.float32)),
            "bias": flat(np.round(model.intercept_, 5).astype(np.float32)),
            "seen": array("B", "\n".join(_seen(found[: len(found) // 2])).encode()),
        },
        metadata={"tasks": [str(name) for name in model.classes_], "features": names},
    )


def _words(found: Sequence[features.Features]) -> csr_matrix:
    """A row for each prompt, a column for each bucket: how much the head counts it there."""
    at, buckets, counts = [], [], []
    for place, one in enumerate(found):
        for share, text in one.said:
            hashed = sorted(task.buckets(embedding.words(text)))
            at += [place] * len(hashed)
            buckets += hashed
            counts += [WORDS * share * len(hashed) ** -0.5] * len(hashed)
    return csr_matrix((counts, (at, buckets)), shape=(len(found), task.BUCKETS))


def _seen(found: Sequence[features.Features]) -> list[str]:
    """The words of two prompts or more that the encoder does not know: other languages' most of all."""
    count = Counter(word for one in found for word in {word for _, text in one.said for word in embedding.words(text)})
    return sorted(word for word, prompts in count.items() if prompts > 1 and word not in embedding.load().tokens)


def _weights(rows: Sequence[Example]) -> NDArray[np.float64]:
    sizes = Counter((row.task, row.source) for row in rows)
    weights = np.array([sizes[row.task, row.source] ** -0.5 for row in rows])
    totals = {name: weights[[row.task == name for row in rows]].sum() for name in TASKS}
    weights *= [OFTEN.get(row.task, 1) / totals[row.task] for row in rows]
    normal: NDArray[np.float64] = weights / weights.mean()
    return normal


def train(rows: Sequence[Example], folder: Path = artefact.FOLDER) -> Path:
    trained = fit(rows)
    versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "python": platform.python_version()}
    metadata = {**trained.metadata, "seed": SEED, "versions": versions, "data": records(), "prompts": len(rows)}
    return artefact.save("task", trained.arrays, metadata, folder)


def evaluate() -> str:
    known, unseen = examples("train"), examples("evaluate")
    fold = [int(hashlib.sha256(row.text.encode()).hexdigest(), 16) % 5 for row in known]
    within = task.Head(fit([row for row, part in zip(known, fold, strict=True) if part]))
    held_out = [row for row, part in zip(known, fold, strict=True) if not part]
    guessed = _guessed(task.load(), unseen)
    lines = [
        "# The task head",
        "",
        f"{len(known):,} prompts to train on, {len(unseen):,} to test on; `eval/prompts.toml` says whose they are, "
        "`eval/tasks.toml` how their tags were sorted into eleven tasks. The sorting is ours, and some of it is a "
        "matter of taste: whether planning is reasoning, say.",
        "",
        "## Unseen sources",
        "",
        "| source | prompts | accuracy | macro-F1 | commonest task |",
        "| --- | --- | --- | --- | --- |",
    ]
    for source in dict.fromkeys(row.source for row in unseen):
        picked = np.array([row.source == source for row in unseen])
        lines.append(_row(source, _truth(unseen)[picked], guessed[picked]))
    lines += [
        _row("**all**", _truth(unseen), guessed),
        "",
        "## Random split of the training sources",
        "",
        "It flatters: much of what is held out is worded as its neighbours are.",
        "",
        "| source | prompts | accuracy | macro-F1 | commonest task |",
        "| --- | --- | --- | --- | --- |",
        _row("a fifth held out", _truth(held_out), _guessed(within, held_out)),
        "",
        "## Confusion, unseen sources",
        "",
        "Rows are the truth, columns the guess.",
        "",
        "| | " + " | ".join(name[:6] for name in TASKS) + " | recall |",
        "|" + " --- |" * (len(TASKS) + 2),
    ]
    for name, counts in zip(TASKS, confusion_matrix(_truth(unseen), guessed, labels=TASKS), strict=True):
        recall = counts[TASKS.index(name)] / counts.sum()
        lines.append(f"| {name} | " + " | ".join(map(str, counts)) + f" | {recall:.0%} |")
    return "\n".join(lines) + "\n"


def _truth(rows: Sequence[Example]) -> Labels:
    return np.array([str(row.task) for row in rows])


def _guessed(head: task.Head, rows: Sequence[Example]) -> Labels:
    return np.array([str(head(read(row)).task) for row in rows])


def _row(name: str, truth: Labels, guessed: Labels) -> str:
    present: list[Any] = sorted(set(truth))
    macro = f1_score(truth, guessed, average="macro", labels=present, zero_division=0)
    commonest = Counter(truth.tolist()).most_common(1)[0][1] / len(truth)
    return f"| {name} | {len(truth):,} | {accuracy_score(truth, guessed):.1%} | {macro:.3f} | {commonest:.1%} |"


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments[0] == "train":
            print(train([*examples("train"), *(row for path in arguments[1:] for row in feedback(Path(path)))]))
        else:
            RESULTS.write_text(evaluate(), encoding="utf-8")
            print(RESULTS.read_text(encoding="utf-8"))
    except Missing as error:
        print(f"Data is missing: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
