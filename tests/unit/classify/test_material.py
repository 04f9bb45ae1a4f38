"""What is asked is read in full, what stands beside it is not, and a prompt of one paragraph stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import load
from pointsman.classify.cues import NOTIONS, TASKS
from pointsman.classify.lexicon import Lexicon
from pointsman.classify.material import asking, once
from tests.unit.classify.prompts import ask

LEXICON = Lexicon({**{str(task): cues for task, cues in TASKS.items()}, **NOTIONS})
FOOTER = (
    "Registered in Bristol, number 04 417 322. Our offices are closed on public holidays; the author's views are hers. "
)
PASSAGE = "The river rose by night, and the old mill must stand under water. " * 5

classify = load()


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("", ""),
        ("only one paragraph", "only one paragraph"),
        (f"translate this\n\n{PASSAGE}", "translate this"),
        (f"{PASSAGE}\n \n who was evacuated?", " who was evacuated?"),
        (f"{PASSAGE}\n\n{FOOTER * 3}", PASSAGE),
        (f"{PASSAGE}\n\nthe gist, please", "the gist, please"),
        (f"{FOOTER * 3}\n\n{PASSAGE}\n\nfive names for a mill", "five names for a mill"),
        (f"my notes on the mill\n\n{PASSAGE}\n\nwhat is missing?", "my notes on the mill\n\nwhat is missing?"),
        ("a friend sent me this. who built the mill?", "who built the mill?"),
        ("the mill has 12 wheels. how many are left of them?", "the mill has 12 wheels. how many are left of them?"),
        ('she said "no". what did she mean?', 'she said "no". what did she mean?'),
        ("translate this. it is about a mill", "translate this. it is about a mill"),
        ("the river rose by night. the mill stood still.", "the river rose by night. the mill stood still."),
    ],
)
def test_paragraphs_that_ask_for_nothing_are_left_out(prompt: str, asked: str) -> None:
    assert asking(prompt, LEXICON)[0] == asked


@given(st.lists(st.sampled_from(["why?", "prove it", "the mill", "漢字？", "", " "])).map("\n\n".join))
def test_the_cues_are_those_of_what_is_asked(text: str) -> None:
    asked, cues = asking(text, LEXICON)
    assert cues == LEXICON.find(asked)
    assert set(asked.split()) <= set(text.split())


def test_what_is_said_again_is_read_once() -> None:
    first, second = "The mill stands by the river. ", "It was built in 1780.\n"
    assert once(first + second + first + second + "Why?") == first + second + "Why?"


@given(st.text("ab .?\n", max_size=200))
def test_saying_all_of_it_again_adds_nothing(text: str) -> None:
    assert once(text) == text or len(once(text)) < len(text)
    assert once(once(text)) == once(text)


@pytest.mark.parametrize("prompt", ["Prove that sqrt(2) is irrational.", "Translate to French: good morning"])
@pytest.mark.parametrize("beside", [FOOTER, PASSAGE, FOOTER * 8 + PASSAGE])
def test_a_footer_changes_neither_task_nor_complexity(prompt: str, beside: str) -> None:
    plain, padded = classify(ask(prompt)), classify(ask(f"{prompt}\n\n{beside}"))
    assert padded.task == plain.task
    assert padded.complexity == plain.complexity
