"""The learned half of the complexity head, whatever its weights are."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import artefact, difficulty, terms, traits
from tests.unit.classify.prompts import labelled

head = difficulty.head()

texts = (
    st.text()
    | st.binary(max_size=4_000).map(lambda data: base64.b64encode(data).decode())
    | st.lists(st.floats() | st.text()).map(json.dumps)
    | st.sampled_from([row.prompt for row in labelled("held_out")])
    | st.sampled_from(["", "\0" * 9_000, "\nA" * 9_000, "\nA. " * 4_000, "$" * 9_000, "9" * 9_000, "1," * 9_000])
)


@given(texts)
def test_any_text_gets_finite_log_odds_of_named_parts(text: str) -> None:
    found = head.judge(text)
    assert abs(found.log_odds) < 20
    assert found.log_odds == pytest.approx(sum(found.parts.values()))
    assert 0 <= found.known <= 1
    assert set(traits.read("")) <= found.parts.keys()
    assert head.judge(text) == found


@given(texts, texts)
def test_what_lies_between_the_ends_is_not_read(end: str, middle: str) -> None:
    padded = f"{end:{difficulty.READ}}"[: difficulty.READ]
    assert head.judge(padded + middle + padded) == head.judge(padded + "x" + padded) or not middle


def test_the_traits_are_those_that_were_trained() -> None:
    assert head.metadata["traits"] == list(traits.read("Which?\nA. one\nB. two"))


def test_the_artefact_is_small_and_says_where_it_comes_from() -> None:
    assert artefact.path("complexity").stat().st_size < 1_000_000
    for record in head.metadata["data"]:
        assert record["url"].startswith("https://")
        assert record["licence"] in {"Apache-2.0", "MIT"}
        assert len(record["sha256"]) == 64
    assert {"seed", "versions"} <= head.metadata.keys()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Pick.\nA. red\nB. blue\nC. red wine", "options", 3),
        ("Pick.\nA. 12\nB. twelve", "numbers in options", 0.5),
        ("Add 3.5 and 12.", "decimals", pytest.approx(0.693, abs=0.001)),
        ("Which is NOT true?", "negations", 1),
        ("How many?", "how many", 1),
        ("", "words", 0),
    ],
)
def test_a_trait_is_what_its_name_says(text: str, name: str, value: float) -> None:
    assert traits.read(text)[name] == value


def test_terms_are_words_and_pairs_with_numbers_by_their_digits() -> None:
    found = terms.read("Add 12 apples!")
    names = {found.name(place) for place in found.places.values()}
    assert names == {"add", "00", "apples", "add 00", "00 apples", "apples !"}
    assert not terms.read("").places


def test_a_pair_in_the_other_order_is_another_term() -> None:
    assert terms.read("cat dog").places.keys() != terms.read("dog cat").places.keys()


def test_a_clause_that_says_which_model_to_use_is_no_part_of_the_question() -> None:
    plain = "How many eggs do 3 hens lay in 12 days?"
    for talk in ("This is easy, use the cheap model: ", "A small model will do. "):
        assert head.judge(talk + plain) == head.judge(plain)
