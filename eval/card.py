"""The model card of what is packaged, from what each artefact says of itself: both heads and the encoder.

python -m eval.card        writes results/model-card.md
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.manifest import Missing, Source, sources
from eval.task_data import Example, examples, used
from pointsman.classify import artefact, features, task
from pointsman.domain import request_of

RESULTS = Path(__file__).parent / "results" / "model-card.md"
CHINESE, OURS = ("belle", "alignbench"), "held-out"
"""Unseen sources that say something of other languages."""


def main() -> int:
    try:
        card = write(examples("train"), examples("evaluate"))
    except Missing as error:
        print(f"No model card, data is missing: {error}", file=sys.stderr)
        return 1
    RESULTS.write_text(card, encoding="utf-8")
    print(f"{RESULTS.name}: written")
    return 0


def write(taught: Sequence[Example], unseen: Sequence[Example]) -> str:
    """`taught`: what the task head learned from; `unseen`: what it is judged by."""
    return "\n".join(
        [
            "# Model card",
            "",
            "Written by `make eval`. Three artefacts, rebuilt by `make train` byte for byte from the same data.",
            "",
            *_complexity(artefact.load("complexity").metadata),
            *_task(artefact.load("task").metadata, taught, unseen),
            *_encoder(artefact.load("embedding")),
        ]
    )


def _complexity(metadata: Mapping[str, Any]) -> list[str]:
    return [
        "## The complexity head",
        "",
        "- **What it says**: how probable it is that a strong model is right where a cheap one is not, 0–1. Linear in "
        f"{len(metadata['traits'])} traits and in hashed words and pairs of words, then calibrated.",
        "- **For**: choosing a tier. Not for judging people, answers or the quality of a prompt.",
        f"- **Trained on**: {metadata['prompts']:,} prompts in English, {_made(metadata)}.",
        "- **Good at**: multiple-choice questions and sums in words. **Weak at**: open prompts, ranked by weights set",
        f"  by hand and calibrated on {metadata['open_prompts']:,}. **Not measured**: other languages, conversations,",
        "  newer models.",
        "- **Figures**: [complexity.md](complexity.md), none of them on outcomes it was trained on.",
        "",
        *_sources({name: source for name, source in sources().items() if source.use == "train"}),
    ]


def _task(metadata: Mapping[str, Any], taught: Sequence[Example], unseen: Sequence[Example]) -> list[str]:
    right = [str(task.load()(features.read(request_of(row.text))).task) == row.task for row in unseen]
    recall = _shares(right, [str(row.task) for row in unseen])
    by_source = _shares(right, [row.source for row in unseen])
    best = sorted(recall, key=lambda name: -recall[name])
    good, weak = (", ".join(f"{name} ({recall[name]:.0%})" for name in names) for names in (best[:3], best[:-4:-1]))
    count = Counter(row.source for row in taught)
    return [
        "## The task head",
        "",
        f"- **What it says**: which of {len(metadata['tasks'])} tasks a prompt asks for, and how sure it is. Linear "
        f"in {task.BUCKETS:,} buckets of hashed words and pairs of words and in {len(metadata['features'])} cues and "
        "numbers.",
        "- **For**: choosing a route. Not for moderation: a task is no judgement of what is asked.",
        f"- **Trained on**: {metadata['prompts']:,} prompts, {_made(metadata)}. We sorted their tags into tasks.",
        f"- **Good at** (recall on {len(unseen):,} prompts of sources it never saw): {good}. **Weak at**: {weak}.",
        "- **Languages**: words are learned of English and, from wordings of our own, of Chinese and thirteen others; "
        "cues are known in fifteen. Right in Chinese (BELLE, AlignBench): "
        f"{' and '.join(f'{by_source[name]:.0%}' for name in CHINESE if name in by_source)}; of our "
        f"{sum(row.source == OURS for row in unseen)} short prompts in ten languages, "
        f"about half of them English: {by_source[OURS]:.0%}. **Not measured**: other people's prompts in any other.",
        "- **Figures**: [task.md](task.md), [robustness.md](robustness.md).",
        "",
        *_sources(used("train"), count),
    ]


def _encoder(packed: artefact.Artefact) -> list[str]:
    tokens = bytes(packed.arrays["tokens"]).count(b"\n") + 1
    dimensions = len(packed.arrays["centre"])
    return [
        "## The encoder",
        "",
        f"- **What it says**: a direction for a text, of {dimensions} dimensions, the weighted mean of those of its "
        f"words. {tokens:,} pieces of words, each with a vector in bytes; name `{packed.metadata['name']}`.",
        "- **For**: custom tasks by examples, and telling known words from misspelt or unknown ones.",
        "- **Distilled from** all-MiniLM-L6-v2, by what that says of each piece alone, with principal components; the "
        f"direction that instructions share is taken out, {_made(packed.metadata)}.",
        "- **Good at**: topics in English. **Weak at**: word order, negation and meaning in context, which a mean of "
        "words has not; other languages, where only shared words are near each other.",
        "- **Licence**: the wheel states none; all-MiniLM-L6-v2 is Apache-2.0 by its publisher's model card, which "
        "lists what it was trained on in turn (S2ORC, Stack Exchange, MS MARCO and others, each under its own terms).",
        "- **Figures**: [custom-tasks.md](custom-tasks.md).",
        "",
        *_sources({"minilm": sources("encoder.toml")["minilm"], "ifeval": used("train")["ifeval"]}),
    ]


def _made(metadata: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(metadata["versions"].items()))
    return f"seed {metadata['seed']}, {versions}"


def _shares(right: Sequence[bool], groups: Sequence[str]) -> dict[str, float]:
    """By group, how many are right."""
    all_of, right_of = Counter(groups), Counter(group for group, each in zip(groups, right, strict=True) if each)
    return {group: right_of[group] / count for group, count in all_of.items()}


def _sources(found: Mapping[str, Source], prompts: Mapping[str, int] | None = None) -> list[str]:
    lines = ["| source | files | licence | what |", "| --- | --- | --- | --- |"]
    if prompts:
        lines = ["| source | prompts | files | licence | what |", "| --- | --- | --- | --- | --- |"]
    for name, source in found.items():
        count = f" {prompts.get(name, 0):,} |" if prompts else ""
        lines.append(f"| [{name}]({source.base}) |{count} {len(source.files)} | {source.licence} | {source.what} |")
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
