from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.conversation import conversation_id, position
from pointsman.domain import Image, Message, Text
from tests.fakes import chat

SYSTEM = Message("system", (Text("You are terse."),))
OPENING = Message("user", (Text("Hello"), Image(data=b"png", media_type="image/png")))


def said(*messages: Message, salt: str = "key-1") -> str:
    return conversation_id(chat(messages=messages), salt)


TURNS = st.lists(
    st.builds(
        lambda role, text: Message(role, (Text(text),)), st.sampled_from(["user", "assistant", "tool"]), st.text()
    )
)


@given(TURNS)
def test_every_later_turn_belongs_to_the_same_conversation(turns: list[Message]) -> None:
    assert said(SYSTEM, OPENING, *turns) == said(SYSTEM, OPENING)


@pytest.mark.parametrize(
    "other",
    [
        (OPENING,),
        (SYSTEM, Message("user", (Text("Hello"),))),
        (SYSTEM, Message("user", (Text("Hello!"), Image(data=b"png")))),
        (SYSTEM, Message("user", (Text("Hello"), Image(data=b"gif")))),
        (SYSTEM, Message("user", (Text("Hello"), Image(url="https://a/b.png")))),
        (Message("user", (Text("You are terse."),)), OPENING),
    ],
)
def test_another_opening_is_another_conversation(other: tuple[Message, ...]) -> None:
    assert said(*other) != said(SYSTEM, OPENING)


def test_two_keys_with_one_opening_have_two_conversations() -> None:
    assert said(SYSTEM, OPENING, salt="key-2") != said(SYSTEM, OPENING)


def test_the_models_answer_and_the_parameters_do_not_matter() -> None:
    request = chat("Hi")
    assert conversation_id(replace(request, temperature=0.1, stream=True), "k") == conversation_id(request, "k")


def test_text_that_is_no_unicode_is_no_failure() -> None:
    assert said(Message("user", (Text("\ud800"),)))


@given(st.text(), st.text())
def test_a_position_lies_between_0_and_1(id: str, salt: str) -> None:
    assert 0 <= position(id, salt) < 1


def test_positions_are_even_and_each_salt_draws_anew() -> None:
    ids = [str(n) for n in range(4_000)]
    first, second = ({id for id in ids if position(id, salt) < 0.1} for salt in ("a", "b"))
    assert 300 < len(first) < 500
    assert 300 < len(second) < 500
    assert len(first & second) < 100
