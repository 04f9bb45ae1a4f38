"""The table of what each provider maps, emulates and refuses, against what it does."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from pointsman.domain import (
    ChatRequest,
    Document,
    Image,
    Json,
    Message,
    Model,
    Part,
    Prices,
    Reasoning,
    ResponseFormat,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pointsman.errors import Unsupported
from pointsman.providers import anthropic_request, openai_request
from pointsman.providers.bedrock_request import converse_parameters
from pointsman.providers.registry import ANTHROPIC, BEDROCK, PROVIDERS, VENDORS
from pointsman.providers.support import SUPPORT, How
from tests.fakes import chat

TOOL = Tool("f", "Does f.", {"type": "object"})


def asks(*parts: Part) -> dict[str, Any]:
    return {"messages": (Message("user", (Text("Hi"), *parts)),)}


def answered(*parts: Part, tools: tuple[Tool, ...] = ()) -> dict[str, Any]:
    return {"messages": (Message("user", (Text("Hi"),)), Message("assistant", parts)), "tools": tools}


FAILED = (Message("assistant", (ToolCall("1", "f", "{}"),)), Message("tool", (ToolResult("1", (), is_error=True),)))
TIERS = {"anthropic": "default", "groq": "on_demand"}

SAMPLES: dict[str, dict[str, Any]] = {
    "tools": {"tools": (TOOL,)},
    "tools.strict": {"tools": (replace(TOOL, strict=True),)},
    "tool_choice": {"tools": (TOOL,), "tool_choice": ToolChoice("named", "f")},
    "tool_choice.none": {"tools": (TOOL,), "tool_choice": ToolChoice("none")},
    "parallel_tool_calls": {"tools": (TOOL,), "parallel_tool_calls": False},
    "response_format.json_object": {"response_format": ResponseFormat("json_object")},
    "response_format.json_schema": {"response_format": ResponseFormat("json_schema", "a", {"type": "object"})},
    "max_tokens": {"max_tokens": 9},
    "temperature": {"temperature": 0.5},
    "top_p": {"top_p": 0.5},
    "top_k": {"top_k": 5},
    "stop": {"stop": ("END",)},
    "n": {"n": 2},
    "seed": {"seed": 7},
    "logprobs": {"logprobs": 2},
    "reasoning.effort": {"reasoning": Reasoning(effort="low")},
    "reasoning.budget": {"reasoning": Reasoning(budget=2_000)},
    "reasoning.off": {"reasoning": Reasoning(off=True)},
    "service_tier": {},
    "user": {"user": "u-1"},
    "metadata": {"metadata": {"a": "b"}},
    "messages.image": asks(Image("image/png", b"PNG")),
    "messages.image_detail": asks(Image("image/png", b"PNG", detail="high")),
    "messages.name": {"messages": (Message("user", (Text("Hi"),), "bob"),)},
    "messages.image_url": asks(Image(url="https://example.com/a.png")),
    "messages.pdf": asks(Document("application/pdf", b"PDF")),
    "messages.text_document": asks(Document("text/plain", b"Hello")),
    "messages.document_url": asks(Document("application/pdf", url="https://example.com/a.pdf")),
    "messages.signed_thoughts": answered(Thinking("Hm.", "sig")),
    "messages.unsigned_thoughts": answered(Thinking("Hm.")),
    "messages.signed_call": answered(ToolCall("1", "f", "{}", "sig"), tools=(TOOL,)),
    "messages.tool_error": {"messages": (Message("user", (Text("Hi"),)), *FAILED), "tools": (TOOL,)},
    "cache": {"messages": (Message("user", (Text("Hi", cache="1h"),)),)},
    "extras": {"extras": {"speed": "fast"}},
    "extras.hints": {"extras": {"verbosity": "low"}},
}
"""What says each of them, and nothing that a provider could object to besides."""

PLAIN = {"model", "messages", "dialect", "stream", "include_usage", "tags"}
"""Fields of which every provider makes the same."""


def body(provider: str, said: str) -> dict[str, Json]:
    changes = SAMPLES[said]
    if said == "service_tier":
        changes = {"service_tier": TIERS.get(provider, "priority")}
    dialect = "anthropic" if provider == "anthropic" else "openai"
    request = chat(**{"dialect": dialect, **changes})
    model = Model("m", provider, "gemini-3" if provider == "gemini" else "m", Prices(1, 5), 200_000, 64_000)
    if provider in (BEDROCK, ANTHROPIC.name):
        model = replace(model, model_id="anthropic.claude-sonnet-4-6")
    if provider == BEDROCK:
        return converse_parameters(model, request)
    if provider == ANTHROPIC.name:
        return anthropic_request.request_body(model, request, stream=False)
    return openai_request.request_body(VENDORS[provider], model, request, stream=False)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize("said", SAMPLES)
def test_a_provider_does_what_the_table_says(provider: str, said: str) -> None:
    if SUPPORT[provider][said].how is How.REFUSED:
        with pytest.raises(Unsupported) as raised:
            body(provider, said)
        named = str(raised.value.param)
        assert named == "speed" if said == "extras" else named.split(".")[0] == said.split(".")[0]
    else:
        assert body(provider, said)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_the_table_is_whole(provider: str) -> None:
    assert SUPPORT[provider].keys() == SAMPLES.keys()


def test_no_field_of_a_request_is_forgotten() -> None:
    told = {name.split(".")[0] for name in SAMPLES} - {"cache"}
    assert {field.name for field in fields(ChatRequest)} - PLAIN == told - {"messages"}
