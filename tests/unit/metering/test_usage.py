"""Estimates: flagged, and growing with everything that a provider would bill."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Document, Image, Message, Part, Text, Thinking, Tool, ToolCall, ToolResult, Usage
from pointsman.metering.usage import IMAGE_TOKENS, MESSAGE_TOKENS, estimate
from tests.fakes import chat


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("日本語日", 3), ("\ud800", 1)]
)
def test_four_bytes_are_a_token_rounded_up(text: str, tokens: int) -> None:
    assert estimate(chat(text), text) == Usage(MESSAGE_TOKENS + tokens, tokens, estimated=True)


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (Image(url="https://x.test/a.png"), IMAGE_TOKENS),
        (Document("text/plain", data=b"12345"), 2),
        (Document("application/pdf", data=b"x" * 400), 10),
        (Document("application/pdf", url="https://x.test/a.pdf"), IMAGE_TOKENS),
        (Thinking("12345678"), 2),
        (ToolCall("call_1", "now", '{"a"'), 2),
        (ToolResult("call_1", (Text("12345678"), Image(media_type="image/png", data=b"x"))), 2 + IMAGE_TOKENS),
    ],
)
def test_every_kind_of_part_counts(part: Part, tokens: int) -> None:
    request = chat(messages=(Message("user", (part,)),))
    assert estimate(request, "").input == MESSAGE_TOKENS + tokens


def test_tool_schemas_count() -> None:
    assert estimate(chat("hi", tools=(Tool("now", None, {}),)), "").input == MESSAGE_TOKENS + 1 + 2


@given(st.text(), st.text())
def test_a_longer_text_is_never_fewer_tokens(text: str, more: str) -> None:
    assert estimate(chat(text + more), text + more).input >= estimate(chat(text), text).input
