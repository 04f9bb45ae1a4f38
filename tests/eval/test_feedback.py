"""What verdicts teach the complexity head, on made-up ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from eval import complexity, feedback
from eval.calibration import Logistic
from eval.feedback import Verdict

BEFORE = Logistic(0.3, -1.3)
CODE = "Write a Python function that merges two sorted lists"
VERSE = "Write a poem about the autumn sea"


OTHER = "Write a Python function that parses a date"
SCALE = complexity.scale(complexity.design([CODE, VERSE, OTHER] * 3 + ["Hello"] * 20))


def probability(after: feedback.OpenPrompts, prompt: str) -> float:
    return float(after([prompt], SCALE)[0])


def after(count: int, hard: float) -> feedback.OpenPrompts:
    return feedback.of_open_prompts(BEFORE, [Verdict(CODE, hard)] * count, SCALE)


@pytest.mark.parametrize(
    ("record", "hard"),
    [
        ({"verdict": "bad", "answered_by": "economy"}, 1.0),
        ({"verdict": "good", "answered_by": "economy"}, 0.0),
        ({"score": 0.75, "answered_by": "economy"}, 0.25),
        ({"score": 0, "answered_by": "economy"}, 1.0),
        ({"verdict": "bad", "tier": "standard"}, 1.0),
        ({"verdict": "bad", "tier": "economy", "answered_by": "premium"}, 0.0),
        ({"verdict": "bad", "answered_by": "premium"}, None),
        ({"verdict": "bad"}, None),
        ({"verdict": "bad", "answered_by": "economy", "prompt": None}, None),
    ],
)
def test_a_verdict_teaches_where_it_says_whether_the_cheapest_tier_would_do(
    record: dict[str, object], hard: float | None, tmp_path: Path
) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text(json.dumps({"request_id": "1", "prompt": CODE} | record) + "\n", encoding="utf-8")
    assert feedback.read(export) == ([] if hard is None else [Verdict(CODE, hard)])


def test_a_prompt_may_hold_what_unicode_calls_a_new_line(tmp_path: Path) -> None:
    export, prompt = tmp_path / "export.jsonl", "one\u2028two\x85three"
    record = {"verdict": "bad", "answered_by": "economy", "prompt": prompt}
    export.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    assert feedback.read(export) == [Verdict(prompt, 1.0)]


def test_without_verdicts_nothing_moves() -> None:
    found = after(0, 1.0)
    assert found.calibration == BEFORE
    assert not found.tasks.any()
    assert not found.words.any()


@pytest.mark.parametrize(("hard", "direction"), [(1.0, 1), (0.0, -1)])
def test_ten_verdicts_change_little_of_other_prompts_and_thousands_much(hard: float, direction: int) -> None:
    before, ten, thousands = (probability(after(count, hard), VERSE) for count in (0, 10, 3_000))
    assert 0 < direction * (ten - before) < 0.1
    assert abs(thousands - hard) < abs(before - hard) / 2
    assert abs(probability(after(3_000, hard), CODE) - hard) < 0.01


def test_one_verdict_alone_does_not_turn_the_very_prompt_it_was_about() -> None:
    assert 0 < probability(after(1, 1.0), CODE) - probability(after(0, 1.0), CODE) < 0.15


def test_a_task_learns_more_from_its_own_verdicts_than_another_does() -> None:
    before, then = after(0, 1.0), after(100, 1.0)
    gained = {prompt: probability(then, prompt) - probability(before, prompt) for prompt in (CODE, VERSE)}
    assert gained[CODE] > 1.5 * gained[VERSE] > 0


def test_words_learn_which_of_two_prompts_of_one_task_is_hard() -> None:
    taught = feedback.of_open_prompts(BEFORE, [Verdict(CODE, 1.0), Verdict(OTHER, 0.0)] * 30, SCALE)
    assert probability(taught, CODE) > probability(after(0, 1.0), CODE) + 0.2
    assert probability(taught, OTHER) < probability(after(0, 1.0), OTHER) - 0.05


def test_verdicts_as_often_as_said_leave_the_probability_where_it_was() -> None:
    before = probability(after(0, 1.0), CODE)
    assert probability(after(1_000, before), CODE) == pytest.approx(before, abs=1e-6)


def test_of_a_ranked_form_the_trait_that_was_wrong_learns_most() -> None:
    random = np.random.default_rng(0)
    score, traits = random.normal(size=4_000), random.normal(size=(4_000, 5))
    hard = (random.random(4_000) < 1 / (1 + np.exp(1 - score - 0.8 * traits[:, 2]))).astype(float)
    found, moved, words = feedback.of_form(Logistic(1.0, -1.5), score, traits, csr_matrix((4_000, 8)), hard)
    assert not words.any()
    assert found.offset == pytest.approx(-1.0, abs=0.15)
    assert moved.argmax() == 2
    assert 0.3 < moved[2] < 0.8
