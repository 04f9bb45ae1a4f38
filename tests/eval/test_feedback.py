"""What verdicts teach the complexity head, on made-up ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from eval import complexity, feedback
from eval.calibration import Logistic
from eval.feedback import Verdict

BEFORE = Logistic(0.3, -1.3)
CODE = "Write a Python function that merges two sorted lists"
VERSE = "Write a poem about the autumn sea"


OTHER = "Write a Python function that parses a date"
EASY = ["hi", "Thanks a lot!", "What is the capital of Peru?"]
HARD = ["Prove that the square root of 2 is irrational", "Design a lock-free queue and prove it correct"]
KINDS = [
    "Reconcile the ledger of account {} against the bank export and flag gaps",
    "Translate invoice {} into French",
    "Tell me in which year king {} was crowned",
    "Sum up this morning's meeting {} for everyone",
]
USUAL = ["Hello", "The others of this and a few to the left of it in the row"] * 40
SCALE = complexity.scale(
    complexity.design([CODE, VERSE, OTHER, *EASY, *HARD, *(kind.format(7) for kind in KINDS)] * 3 + USUAL)
)
SIDES = st.sampled_from([0.0, 1.0])


def probability(after: feedback.OpenPrompts, prompt: str) -> float:
    return float(after([prompt], SCALE)[0])


def after(count: int, hard: float) -> feedback.OpenPrompts:
    return taught([Verdict(CODE, hard)] * count)


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


def of_kind(kind: str, count: int, hard: float) -> list[Verdict]:
    return [Verdict(kind.format(number), hard) for number in range(count)]


def taught(verdicts: list[Verdict]) -> feedback.OpenPrompts:
    return feedback.of_open_prompts(BEFORE, verdicts, SCALE)


@pytest.mark.parametrize(("hard", "direction"), [(1.0, 1), (0.0, -1)])
def test_ten_verdicts_change_little_of_other_prompts(hard: float, direction: int) -> None:
    assert 0 < direction * (probability(after(10, hard), VERSE) - probability(taught([]), VERSE)) < 0.1


@pytest.mark.parametrize("hard", [1.0, 0.0])
def test_thousands_of_verdicts_decide_and_of_other_prompts_much(hard: float) -> None:
    before, then = probability(taught([]), VERSE), taught([Verdict("Describe zebras", hard)] * 2_000)
    assert abs(probability(then, VERSE) - hard) < abs(before - hard) / 2
    assert abs(probability(after(2_000, hard), CODE) - hard) < 0.01


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*KINDS, *EASY, *HARD, CODE]), st.integers(1, 60), SIDES), max_size=3))
def test_the_slope_stays_whatever_the_verdicts(given: list[tuple[str, int, float]]) -> None:
    assert taught([each for told in given for each in of_kind(*told)]).calibration.slope == BEFORE.slope


@pytest.mark.parametrize("hard", [0.0, 1.0])
@pytest.mark.parametrize("count", [10, 30, 119])
@pytest.mark.parametrize("kind", KINDS)
def test_easy_prompts_stay_below_hard_ones_after_one_sided_verdicts_on_others(
    kind: str, count: int, hard: float
) -> None:
    found = taught(of_kind(kind, count, hard))
    assert max(found(EASY, SCALE)) < min(found(HARD, SCALE))


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 10), SIDES)
def test_ten_verdicts_on_one_kind_of_prompt_move_others_by_some_hundredths_at_most(
    kind: str, count: int, hard: float
) -> None:
    others = [*EASY, *HARD, CODE, VERSE]
    moved = taught(of_kind(kind, count, hard))(others, SCALE) - taught([])(others, SCALE)
    assert abs(moved).max() < 0.06


def test_what_one_kind_of_prompt_showed_stays_with_it() -> None:
    before, then = taught([]), taught(of_kind(KINDS[0], 119, 1.0))
    gained = {prompt: probability(then, prompt) - probability(before, prompt) for prompt in (KINDS[0], *EASY)}
    assert gained.pop(KINDS[0]) > 0.5
    assert max(gained.values()) < 0.15


def test_one_verdict_alone_does_not_turn_the_very_prompt_it_was_about() -> None:
    assert 0 < probability(after(1, 1.0), CODE) - probability(after(0, 1.0), CODE) < 0.15


def test_a_task_learns_more_from_its_own_verdicts_than_another_does() -> None:
    before, then = after(0, 1.0), after(100, 1.0)
    gained = {prompt: probability(then, prompt) - probability(before, prompt) for prompt in (CODE, VERSE)}
    assert gained[CODE] > 1.5 * gained[VERSE] > 0


def test_words_learn_which_of_two_prompts_of_one_task_is_hard() -> None:
    found = taught([Verdict(CODE, 1.0), Verdict(OTHER, 0.0)] * 30)
    assert probability(found, CODE) > probability(after(0, 1.0), CODE) + 0.2
    assert probability(found, OTHER) < probability(after(0, 1.0), OTHER) - 0.05


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


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), SIDES)
def test_of_a_ranked_form_ten_one_sided_verdicts_leave_the_others_in_their_order(seed: int, hard: float) -> None:
    random, before = np.random.default_rng(seed), Logistic(5.0, -1.3)
    score, traits = random.normal(0, 0.2, 500), random.normal(size=(500, 40))
    alike = np.tile(random.normal(size=40), (10, 1))
    found, moved, _ = feedback.of_form(before, score[:10], alike, csr_matrix((10, 8)), np.full(10, hard))
    said, then = before(score), found(score + traits @ moved)
    assert np.corrcoef(said, then)[0, 1] > 0.95
    assert abs((then - said).mean()) < 0.1


def test_a_warning_tells_of_verdicts_that_all_say_the_same() -> None:
    assert "All 12 verdicts say bad" in str(feedback.one_sided([Verdict(CODE, 1.0)] * 12))
    assert "All 12 verdicts say good" in str(feedback.one_sided([Verdict(CODE, 0.0)] * 12))
    assert feedback.one_sided([Verdict(CODE, 1.0), Verdict(OTHER, 0.0)]) is None
    assert feedback.one_sided([]) is None
