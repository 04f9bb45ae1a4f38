"""Open prompts, those of no form that is ranked by outcomes: what is held of them beforehand against what happened.

Nothing is learned of them but how probable a rank is: `docs/decisions/0018` says what else was tried.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from eval import calibration, measures, outcomes, sheet
from eval.calibration import Logistic
from eval.manifest import Source, sources
from eval.outcomes import Outcome
from pointsman.classify import complexity, features, prior, task
from pointsman.domain import Form, Task, request_of

Vector = NDArray[np.float64]

SETS = ("mbpp", "human_eval", "math", "natural_qa", "trivia_qa", "commongen")
"""Task sets of LLMRouter that are no questions with options."""
WEAK_OF_TULU, STRONG_OF_TULU = ("tulu_7B", "tulu_human_only_65B"), ("tulu_65B", "chatgpt")
WEAK_OF_ALPACA, STRONG_OF_ALPACA = ("alpaca-7b", "vicuna-13b", "llama-2-7b-chat-hf"), ("gpt4", "gpt4_1106_preview")
MOST_OF_A_SOURCE = 150
"""Prompts beyond which a source weighs no more."""
BINS = 5
"""Of an ECE, for the sources are small."""
LEAST_GAP = 0.05
"""Between weak and strong, so that a share of it says something."""


@dataclass(frozen=True, slots=True)
class Held:
    """The task that a prompt is taken for, and what is held of it beforehand."""

    task: Task
    log_odds: float


@dataclass(frozen=True, slots=True)
class Open:
    """`held`: log-odds beforehand; `weak`, `strong`: how often the answers of such models were good enough; `tie` as in
    `protocols.Data`."""

    prompts: list[str]
    source: NDArray[np.str_]
    weak: Vector
    strong: Vector
    held: Vector
    tie: NDArray[np.uint64]

    @property
    def sources(self) -> list[str]:
        return sorted(set(self.source))

    def of(self, source: str) -> Open:
        return self[self.source == source]

    def __getitem__(self, rows: NDArray[np.bool_]) -> Open:
        picked = [prompt for prompt, row in zip(self.prompts, rows, strict=True) if row]
        return Open(picked, self.source[rows], self.weak[rows], self.strong[rows], self.held[rows], self.tie[rows])

    @property
    def gain(self) -> Vector:
        return self.strong - self.weak

    @property
    def happened(self) -> Vector:
        """How probable it was that a strong model was good enough and a weak one was not."""
        return self.strong * (1 - self.weak)

    def said(self) -> Vector:
        """The probability of each prompt, calibrated on the other sources."""
        probability = np.zeros(len(self.held))
        for source in self.sources:
            rows = self.source == source
            probability[rows] = self[~rows].calibration()(self.held[rows])
        return probability

    def dial(self, probability: Vector) -> Vector:
        """The limits of the dial, by the mean of the sources' quality."""
        sources = [self.source == source for source in self.sources]
        return calibration.dial([(probability[rows], self.weak[rows], self.strong[rows]) for rows in sources])

    def calibration(self) -> Logistic:
        size = {source: int((self.source == source).sum()) for source in self.sources}
        weight = np.array([min(1.0, MOST_OF_A_SOURCE / size[source]) for source in self.source])
        return calibration.fit(self.held, self.happened, weight)


def train() -> Open:
    """Raises `Missing` where a file cannot be had."""
    found = [outcome for outcome in outcomes.llmrouter(sources()["llmrouter"]) if outcome.task in SETS]
    return _open([*found, *_mt_bench()])


def evaluate() -> Open:
    """Those that may be judged on and not trained on."""
    return _open([*_tulu(sources()["tulu"]), *_alpaca_eval(sources()["alpaca_eval"])])


def _open(found: Sequence[Outcome]) -> Open:
    pairs = [(outcome, held(outcome.prompt)) for outcome in found]
    rows = [(outcome, each.log_odds) for outcome, each in pairs if each is not None]
    return Open(
        [outcome.prompt for outcome, _ in rows],
        np.array([outcome.source for outcome, _ in rows]),
        np.array([outcome.weak for outcome, _ in rows]),
        np.array([outcome.strong for outcome, _ in rows]),
        np.array([each for _, each in rows]),
        measures.tie_breaker([outcome.prompt for outcome, _ in rows]),
    )


@cache
def held(prompt: str) -> Held | None:
    """What is held of a prompt; nothing where its form is ranked by outcomes."""
    read = features.read(request_of(prompt))
    guess = task.guess(read)
    if complexity.form_of(read, guess.task) != Form.OPEN:
        return None
    return Held(guess.task, prior.log_odds(read, guess.likely)[0])


def _tulu(source: Source) -> Iterator[Outcome]:
    """People said of two models' answers to a prompt whether each is acceptable."""
    said: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in sheet.rows(source.path("eval_annotations_tulu_1.xlsx")):
        for side in ("a", "b") if "prompt" in row else ():
            acceptable = row[f"completion_{side}_is_acceptable"] == "yes"
            said[row["prompt"]][row[f"model_{side}"]].append(float(acceptable))
    for prompt, by_model in said.items():
        weak, strong = _mean(by_model, WEAK_OF_TULU), _mean(by_model, STRONG_OF_TULU)
        if weak is not None and strong is not None:
            yield Outcome("tulu", "tulu", prompt, weak, strong)


def _mt_bench() -> Iterator[Outcome]:
    """Scores of GPT-4 as a judge, 1–10, for a tenth of the quality each."""
    for prompt, weak, strong in outcomes.mt_bench():
        yield Outcome("mt_bench", "mt_bench", prompt, weak / 10, strong / 10)


def _alpaca_eval(source: Source) -> Iterator[Outcome]:
    """How often GPT-4 as a judge preferred an answer to that of text-davinci-003."""
    said: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for model in (*WEAK_OF_ALPACA, *STRONG_OF_ALPACA):
        for row in json.loads(source.path(f"{model}/alpaca_eval_gpt4/annotations.json").read_text(encoding="utf-8")):
            if row["preference"] is not None:
                said[row["instruction"]][model].append(row["preference"] - 1)
    for prompt, by_model in said.items():
        weak, strong = _mean(by_model, WEAK_OF_ALPACA), _mean(by_model, STRONG_OF_ALPACA)
        if weak is not None and strong is not None:
            yield Outcome("alpaca_eval", "alpaca_eval", prompt, weak, strong)


def _mean(by_model: dict[str, list[float]], models: Sequence[str]) -> float | None:
    """The mean over the models that were asked."""
    found = [sum(by_model[model]) / len(by_model[model]) for model in models if model in by_model]
    return sum(found) / len(found) if found else None
