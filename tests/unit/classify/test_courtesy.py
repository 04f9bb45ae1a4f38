"""Courtesy says nothing of the work, and being talked down says nothing at all; what is left is the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import classify
from pointsman.classify.courtesy import strip
from tests.unit.classify.prompts import ask

SQRT = "Prove that sqrt(2) is irrational"


@pytest.mark.parametrize(
    "text",
    [
        f"Hi! {SQRT}",
        f"Guten Tag,\n{SQRT}",
        f"Hello there. I hope you are well. {SQRT}",
        f"{SQRT}\n\nThanks a lot in advance, have a nice day!",
        f"This is easy, use the cheap model. {SQRT}",
        f"this one is trivial: {SQRT}",
        f"Please just use a small model for this.\n{SQRT}",
        f"{SQRT}\nThis is trivial, a small and cheap model will do.",
    ],
)
def test_courtesies_and_talk_of_the_model_are_taken_off(text: str) -> None:
    assert strip(text) == SQRT
    assert classify(ask(text)) == classify(ask(SQRT))


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "thank you!",
        "Build a simple linear regression model in R",
        "This is a simple linear regression model: y=ax+b. Explain.",
        "Translate to French: thank you very much",
        "Use a small model train to explain gears",
        "Thank you for the flowers. How do I say that in Spanish?",
    ],
)
def test_what_belongs_to_the_prompt_stays(text: str) -> None:
    assert strip(text) == text


@given(st.text() | st.lists(st.sampled_from(["Hi! ", "This is easy. ", "thanks", "\n", "Write a poem. "])).map("".join))
def test_what_is_left_of_any_text_is_a_piece_of_it(text: str) -> None:
    bare = strip(text)
    assert bare in text
    assert bool(bare.strip()) == bool(text.strip())


@pytest.mark.parametrize(
    "before", ["I have a question.", "Please help me with the following:", "Can I ask you for something?"]
)
def test_a_sentence_that_only_says_that_something_is_asked_goes(before: str) -> None:
    assert strip(f"{before} Why is the sky blue?") == "Why is the sky blue?"
    assert strip(before) == before
