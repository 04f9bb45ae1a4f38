from __future__ import annotations

from eval import card
from eval.task_data import Example, used
from pointsman.domain import Task

TAUGHT = [Example("Add 2 and 3.", Task.MATH, "gsm8k", ""), Example("写一首诗", Task.CREATIVE_WRITING, "wordings", "")]
UNSEEN = [
    Example("Write a Python function that sorts a list.", Task.CODING, "held-out", ""),
    Example("把这句话翻译成英文：你好", Task.TRANSLATION, "alignbench", ""),
    Example("Write a Python function that adds two numbers.", Task.MATH, "auto-j", ""),
]


def test_it_covers_both_heads_and_the_encoder_with_every_source_that_is_trained_on() -> None:
    text = card.write(TAUGHT, UNSEEN)
    for heading in ("## The complexity head", "## The task head", "## The encoder"):
        assert heading in text
    for name, source in used("train").items():
        assert f"| [{name}]({source.base}) | {int(name in {'gsm8k', 'wordings'})} |" in text
        assert source.use == "train"
    assert "all-MiniLM-L6-v2" in text


def test_what_it_is_good_and_bad_at_is_counted() -> None:
    text = card.write(TAUGHT, UNSEEN)
    assert "coding (100%)" in text
    assert "math (0%)" in text
