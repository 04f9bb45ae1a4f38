"""The encoder: whatever the text, a vector of length 1 or none; near where texts are about the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import embedding
from pointsman.classify.embedding import HEAVIEST, LONGEST_WORD, MOST_TOKENS, dot, quantise, unit, unpack, words

encode = embedding.load()


def near(one: str, other: str) -> float:
    return dot(encode(one), encode(other))


@given(st.text() | st.text("aé漢ß1_ #", max_size=200))
def test_any_text_has_a_vector_of_length_one_or_none_at_all(text: str) -> None:
    vector = encode(text)
    assert len(vector) == encode.dimensions
    assert dot(vector, vector) == pytest.approx(1) or not any(vector)
    assert encode(text) == vector


@pytest.mark.parametrize("text", ["", " \n", "!?… —", "a" * (LONGEST_WORD + 1)])
def test_a_text_without_a_known_word_has_none(text: str) -> None:
    assert not any(encode(text))
    assert encode.pack(text) is None


@pytest.mark.parametrize(
    ("text", "same", "other"),
    [
        ("Where is my parcel?", "When will the package be delivered?", "How do I bake bread?"),
        ("I forgot my password", "cannot log in to my account", "the weather in Oslo tomorrow"),
        ("Das Paket ist nicht angekommen", "Wo ist mein Paket?", "Wie backe ich ein Brot?"),
    ],
)
def test_a_paraphrase_is_nearer_than_another_topic(text: str, same: str, other: str) -> None:
    assert near(text, same) > near(text, other)


def test_case_accents_and_punctuation_make_no_difference() -> None:
    assert near("Où est le CAFÉ?", "ou est le cafe") == pytest.approx(1, abs=1e-4)


def test_words_are_lower_case_and_a_chinese_character_is_one() -> None:
    assert words("Où est le café_au lait? 我的包裹") == [
        "ou",
        "est",
        "le",
        "cafe",
        "au",
        "lait",
        "我",
        "的",
        "包",
        "裹",
    ]


@given(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=8).filter(lambda v: any(abs(x) > 0.01 for x in v)))
def test_a_packed_vector_keeps_its_direction(values: list[float]) -> None:
    vector = unit(values)
    assert dot(unit(quantise(vector)), vector) > 0.999


def test_what_pack_writes_unpack_reads() -> None:
    packed = encode.pack("Where is my parcel?")
    assert packed is not None
    assert dot(unpack(packed), encode("Where is my parcel?")) > 0.999


def test_a_sum_of_the_most_and_heaviest_tokens_keeps_its_32_bits() -> None:
    assert MOST_TOKENS * HEAVIEST * 0xFF < 1 << 32
    assert dot(encode("zeppelin " * (2 * MOST_TOKENS)), encode("zeppelin")) == pytest.approx(1)
