"""How often the same request, put differently, is decided differently.

    python -m eval.robustness        writes results/robustness.md

Real prompts that no head was trained on, each changed in ways that change nothing of what is asked. A flip is another
task, another tier of the packaged map, or, what would cost quality, a cheaper tier.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

from eval.manifest import Missing
from eval.task_data import examples
from pointsman.classify import classify
from pointsman.domain import ChatRequest, Classification, Message, Text
from pointsman.policy import decide
from pointsman.tiermap.seed import packaged_map

PROMPTS = 600
LONGEST = 4_000
SEED = 11
RESULTS = Path(__file__).parent / "results" / "robustness.md"

_LETTERS = re.compile(r"[^\W\d_]{4,}")


def main() -> int:
    try:
        rows = sorted({row.text for row in examples("evaluate") if len(row.text) <= LONGEST})
    except Missing as error:
        print(f"Data is missing: {error}", file=sys.stderr)
        return 1
    prompts = random.Random(SEED).sample(rows, PROMPTS)  # noqa: S311 (no secret)
    plain = [_decided(prompt) for prompt in prompts]
    lines = [
        "# Robustness",
        "",
        f"{PROMPTS} prompts drawn from the sources that `eval/prompts.toml` keeps for evaluation, each up to "
        f"{LONGEST:,} characters, classified and routed by the packaged map. The politeness and the first and last way "
        "of talking down are what `classify/courtesy.py` was written to take off; the wording around, and what is "
        "talked down otherwise, are not foreseen anywhere.",
        "",
        "| change | other task | other tier | cheaper tier | mean shift of complexity |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, change in CHANGES.items():
        chance = random.Random(SEED)  # noqa: S311 (no secret)
        changed = [_decided(change(prompt, chance)) for prompt in prompts]
        pairs = list(zip(plain, changed, strict=True))
        task = sum(one[0].task != other[0].task for one, other in pairs) / PROMPTS
        tier = sum(one[1] != other[1] for one, other in pairs) / PROMPTS
        cheaper = sum(other[1] < one[1] for one, other in pairs) / PROMPTS
        shift = sum(other[0].complexity - one[0].complexity for one, other in pairs) / PROMPTS
        lines.append(f"| {name} | {task:.1%} | {tier:.1%} | {cheaper:.1%} | {shift:+.3f} |")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


MAP = packaged_map()
RANKS = {tier.name: rank for rank, tier in enumerate(MAP.tiers[name] for name in ("economy", "standard", "premium"))}


def _decided(prompt: str) -> tuple[Classification, int]:
    request = ChatRequest("auto", (Message("user", (Text(prompt),)),))
    found = classify(request)
    return found, RANKS[decide(request, found, MAP, seed="").targets[0].tier]


def _typos(prompt: str, chance: random.Random) -> str:
    """Two neighbouring letters swapped in one of eight longer words."""

    def slip(word: re.Match[str]) -> str:
        if chance.random() > 1 / 8:
            return word[0]
        at = chance.randrange(1, len(word[0]) - 2)
        return word[0][:at] + word[0][at + 1] + word[0][at] + word[0][at + 2 :]

    return _LETTERS.sub(slip, prompt)


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "lower case": lambda prompt, _: prompt.lower(),
    "UPPER CASE": lambda prompt, _: prompt.upper(),
    "typos in one of eight words": _typos,
    "no punctuation at the end": lambda prompt, _: prompt.rstrip(" .?!\n"),
    "blank lines around": lambda prompt, _: f"\n\n  {prompt}\n\n\n",
    "politeness around": lambda prompt, _: f"Hi! {prompt}\n\nThanks a lot in advance, have a nice day!",
    "wording around": lambda prompt, _: f"I would like you to help me with the following request. {prompt}",
    "padding after": lambda prompt, _: prompt + "\n\n" + "The rest of this message is of no importance. " * 12,
    "“this is easy” before": lambda prompt, _: f"This is easy, use the cheap model. {prompt}",
    "talked down otherwise": lambda prompt, _: f"No big brain needed here, go for the budget option please. {prompt}",
    "“this is easy” after": lambda prompt, _: f"{prompt}\nThis is trivial, a small and cheap model will do.",
}


if __name__ == "__main__":
    sys.exit(main())
