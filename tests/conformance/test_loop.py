"""A conversation with tools that changes its vendor at every request; the vendors check that no id is broken."""

from __future__ import annotations

from typing import Any

import anthropic
import openai
import pytest

from tests.conformance.conftest import Router
from tests.conformance.test_sdks import SCHEMA, STRICT, ask, claude, sdk

__all__ = ["claude", "sdk"]

WAY = ("openai", "anthropic", "bedrock", "mistral", "openai", "bedrock", "anthropic", "openai")
QUESTION = "Twice! Weather?"


def test_chat_completions(sdk: openai.OpenAI, router: Router) -> None:
    said = ask(QUESTION)
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
    for model in WAY:
        message = sdk.chat.completions.create(model=model, messages=said, tools=[tool]).choices[0].message
        said.append(message)
        results = [{"role": "tool", "tool_call_id": c.id, "content": "Rain."} for c in message.tool_calls or ()]
        said += results or ask(QUESTION)
    assert [name for name, _ in router.upstream.bodies] == [{"mistral": "openai"}.get(model, model) for model in WAY]


def test_responses(sdk: openai.OpenAI, router: Router) -> None:
    said = ask(QUESTION)
    tool: Any = {"type": "function", "name": "weather", "parameters": STRICT, "strict": True}
    for model in WAY:
        with sdk.responses.stream(model=model, input=said, tools=[tool]) as stream:
            output = stream.get_final_response().output
        calls = [item for item in output if item.type == "function_call"]
        results = [{"type": "function_call_output", "call_id": c.call_id, "output": "Rain."} for c in calls]
        said += [*output, *(results or ask(QUESTION))]
    assert len(router.upstream.bodies) == len(WAY)


def test_messages(claude: anthropic.Anthropic, router: Router) -> None:
    said = ask(QUESTION)
    tool: Any = {"name": "weather", "input_schema": SCHEMA}
    for model in WAY:
        with claude.messages.stream(model=model, max_tokens=50, messages=said, tools=[tool]) as stream:
            content: Any = stream.get_final_message().content
        calls = [block for block in content if block.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "Rain."} for call in calls]
        said += [{"role": "assistant", "content": content}, {"role": "user", "content": results or QUESTION}]
    assert len(router.upstream.bodies) == len(WAY)


@pytest.mark.parametrize("first", ["openai", "bedrock"])
def test_thoughts_that_nobody_signed_do_not_bind(sdk: openai.OpenAI, router: Router, first: str) -> None:
    thought: Any = {"role": "assistant", "content": "Rain.", "reasoning_content": "Hm."}
    said = [*ask("Weather?"), thought, *ask("Where?")]
    for model in (first, "anthropic", "deepseek"):
        assert sdk.chat.completions.create(model=model, messages=said).choices[0].message.content
    assert "reasoning_content" in str(router.upstream.bodies[-1])
