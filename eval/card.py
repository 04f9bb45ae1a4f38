"""The model card of the packaged complexity head, from what its artefact says of itself."""

from __future__ import annotations

from eval.manifest import sources
from pointsman.classify import difficulty


def write() -> str:
    metadata = difficulty.head().metadata
    used = [source for source in sources().values() if source.use == "train"]
    lines = [
        "# Model card: the complexity head",
        "",
        "- **What it says**: how probable it is that a strong model is right where a cheap one is not, 0–1. Linear in "
        f"{len(metadata['traits'])} traits and in hashed words and pairs of words, then calibrated.",
        "- **For**: choosing a tier. Not for judging people, answers or the quality of a prompt.",
        f"- **Trained on**: {metadata['prompts']:,} prompts in English, seed {metadata['seed']}, "
        + ", ".join(f"{name} {version}" for name, version in sorted(metadata["versions"].items()))
        + ".",
        "- **Good at**: multiple-choice questions and sums in words. **Weak at**: open prompts, ranked by weights set",
        f"  by hand and calibrated on {metadata['open_prompts']:,}. **Not measured**: other languages, conversations,",
        "  newer models.",
        "- **Figures**: [complexity.md](complexity.md), none of them on prompts it was trained on.",
        "",
        "| source | files | licence | what |",
        "| --- | --- | --- | --- |",
    ]
    lines += [f"| [{each.name}]({each.base}) | {len(each.files)} | {each.licence} | {each.what} |" for each in used]
    return "\n".join(lines) + "\n"
