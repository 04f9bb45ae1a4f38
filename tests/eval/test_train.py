"""What is trained is what the router reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval import complexity, train
from eval.calibration import Logistic
from eval.feedback import OpenPrompts
from pointsman.classify import artefact, difficulty
from pointsman.domain import Task

PROMPTS = [
    "Write a Python function that merges two sorted lists",
    "Write a poem about the autumn sea",
    "Which of these is a tide?\nA. spring\nB. autumn\nC. winter\nD. none",
    "How many lists of 3 are there if 9 are merged?",
] * 3
DESIGN = complexity.design(PROMPTS)
SCALE = complexity.scale(DESIGN)
random = np.random.default_rng(5)
MODEL = complexity.Model(
    SCALE, random.normal(size=(2, DESIGN.traits.shape[1])), random.normal(size=(2, DESIGN.terms.shape[1]))
)
CALIBRATIONS = [Logistic(0.7, -1.0), Logistic(1.3, -2.0)]


def packed(folder: Path, words: np.ndarray[tuple[int], np.dtype[np.float64]]) -> difficulty.Head:
    others = OpenPrompts(Logistic(0.3, -1.3), np.zeros(len(Task)), words)
    artefact.save("complexity", train._packed(MODEL, CALIBRATIONS, others), {"traits": complexity.NAMES}, folder)
    return difficulty.Head(folder)


def test_a_packed_head_says_of_a_prompt_what_was_trained(tmp_path: Path) -> None:
    words = random.normal(size=DESIGN.terms.shape[1])
    head = packed(tmp_path, words)
    ranked, taught = MODEL.score(DESIGN), SCALE.columns(DESIGN)[1] @ words
    for place, form in ((2, 1), (3, 0)):
        said = CALIBRATIONS[form].slope * ranked[place] + CALIBRATIONS[form].offset
        assert head.judge(PROMPTS[place]).log_odds == pytest.approx(said, abs=0.05)
    for place in (0, 1):
        assert head.of_open(PROMPTS[place]).log_odds == pytest.approx(taught[place], abs=0.05)
        assert head.of_open(PROMPTS[place]).parts


def test_without_verdicts_no_word_of_an_open_prompt_counts(tmp_path: Path) -> None:
    found = packed(tmp_path, np.zeros(DESIGN.terms.shape[1])).of_open(PROMPTS[0])
    assert found.log_odds == 0
    assert not found.parts
    assert found.known == 1
