"""One slip in a word that asks is put right; whatever is a word, or far from one, stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import embedding, load
from pointsman.classify.features import speller
from tests.unit.classify.prompts import ask

classify = load()
right = speller()
COMMON = [word for word in list(embedding.load().tokens)[:4_000] if word.isascii() and word.isalpha() and len(word) > 7]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("sumarize", "summarize"),
        ("summmarize", "summarize"),
        ("summsrize", "summarize"),
        ("trasnlate", "translate"),
        ("clasify", "classify"),
        ("wirte", "write"),
        ("paraphase", "paraphrase"),
        ("pyhton", "python"),
        ("xplain", None),
        ("tarnslaet", None),
        ("kowalski", None),
    ],
)
def test_a_word_that_is_one_slip_from_another_is_read_as_that(slip: str, meant: str | None) -> None:
    assert right.meant(slip) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "please identify the identity",
        "please debug the dbg",
        "bitte schreibe ein längeres gedicht über den nebligen herbst in unserer stadt",
        "resume el siguiente texto en dos frases: el tren llega a las ocho",
        "const fooo = barr(bazz)[quxx]; lett x = wirte()",
        "请把这段话翻译成英文",
    ],
)
def test_words_cues_other_languages_and_code_stay_as_they_are(text: str) -> None:
    assert right(text) == text


def test_a_slip_is_put_right_wherever_its_word_stands_but_in_no_other_word() -> None:
    assert right("wirte it, then wirte (wirte!) of the mill") == "write it, then write (write!) of the mill"
    assert right("the otherr is here, anotherrr is not") == "the other is here, anotherrr is not"


def test_only_the_ends_are_looked_at() -> None:
    middle = "the mill stands by the river. " * 20
    assert right(f"{middle} wirte it. {middle}") == f"{middle} wirte it. {middle}"
    assert right(f"{middle} wirte it.") == f"{middle} write it."


@given(st.sampled_from(COMMON), st.data())
def test_a_common_word_without_a_letter_is_read_as_a_word(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    assert right.meant(word[:at] + word[at + 1 :]) is not None


@given(st.text(max_size=600))
def test_any_text_keeps_its_other_words(text: str) -> None:
    before, after = embedding.words(text.lower()), embedding.words(right(text.lower()))
    assert len(before) == len(after)
    known = embedding.load().tokens
    assert all(one == other for one, other in zip(before, after, strict=True) if one in known)


@pytest.mark.parametrize(
    ("slip", "prompt"),
    [
        (
            "Trasnlate this into French: the mill stands by the river.",
            "Translate this into French: the mill stands by the river.",
        ),
        ("Sumarize the report below in three sentences.", "Summarize the report below in three sentences."),
        ("Wirte a pyhton function that sorts a list.", "Write a python function that sorts a list."),
    ],
)
def test_a_slip_decides_nothing(slip: str, prompt: str) -> None:
    assert classify(ask(slip)).task == classify(ask(prompt)).task
    assert classify(ask(slip)).complexity == pytest.approx(classify(ask(prompt)).complexity, abs=0.02)
