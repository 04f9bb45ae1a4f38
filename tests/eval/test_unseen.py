from __future__ import annotations

import numpy as np
import pytest

from eval import calibrated, complexity, measures, protocols, unseen
from eval.outcomes import Outcome
from eval.protocols import Data

SETS = ("mmlu", "mmlu_pro/of-mmlu", "llmrouter/one", "llmrouter/two", "gsm8k")


@pytest.fixture(scope="module")
def data() -> Data:
    """Of which prompts with more numbers are harder, everywhere alike."""
    chance = np.random.default_rng(5)
    found = []
    for source in SETS:
        for number in range(120):
            count = int(chance.integers(1, 9))
            question = f"Case {number}: which of {' and '.join('7' * count)} is right?"
            options = "" if source == "gsm8k" else "\nA. one\nB. two\nC. three\nD. four\nAnswer:"
            strong = None if source == "mmlu_pro/of-mmlu" else 1.0
            found.append(Outcome(source, source, question + options, float(chance.random() > count / 10), strong))
    prompts = [outcome.prompt for outcome in found]
    return Data(
        np.array(found, dtype=object),
        np.array([outcome.source for outcome in found]),
        np.array([outcome.task for outcome in found]),
        np.array([outcome.weak for outcome in found]),
        np.array([outcome.strong or 0.0 for outcome in found]),
        complexity.design(prompts),
        measures.tie_breaker(prompts),
    )


def test_a_new_benchmark_is_calibrated_on_sets_of_its_form_or_on_the_other_one(data: Data) -> None:
    assert list(unseen._alike(data, "mmlu")) == ["llmrouter/one", "llmrouter/two"]
    assert list(unseen._other(data, "mmlu")) == ["gsm8k"]


def test_its_own_outcomes_change_neither_probability_nor_dial(data: Data) -> None:
    sets = unseen._alike(data, "mmlu")
    score = protocols.transferred(data, "mmlu")
    before = unseen._judged(data, "mmlu", "", sets, score)
    own = np.isin(data.source, SETS[:2])
    for outcomes in (data.weak, data.strong):
        outcomes[own] = 1 - outcomes[own]
    after = unseen._judged(data, "mmlu", "", sets, protocols.transferred(data, "mmlu"))
    for outcomes in (data.weak, data.strong):
        outcomes[own] = 1 - outcomes[own]
    assert (after.probability == before.probability).all()
    assert (after.dial == before.dial).all()


def test_the_dial_s_table_says_what_is_kept_and_asked() -> None:
    weak, strong = np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)
    assert calibrated.given(weak, strong, np.array([True, False, False, False])) == (0.75, 0.25)
