"""A field that is wrong, said in the words of the caller: no type of ours, no pattern, nothing of Python."""

from __future__ import annotations

from typing import Any

import pytest

from pointsman.errors import RequestError
from pointsman.wire.anthropic import ANTHROPIC
from pointsman.wire.dialect import Dialect
from pointsman.wire.feedback import parse_feedback
from pointsman.wire.openai import OPENAI
from pointsman.wire.responses import RESPONSES

SAID: list[Any] = [{"role": "user", "content": "hi"}]
BODIES: dict[str, dict[str, Any]] = {
    "openai": {"model": "auto", "messages": SAID},
    "responses": {"model": "auto", "input": "hi"},
    "anthropic": {"model": "auto", "messages": SAID, "max_tokens": 9},
}


@pytest.mark.parametrize(
    ("dialect", "field", "value", "message"),
    [
        (OPENAI, "messages", [], "messages: Must not be empty."),
        (OPENAI, "messages", ["hi"], "messages[0]: Must be an object."),
        (OPENAI, "messages", "hi", "messages: Must be a list."),
        (
            OPENAI,
            "messages",
            [{"role": "user", "content": 5}],
            "messages[0].content: Must be a string or a list of parts.",
        ),
        (OPENAI, "model", "x" * 257, "model: Must have at most 256 characters."),
        (OPENAI, "response_format", "json", "response_format: Must be an object."),
        (OPENAI, "response_format", {"type": "json_schema"}, "response_format.json_schema: This field is required."),
        (OPENAI, "n", 0, "n: Must be at least 1."),
        (OPENAI, "temperature", 2.5, "temperature: Must be at most 2."),
        (OPENAI, "max_tokens", 0, "max_tokens: Must be more than 0."),
        (OPENAI, "seed", 1.5, "seed: Must be a whole number."),
        (OPENAI, "logprobs", 1, "logprobs: Must be true or false."),
        (OPENAI, "stop", 5, "stop: Must be a string or a list of strings."),
        (OPENAI, "modalities", ["audio"], 'modalities: May only be ["text"] here.'),
        (OPENAI, "audio", {}, "audio: This field is not supported here."),
        (RESPONSES, "text", "x", "text: Must be an object."),
        (RESPONSES, "input", [5], "input[0]: Must be an object."),
        (RESPONSES, "store", True, "store: May only be false here."),
        (RESPONSES, "tool_choice", 5, "tool_choice: Must be 'auto', 'none', 'required', a function or allowed_tools."),
        (
            RESPONSES,
            "stream_options",
            {"include_obfuscation": True},
            "stream_options.include_obfuscation: Must be false.",
        ),
        (ANTHROPIC, "system", [{"type": "text", "text": "x", "citations": 5}], "system.0.citations: Must be a list."),
        (ANTHROPIC, "thinking", {"type": "on"}, "thinking.type: Must be 'enabled', 'adaptive' or 'disabled'."),
    ],
)
def test_a_field_is_named_and_what_it_must_be(dialect: Dialect, field: str, value: Any, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        dialect.parse_request(BODIES[dialect.name] | {field: value})
    assert dialect.error_body(caught.value, None)["error"]["message"] == message


def test_a_pattern_is_told_in_words() -> None:
    with pytest.raises(RequestError, match=r"^Must be 1 to 128 letters, digits or '_', '-'\.$"):
        parse_feedback({"request_id": "a b", "verdict": "bad"})
