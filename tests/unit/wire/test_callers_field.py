"""A field that a provider refused, in the words of the caller."""

from __future__ import annotations

import pytest

from pointsman.domain import Reasoning
from pointsman.wire.anthropic import ANTHROPIC
from pointsman.wire.callers_field import callers_field
from pointsman.wire.dialect import Dialect
from pointsman.wire.openai import OPENAI
from pointsman.wire.responses import RESPONSES
from tests.fakes import chat

EFFORT, BUDGET = Reasoning(effort="low"), Reasoning(budget=2_000)


@pytest.mark.parametrize(
    ("dialect", "param", "reasoning", "named"),
    [
        (OPENAI, "top_k", None, "top_k"),
        (OPENAI, "messages.1.content", None, "messages[1].content"),
        (OPENAI, "reasoning", EFFORT, "reasoning_effort"),
        (OPENAI, "reasoning", BUDGET, "thinking"),
        (OPENAI, "metadata.a", None, "metadata.a"),
        (RESPONSES, "messages.1.content", None, "input"),
        (RESPONSES, "response_format", None, "text.format"),
        (RESPONSES, "reasoning", EFFORT, "reasoning"),
        (RESPONSES, "logprobs", None, "top_logprobs"),
        (ANTHROPIC, "messages.1.content", None, "messages"),
        (ANTHROPIC, "stop", None, "stop_sequences"),
        (ANTHROPIC, "user", None, "metadata.user_id"),
        (ANTHROPIC, "reasoning", EFFORT, "output_config.effort"),
        (ANTHROPIC, "reasoning", BUDGET, "thinking"),
        (ANTHROPIC, "model", None, "model"),
    ],
)
def test_the_callers_own_field_is_named(dialect: Dialect, param: str, reasoning: Reasoning | None, named: str) -> None:
    assert callers_field(param, chat(dialect=dialect.name, reasoning=reasoning), dialect.names) == named
