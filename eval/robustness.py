"""How often the same request, put differently, is decided differently.

    python -m eval.robustness        writes results/robustness.md

Real prompts that no head was trained on, each changed in ways that change nothing of what is asked. A flip is another
task, another tier of the packaged map, or, what would cost quality, a cheaper tier.
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from eval.manifest import Missing
from eval.task_data import examples
from pointsman.classify import classify
from pointsman.domain import Classification, request_of
from pointsman.policy import decide
from pointsman.tiermap.seed import packaged_map

PROMPTS = 600
LONGEST = 4_000
SEED = 11
PARAPHRASES = Path(__file__).parent / "paraphrases.toml"
RESULTS = Path(__file__).parent / "results" / "robustness.md"

FOOTER = """\
This message and its attachments are meant for the person they are addressed to and may hold confidential information.
If they came to you by mistake, please tell the sender and delete them; any use, copy or disclosure is prohibited.
Opinions given here are those of the author and not of Northwind Holdings Ltd. We check outgoing mail for viruses but
accept no liability for damage that it may cause. Registered in Bristol, number 04 417 322, VAT GB 771 2204 19. Our
offices are closed on public holidays. Think of the environment before printing. Follow us for news on products."""

PASSAGE = """\
The ferry to the island will not run before Easter, the harbour master said on Thursday. Divers who looked at the pier
found that two of its nine piles had given way, most likely in the storm of last November, and repairs must wait until
the water is calm enough to work in. For the three hundred people who live on the island this means a detour by way of
the northern bridge, which takes about fifty minutes longer. Shops have begun to order twice as much flour and diesel as
usual. The school, whose teachers come over every morning, first thought of closing but now teaches by video."""

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
        f"{LONGEST:,} characters, classified and routed by the packaged map. Politeness, “this is easy” and the first "
        "wording before are of a kind that `classify/courtesy.py` was written to take off, the sentence said twelve "
        "times and paragraphs of their own of a kind that `classify/material.py` was; the other wordings and what is "
        "talked down otherwise are foreseen nowhere.",
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
    lines += _paraphrased()
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


def _paraphrased() -> list[str]:
    """Each two wordings of the same request, compared."""
    requests = tomllib.loads(PARAPHRASES.read_text(encoding="utf-8"))["request"]
    decided = [[_decided(wording) for wording in request["wordings"]] for request in requests]
    pairs = [pair for wordings in decided for pair in combinations(wordings, 2)]
    task = sum(one.task != other.task for (one, _), (other, _) in pairs) / len(pairs)
    tier = sum(one != other for (_, one), (_, other) in pairs) / len(pairs)
    far = sum(abs(one - other) > 1 for (_, one), (_, other) in pairs) / len(pairs)
    right = [
        found.task == request["task"]
        for request, wordings in zip(requests, decided, strict=True)
        for found, _ in wordings
    ]
    return [
        "",
        "## Paraphrases",
        "",
        f"{len(requests)} requests of all tasks, each put in three ways by hand (`eval/paraphrases.toml`), each two of "
        f"them compared: {task:.1%} of {len(pairs)} pairs are told another task, {tier:.1%} another tier, {far:.1%} "
        f"one two tiers away. {sum(right) / len(right):.1%} of the {len(right)} wordings are told the task that we "
        "would.",
    ]


MAP = packaged_map()
RANKS = {tier.name: rank for rank, tier in enumerate(MAP.tiers[name] for name in ("economy", "standard", "premium"))}


def _decided(prompt: str) -> tuple[Classification, int]:
    request = request_of(prompt)
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
    "wording before": lambda prompt, _: f"I would like you to help me with the following request. {prompt}",
    "another wording before": lambda prompt, _: f"My colleague asked me to pass this on to you. {prompt}",
    "a third wording before": lambda prompt, _: f"Here comes the next thing on my list for today. {prompt}",
    "a question before": lambda prompt, _: f"Could I ask you for a favour? {prompt}",
    "wording after": lambda prompt, _: f"{prompt}\n\nTake your time, and let me know should anything be unclear.",
    "one sentence twelve times after": lambda prompt, _: (
        prompt + "\n\n" + "The rest of this message is of no importance. " * 12
    ),
    "a footer after": lambda prompt, _: f"{prompt}\n\n{FOOTER}",
    "a passage after": lambda prompt, _: f"{prompt}\n\n{PASSAGE}",
    "a footer before": lambda prompt, _: f"{FOOTER}\n\n{prompt}",
    "“this is easy” before": lambda prompt, _: f"This is easy, use the cheap model. {prompt}",
    "talked down otherwise": lambda prompt, _: f"No big brain needed here, go for the budget option please. {prompt}",
    "“this is easy” after": lambda prompt, _: f"{prompt}\nThis is trivial, a small and cheap model will do.",
}


if __name__ == "__main__":
    sys.exit(main())
