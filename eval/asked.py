"""How often a real model errs as the second stage, asked as the router asks it (in `.venv`, which knows the router):

    OPENAI_API_KEY=… python -m eval.asked http://127.0.0.1:8080/v1 gemma-3-270m [PROMPTS]

Any endpoint that speaks OpenAI's Chat Completions. Writes `results/second-stage-<model>.md`, to be held against the
table of `results/second-stage.md`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openai
from numpy.typing import NDArray

from eval import measures, outcomes
from eval.measures import Vector
from eval.outcomes import Outcome
from pointsman.domain import SecondStage, request_of
from pointsman.second_look import LONGEST_ANSWER, question, read_line

RESULTS = Path(__file__).parent / "results"
PROMPTS = 300
SEED = 0
TIMEOUT = 60
ALLOWED = SecondStage(model="", below=0.0).timeout
"""Seconds that the router waits, unless the tier map says otherwise."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the prompts in their order: how hard the model called each, 0–10, NaN where its line could not be read; and
    the seconds that it took."""

    outcomes: Sequence[Outcome]
    said: Vector
    seconds: Vector

    def row(self, name: str) -> str:
        read = np.isfinite(self.said)
        gain = np.array([(each.strong or 0.0) - each.weak for each in self.outcomes])
        tie = measures.tie_breaker([each.prompt for each in self.outcomes])
        cells = [f"{read.mean():.0%}", f"{np.median(self.seconds):.2f} s", f"{(self.seconds <= ALLOWED).mean():.0%}"]
        cells += [f"{wrong(self.said[read], gain[read] > 0):.0%}" if read.any() else "–"]
        said = np.where(read, self.said, np.nanmean(self.said) if read.any() else 0.0)
        low, high = measures.interval(gain, said, tie)
        cells += [f"{measures.ranked(gain, said, tie).apgr:.3f} ({low:.3f}–{high:.3f})"]
        return f"| {name} | {len(self.said)} | {' | '.join(cells)} |"


def wrong(said: Vector, hard: NDArray[np.bool_]) -> float:
    """How often it errs, hard and easy prompts counted alike, at the limit between 0 and 10 that suits it best."""
    if hard.all() or not hard.any():
        return 0.0
    return float(min(((said[hard] < limit).mean() + (said[~hard] >= limit).mean()) / 2 for limit in range(12)))


def ask(model: Callable[[str], str], asked: Sequence[Outcome], clock: Callable[[], float] = time.monotonic) -> Answers:
    said, seconds = [], []
    for outcome in asked:
        started = clock()
        line = read_line(model(outcome.prompt))
        seconds.append(clock() - started)
        said.append(np.nan if line is None else float(line[1]))
    return Answers(asked, np.array(said), np.array(seconds))


def endpoint(url: str, model: str) -> Callable[[str], str]:
    client = openai.OpenAI(base_url=url, timeout=TIMEOUT)

    def answer(prompt: str) -> str:
        system, user = (each.text for each in question(request_of(prompt)).messages)
        found = client.chat.completions.create(
            model=model,
            messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
            max_tokens=LONGEST_ANSWER,
            temperature=0,
        )
        return found.choices[0].message.content or ""

    return answer


def main(arguments: Sequence[str]) -> int:
    url, model, *count = arguments
    answer, chance = endpoint(url, model), np.random.default_rng(SEED)
    lines = [
        f"# {model} as the second stage",
        "",
        f"Written by `python -m eval.asked`, seed {SEED}. Wrong: about hard prompts (the strong model was right, the",
        "weak one was not) and easy ones alike, of the lines that could be read, at the limit from 0 to 10 that suits",
        "best, which flatters by some points; a coin is wrong about 50 %. Other lines leave the first look as it was.",
        "",
        f"| | prompts | lines read | time, median | within {ALLOWED} s | wrong | APGR by what it said |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in ("mmlu", "gsm8k"):
        found = outcomes.benchmark(name)
        picked = chance.choice(len(found), int(count[0]) if count else PROMPTS, replace=False)
        lines.append(ask(answer, [found[place] for place in picked]).row(name.upper()))
        print(lines[-1], flush=True)
    (RESULTS / f"second-stage-{model}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
