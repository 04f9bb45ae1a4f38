"""A field that a provider refused, in the words of the caller."""

from __future__ import annotations

import pytest

from pointsman.domain import Json, Reasoning
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


OPENAI_BODY = {
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Look"}]},
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "4"},
    ]
}
ANTHROPIC_BODY = {
    "max_tokens": 9,
    "system": "Be brief.",
    "messages": [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "4"}]},
                {"type": "text", "text": "So?"},
            ],
        },
    ],
}
RESPONSES_BODY = {
    "instructions": "Be brief.",
    "input": [
        {"role": "user", "content": "Hi"},
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "2", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "4"},
        {"type": "function_call_output", "call_id": "2", "output": [{"type": "input_text", "text": "5"}]},
    ],
}


@pytest.mark.parametrize(
    ("dialect", "body", "param", "named"),
    [
        (OPENAI, OPENAI_BODY, "messages.0.content.1", "messages[0].content[1]"),
        (OPENAI, OPENAI_BODY, "messages.0.content.1.detail", "messages[0].content[1].image_url.detail"),
        (OPENAI, OPENAI_BODY, "messages.0.name", "messages[0].name"),
        (OPENAI, OPENAI_BODY, "messages.1.content.0", "messages[1].tool_calls[0]"),
        (OPENAI, OPENAI_BODY, "messages.2.content.0.0", "messages[2].content[0]"),
        (ANTHROPIC, ANTHROPIC_BODY, "messages.0.content.0", "system[0]"),
        (ANTHROPIC, ANTHROPIC_BODY, "messages.1.content.0", "messages[0].content[0]"),
        (ANTHROPIC, ANTHROPIC_BODY, "messages.2.content.0.0", "messages[1].content[0].content[0]"),
        (ANTHROPIC, ANTHROPIC_BODY, "messages.3.content.0", "messages[1].content[1]"),
        (ANTHROPIC, ANTHROPIC_BODY, "messages", "messages"),
        (RESPONSES, RESPONSES_BODY, "messages.0.content.0", "instructions"),
        (RESPONSES, RESPONSES_BODY, "messages.1.content.0.detail", "input[0].content[0].detail"),
        (RESPONSES, RESPONSES_BODY, "messages.2.content.1", "input[2]"),
        (RESPONSES, RESPONSES_BODY, "messages.3.content.1.0", "input[4].output[0]"),
        (RESPONSES, RESPONSES_BODY, "messages", "input"),
    ],
)
def test_a_part_is_named_by_its_place_in_the_callers_request(
    dialect: Dialect, body: dict[str, Json], param: str, named: str
) -> None:
    request = dialect.parse_request({"model": "auto", **body})
    assert callers_field(param, request, dialect.names) == named
