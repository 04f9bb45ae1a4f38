"""The OpenAI-compatible vendors through a transport of our own, and once over a real socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import (
    Choice,
    Chunk,
    Completion,
    Document,
    End,
    Finish,
    Image,
    Message,
    Model,
    Prices,
    Reasoning,
    ResponseFormat,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Tool,
    ToolCall,
    ToolCallDelta,
    ToolChoice,
    ToolResult,
    Usage,
    UsageSoFar,
)
from pointsman.errors import Unsupported, UpstreamError, UpstreamKind
from pointsman.providers import hints
from pointsman.providers.openai_compatible import OpenAICompatible
from pointsman.providers.openai_request import request_body
from pointsman.providers.registry import VENDORS
from tests.fakes import chat
from tests.unit.providers.calling import Handler, Vendor, collected, completed, said, sent
from tests.unit.providers.schemas import check_openai

MODEL = Model("mini", "openai", "gpt-5.4-mini", Prices(1, 5), 200_000, 64_000, secret="openai")
WEATHER = Tool("weather", "Tells the weather.", {"type": "object"}, strict=True)
USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}


def provider(handler: Handler, vendor: str = "openai", key: str = "sk-1") -> OpenAICompatible:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return OpenAICompatible(VENDORS[vendor], http, lambda name: key)


def whole(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"choices": [choice], "usage": USAGE, **more}


def delta(finish: str | None = None, **what: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": what, "finish_reason": finish}]}


def sse(*pieces: Any, done: bool = True) -> bytes:
    return b"".join(f"data: {json.dumps(piece)}\n\n".encode() for piece in pieces) + b"data: [DONE]\n\n" * done


def of(vendor: str) -> Vendor:
    return lambda handler: provider(handler, vendor)


async def ask(vendor: str = "openai", *, stream: bool = False, model: Model = MODEL, **changes: Any) -> httpx.Request:
    """What the vendor was sent."""
    told = httpx.Response(200, json=whole({"content": "ok"}))
    reply = httpx.Response(200, content=sse(delta("stop", content="ok"))) if stream else told
    request = await sent(of(vendor), reply, model, chat(**changes), stream=stream)
    if vendor == "openai":
        check_openai(json.loads(request.content))
    return request


async def complete(body: Any, vendor: str = "openai", **response: Any) -> Completion:
    return await completed(of(vendor), MODEL, body, **response)


async def collect(body: bytes, vendor: str = "openai") -> list[Chunk]:
    return await collected(of(vendor), MODEL, body)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_conversation_is_mapped() -> None:
    request = await ask(
        messages=(
            said("system", "Be brief."),
            said("user", "Weather?", Image("image/png", b"PNG"), Image(url="https://example.com/a.png")),
            said("assistant", ToolCall("call_1", "weather", '{"city": "Oslo"}')),
            said("tool", ToolResult("call_1", (Text("rain"),)), ToolResult("call_2", ())),
        ),
        tools=(WEATHER,),
        tool_choice=ToolChoice("named", "weather"),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_schema", "city", {"type": "object"}, strict=True),
        max_tokens=100,
        temperature=1.5,
        top_p=0.9,
        stop=("END",),
        extras={"seed": 7},
    )
    assert str(request.url) == "https://api.openai.com/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-1"
    assert json.loads(request.content) == {
        "model": "gpt-5.4-mini",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,UE5H"}},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            {"role": "tool", "tool_call_id": "call_2", "content": ""},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "Tells the weather.",
                    "parameters": {"type": "object"},
                    "strict": True,
                },
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "schema": {"type": "object"}, "strict": True},
        },
        "max_completion_tokens": 100,
        "temperature": 1.5,
        "top_p": 0.9,
        "stop": ["END"],
        "seed": 7,
    }


async def test_nothing_is_sent_that_was_not_asked() -> None:
    assert json.loads((await ask()).content) == {
        "model": "gpt-5.4-mini",
        "messages": [{"role": "user", "content": "What is the capital of France?"}],
    }


async def test_a_lone_surrogate_gets_through() -> None:
    request = await ask(messages=(said("user", "\ud800"),))
    assert json.loads(request.content)["messages"][0]["content"] == "\ud800"


@pytest.mark.parametrize("mode", ["auto", "none", "required"])
async def test_tool_choice(mode: Any) -> None:
    request = await ask(tools=(WEATHER,), tool_choice=ToolChoice(mode))
    assert json.loads(request.content)["tool_choice"] == mode


async def test_json_object() -> None:
    request = await ask(response_format=ResponseFormat("json_object"))
    assert json.loads(request.content)["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("stream", [False, True])
async def test_each_vendor_is_asked_in_its_own_way(vendor: str, stream: bool) -> None:
    row = VENDORS[vendor]
    model = replace(MODEL, endpoint=None if row.base_url else "https://example.com/v1/")
    request = await ask(vendor, stream=stream, model=model, max_tokens=9)
    body = json.loads(request.content)
    assert str(request.url) == f"{row.base_url or 'https://example.com/v1'}/chat/completions"
    assert request.headers[row.key_header] == f"{row.key_prefix}sk-1"
    assert body[row.max_tokens] == 9
    assert body.get("stream", False) is stream
    assert ("stream_options" in body) is (stream and row.usage_on_request)


async def test_a_model_without_a_secret_sends_no_key() -> None:
    request = await ask("ollama", model=replace(MODEL, secret=None))
    assert str(request.url) == "http://127.0.0.1:11434/v1/chat/completions"
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"extras": {"logprobs": True}}, "logprobs"),
        ({"extras": {"modalities": ["text", "audio"]}}, "modalities"),
        ({"messages": (said("assistant", Image("image/png", b"")),)}, "messages.0.content.0"),
        ({"messages": (said("system", Image("image/png", b"")),)}, "messages.0.content.0"),
        ({"messages": (said("user", ToolCall("1", "f", "{}")),)}, "messages.0.content.0"),
        ({"messages": (said("user", ToolResult("1", ())),)}, "messages.0.content.0"),
        ({"messages": (said("tool", "hm"),)}, "messages.0.content.0"),
        ({"messages": (said("tool", ToolResult("1", (Image("image/png", b""),))),)}, "messages.0.content.0.0"),
        ({"messages": (said("user", Thinking("Hm.")),)}, "messages.0.content.0"),
        ({"messages": (said("assistant", Thinking("Hm.", "sig")),)}, "messages.0.content.0"),
        ({"messages": (said("assistant", ToolCall("1", "f", "{}", "sig")),)}, "messages.0.content.0"),
        ({"messages": (said("user", Document("application/zip", b"PK")),)}, "messages.0.content.0"),
        ({"messages": (said("user", Document("application/pdf", url="https://a.b")),)}, "messages.0.content.0"),
        ({"extras": {"thinking": {}}, "dialect": "anthropic"}, "thinking"),
        ({"top_k": 5}, "top_k"),
        ({"service_tier": "on_demand"}, "service_tier"),
        ({"reasoning": Reasoning(budget=2_000)}, "reasoning"),
        ({"reasoning": Reasoning(visible=True)}, "reasoning"),
    ],
)
async def test_what_cannot_be_mapped_is_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(Unsupported) as raised:
        await ask(**changes)
    assert raised.value.param == param


@pytest.mark.parametrize(
    ("vendor", "message", "field"),
    [
        ("ollama", said("user", "Look", Image(url="https://a.b", detail="low")), "content.1.detail"),
    ],
)
async def test_what_a_vendor_does_not_know_of_a_message_is_named(vendor: str, message: Message, field: str) -> None:
    with pytest.raises(Unsupported) as raised:
        await ask(vendor, messages=(said("system", "Be brief."), message))
    assert raised.value.param == f"messages.1.{field}"


async def test_a_participants_name_and_an_images_detail_go_along() -> None:
    request = await ask(messages=(Message("user", (Image(url="https://example.com/a", detail="low"),), "bob"),))
    shown = {"type": "image_url", "image_url": {"url": "https://example.com/a", "detail": "low"}}
    assert json.loads(request.content)["messages"] == [{"role": "user", "content": [shown], "name": "bob"}]


SETTINGS: dict[str, Any] = {
    "n": 3,
    "seed": 7,
    "logprobs": 2,
    "top_k": 5,
    "user": "u-1",
    "metadata": {"a": "b"},
    "reasoning": Reasoning(effort="low"),
    "service_tier": "flex",
}


@pytest.mark.parametrize(("vendor", "sent"), [("openai", {"verbosity": "low", "prompt_cache_key": "k"}), ("groq", {})])
async def test_a_hint_goes_only_where_it_is_known(vendor: str, sent: dict[str, str]) -> None:
    extras = {"verbosity": "low", "prompt_cache_key": "k", "logit_bias": {"5": 1}}
    body = json.loads((await ask(vendor, extras=extras)).content)
    assert body == json.loads((await ask(vendor)).content) | {"logit_bias": {"5": 1}} | sent


async def test_a_participants_name_is_left_away_where_there_is_no_place_for_it() -> None:
    body = json.loads((await ask("mistral", messages=(Message("user", (Text("Hi"),), "bob"),))).content)
    assert body["messages"] == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("field", sorted(SETTINGS))
async def test_a_field_is_sent_by_the_vendors_name_left_away_or_refused(vendor: str, field: str) -> None:
    row = VENDORS[vendor]
    model = replace(MODEL, endpoint=None if row.base_url else "https://example.com/v1")
    known = "flex" in row.service_tiers if field == "service_tier" else field in row.takes
    if not known and field in hints.FIELDS:
        body = json.loads((await ask(vendor, model=model, **{field: SETTINGS[field]})).content)
        assert body == json.loads((await ask(vendor, model=model)).content)
        return
    if not known:
        with pytest.raises(Unsupported) as raised:
            await ask(vendor, model=model, **{field: SETTINGS[field]})
        assert raised.value.param == field
        return
    body = json.loads((await ask(vendor, model=model, **{field: SETTINGS[field]})).content)
    sent = {"reasoning": "low", "logprobs": True}.get(field, SETTINGS[field])
    assert body[row.takes.get(field, field)] == sent
    assert body.get("top_logprobs") == (2 if field == "logprobs" else None)


@pytest.mark.parametrize(
    ("vendor", "wanted", "sent"),
    [
        ("openai", Reasoning(), {}),
        ("openai", Reasoning(visible=False), {}),
        ("openai", Reasoning(off=True), {"reasoning_effort": "none"}),
        ("openai", Reasoning(effort="none"), {"reasoning_effort": "none"}),
        ("deepseek", Reasoning(off=True), {"thinking": {"type": "disabled"}}),
        ("deepseek", Reasoning(effort="high", visible=True), {"reasoning_effort": "high"}),
    ],
)
async def test_reasoning(vendor: str, wanted: Reasoning, sent: dict[str, Any]) -> None:
    body = json.loads((await ask(vendor, reasoning=wanted)).content)
    assert {name: value for name, value in body.items() if name not in ("model", "messages")} == sent


@pytest.mark.parametrize(
    ("vendor", "wanted"),
    [("together", Reasoning(off=True)), ("deepseek", Reasoning(visible=False)), ("mistral", Reasoning(effort="low"))],
)
async def test_thinking_that_a_vendor_cannot_be_told_of(vendor: str, wanted: Reasoning) -> None:
    with pytest.raises(Unsupported) as raised:
        await ask(vendor, reasoning=wanted)
    assert raised.value.param == "reasoning"


@pytest.mark.parametrize(
    ("own", "asked", "sent"),
    [
        (None, "auto", None),
        ("flex", "auto", "flex"),
        ("flex", "standard_only", "default"),
        (None, "priority", "priority"),
    ],
)
async def test_service_tier(own: str | None, asked: str, sent: str | None) -> None:
    body = json.loads((await ask(model=replace(MODEL, service_tier=own), service_tier=asked)).content)
    assert body.get("service_tier") == sent


async def test_documents() -> None:
    request = await ask(
        messages=(
            said("user", Document("application/pdf", b"PDF"), Document("text/markdown", "é".encode(), name="a.md")),
        )
    )
    assert json.loads(request.content)["messages"][0]["content"] == [
        {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,UERG"}},
        {"type": "text", "text": "a.md:\n\né"},
    ]


@pytest.mark.parametrize(
    ("vendor", "content"),
    [
        ("openai", "Hi"),
        ("openrouter", [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]),
    ],
)
async def test_cache_markers_go_where_they_are_known(vendor: str, content: Any) -> None:
    request = await ask(vendor, messages=(said("user", Text("Hi", cache="1h")),))
    assert json.loads(request.content)["messages"][0]["content"] == content


async def test_thoughts_that_a_vendor_has_no_place_for_are_left_away() -> None:
    turns = (said("user", "Hi"), said("assistant", Thinking("Hm.")), said("assistant", Thinking("Hm."), "So."))
    assert json.loads((await ask(messages=turns)).content)["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "So."},
    ]


async def test_deepseek_gets_its_thoughts_back() -> None:
    request = await ask(
        "deepseek", messages=(said("user", "Hi"), said("assistant", Thinking("Hm."), ToolCall("1", "f", "{}")))
    )
    assert json.loads(request.content)["messages"][1]["reasoning_content"] == "Hm."


async def test_a_failed_tool_says_so() -> None:
    results = (ToolResult("1", (), is_error=True), ToolResult("2", (Text("no"),), is_error=True))
    two = ToolResult("3", (Text("a"), Text("b")), is_error=True)
    sent = json.loads((await ask(messages=(said("tool", *results, two),))).content)["messages"]
    text = [{"type": "text", "text": words} for words in ("The tool failed.", "a", "b")]
    assert [one["content"] for one in sent] == ["The tool failed.", "The tool failed. no", text]


async def test_gemini_gets_its_signatures_back_and_a_stand_in_for_those_it_never_gave() -> None:
    signed, unsigned = ToolCall("1", "f", "{}", "sig"), ToolCall("2", "f", "{}")
    request = await ask(
        "gemini",
        model=replace(MODEL, model_id="gemini-3-flash"),
        messages=(said("assistant", signed, unsigned), said("assistant", unsigned, unsigned)),
    )
    first, second = json.loads(request.content)["messages"]
    assert first["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "sig"}}
    assert "extra_content" not in first["tool_calls"][1]
    stand_in = second["tool_calls"][0]["extra_content"]["google"]["thought_signature"]
    assert stand_in == "skip_thought_signature_validator"
    older = await ask(
        "gemini", model=replace(MODEL, model_id="gemini-2.5-pro"), messages=(said("assistant", unsigned),)
    )
    assert "extra_content" not in json.loads(older.content)["messages"][0]["tool_calls"][0]


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@given(id=st.text(min_size=1, max_size=80))
def test_ids_fit_the_vendor_and_leave_no_orphan(vendor: str, id: str) -> None:
    row = VENDORS[vendor]
    turns = (said("assistant", ToolCall(id, "f", "{}")), said("tool", ToolResult(id, (Text("ok"),))))
    call, result = request_body(row, MODEL, chat(messages=turns), stream=False)["messages"]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"]
    assert row.tool_id.fullmatch(result["tool_call_id"])


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_answer() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
    body = whole({"content": "Let me see.", "tool_calls": [call]}, "tool_calls")
    assert await complete(body) == Completion(
        (Text("Let me see."), ToolCall("c1", "weather", '{"city":"Oslo"}')), Finish.TOOL_CALLS, Usage(10, 3)
    )


@pytest.mark.parametrize(
    ("vendor", "reported", "usage"),
    [
        ("openai", None, None),
        ("openai", USAGE, Usage(10, 3)),
        (
            "openai",
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 80},
                "completion_tokens_details": {"reasoning_tokens": 40},
            },
            Usage(20, 50, cache_read=80, reasoning=40),
        ),
        ("openai", {**USAGE, "prompt_tokens_details": None}, Usage(10, 3)),
        # DeepSeek's own words, Moonshot's, and OpenAI's for what was written.
        (
            "deepseek",
            {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
            Usage(36, 5, cache_read=64),
        ),
        ("vllm", {**USAGE, "cached_tokens": 4}, Usage(6, 3, cache_read=4)),
        (
            "openai",
            {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 60}},
            Usage(30, 0, cache_read=10, cache_write_5m=60),
        ),
        # Cached tokens beside the prompt's: more than it, or part of the sum.
        (
            "vllm",
            {"prompt_tokens": 10, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 80}},
            Usage(10, 3, cache_read=80),
        ),
        (
            "vllm",
            {
                "prompt_tokens": 100,
                "completion_tokens": 3,
                "total_tokens": 163,
                "cache_read_input_tokens": 40,
                "cache_creation_input_tokens": 20,
            },
            Usage(100, 3, cache_read=40, cache_write_5m=20),
        ),
        # OpenRouter adds what it charges.
        ("openrouter", {**USAGE, "cost": 0.00014, "cost_details": {"upstream_inference_cost": None}}, Usage(10, 3)),
        ("openai", {"total_tokens": 9}, None),
        (
            "xai",
            {
                "prompt_tokens": 32,
                "completion_tokens": 9,
                "total_tokens": 135,
                "prompt_tokens_details": {"cached_tokens": 6},
                "completion_tokens_details": {"reasoning_tokens": 94},
            },
            Usage(26, 103, cache_read=6, reasoning=94),
        ),
        (
            "gemini",
            {"prompt_tokens": 21, "completion_tokens": 5, "total_tokens": 81},
            Usage(21, 60, reasoning=55),
        ),
        (
            "gemini",
            {
                "prompt_tokens": 21,
                "total_tokens": 81,
                "completion_tokens_details": {"reasoning_tokens": 60},
            },
            Usage(21, 60, reasoning=60),
        ),
    ],
)
async def test_usage_is_disjoint(vendor: str, reported: Any, usage: Usage | None) -> None:
    assert (await complete(whole({"content": "ok"}, usage=reported), vendor)).usage == usage


@pytest.mark.parametrize(
    ("message", "reason", "parts", "finish"),
    [
        ({"content": "ok"}, "stop", (Text("ok"),), Finish.STOP),
        ({"content": "ok"}, "length", (Text("ok"),), Finish.LENGTH),
        ({"content": None}, "length", (), Finish.LENGTH),
        ({"content": "ok"}, "content_filter", (Text("ok"),), Finish.CONTENT_FILTER),
        ({"content": "ok"}, "somehow", (Text("ok"),), Finish.STOP),
        ({"content": None, "refusal": "No."}, "stop", (Text("No."),), Finish.CONTENT_FILTER),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                    {"type": "text", "text": "ok"},
                ]
            },
            "stop",
            (Thinking("Hm."), Text("ok")),
            Finish.STOP,
        ),
        ({"content": "ok", "reasoning_content": "Hm."}, "stop", (Thinking("Hm."), Text("ok")), Finish.STOP),
        ({"content": "ok", "reasoning": "Hm."}, "stop", (Thinking("Hm."), Text("ok")), Finish.STOP),
        (
            {
                "tool_calls": [
                    {
                        "id": "c",
                        "function": {"name": "f"},
                        "extra_content": {"google": {"thought_signature": "sig"}},
                    }
                ]
            },
            "tool_calls",
            (ToolCall("c", "f", "{}", "sig"),),
            Finish.TOOL_CALLS,
        ),
        (
            {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": ""}}]},
            "stop",
            (ToolCall("c", "f", "{}"),),
            Finish.TOOL_CALLS,
        ),
    ],
)
async def test_finish(message: dict[str, Any], reason: str, parts: Any, finish: Finish) -> None:
    answer = await complete(whole(message, reason))
    assert (answer.parts, answer.finish) == (parts, finish)


async def test_logprobs_and_the_tier_are_told() -> None:
    token = {"token": "ok", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    body = whole({"content": "ok"}, service_tier="flex")
    body["choices"][0]["logprobs"] = {"content": [token], "refusal": None}
    answer = await complete(body)
    assert (answer.logprobs, answer.service_tier) == ((token,), "flex")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": "hello"}]}',
        whole({"content": "ok"}, None),
        whole({"content": "ok"}, usage={"prompt_tokens": -1}),
        whole({"tool_calls": [{"id": "c", "function": {}}]}),
    ],
)
async def test_garbage_is_a_bad_response(body: Any) -> None:
    with pytest.raises(UpstreamError) as raised:
        await complete(body)
    assert raised.value.kind is UpstreamKind.BAD_RESPONSE


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


def call(index: int | None, id: str | None = None, name: str | None = None, arguments: str = "") -> dict[str, Any]:
    return delta(tool_calls=[{"index": index, "id": id, "function": {"name": name, "arguments": arguments}}])


async def test_a_stream() -> None:
    body = b": keep-alive\n\n" + sse(
        delta(role="assistant", content=""),
        delta(content="It is "),
        delta(content="☂."),
        call(0, "a", "weather"),
        call(0, arguments='{"city":'),
        call(0, arguments='"Oslo"}'),
        call(1, "b", "weather", "{}"),
        delta("tool_calls"),
        {"choices": [], "usage": USAGE},
    )
    assert await collect(body) == [
        TextDelta("It is "),
        TextDelta("☂."),
        ToolCallDelta(0, "", "a", "weather"),
        ToolCallDelta(0, '{"city":'),
        ToolCallDelta(0, '"Oslo"}'),
        ToolCallDelta(1, "{}", "b", "weather"),
        UsageSoFar(Usage(10, 3)),
        End(Finish.TOOL_CALLS, Usage(10, 3)),
    ]


async def test_thoughts_signatures_and_logprobs_in_a_stream() -> None:
    token = {"token": "ok", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    signed = {"extra_content": {"google": {"thought_signature": "sig"}}}
    tool = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    body = sse(
        delta(reasoning_content="Hm"),
        delta(reasoning="."),
        {"choices": [{"delta": {"content": "ok"}, "logprobs": {"content": [token]}}], "service_tier": "flex"},
        delta(tool_calls=[tool | signed]),
        delta("tool_calls"),
    )
    assert await collect(body, "deepseek") == [
        ThinkingDelta("Hm"),
        ThinkingDelta("."),
        TextDelta("ok", (token,)),
        ToolCallDelta(0, "{}", "a", "f", "sig"),
        End(Finish.TOOL_CALLS, None, service_tier="flex"),
    ]


@pytest.mark.parametrize(
    "last",
    [
        {"choices": [], "usage": USAGE},
        {"choices": [{"delta": {}, "finish_reason": "stop", "usage": USAGE}]},
        {"choices": [], "x_groq": {"id": "x", "usage": USAGE}},
    ],
)
async def test_usage_may_come_twice_and_anywhere(last: Any) -> None:
    early = {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}}
    assert await collect(sse(early, delta("stop", content="ok"), last)) == [
        UsageSoFar(Usage(10, 1)),
        TextDelta("ok"),
        UsageSoFar(Usage(10, 3)),
        End(Finish.STOP, Usage(10, 3)),
    ]


@pytest.mark.parametrize("index", [0, None])
async def test_calls_are_told_apart_where_the_index_does_not(index: int | None) -> None:
    body = sse(call(index, "a", "f", "{}"), call(index, "b", "f", "{"), call(index, None, None, "}"), delta("stop"))
    assert await collect(body) == [
        ToolCallDelta(0, "{}", "a", "f"),
        ToolCallDelta(1, "{", "b", "f"),
        ToolCallDelta(1, "}"),
        End(Finish.TOOL_CALLS, None),
    ]


async def test_a_stream_may_end_without_saying_done() -> None:
    assert (await collect(sse(delta("stop", content="ok"), done=False)))[-1] == End(Finish.STOP, None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", UpstreamKind.BAD_RESPONSE),
        (b"<html>", UpstreamKind.BAD_RESPONSE),
        (b"data: [DONE]\n\n", UpstreamKind.BAD_RESPONSE),
        (b"data: {oops\n\n", UpstreamKind.BAD_RESPONSE),
        (b"data: []\n\n", UpstreamKind.BAD_RESPONSE),
        (sse(delta(content="ok"), done=False), UpstreamKind.BAD_RESPONSE),
        (sse(call(0, None, None, "{}")), UpstreamKind.BAD_RESPONSE),
        (sse({"error": {"message": "PRIVATE", "code": 429}}), UpstreamKind.RATE_LIMITED),
        (sse({"error": {"message": "PRIVATE", "type": "server_error"}}), UpstreamKind.UNAVAILABLE),
        (sse({"error": "PRIVATE"}), UpstreamKind.UNAVAILABLE),
    ],
)
async def test_a_stream_that_fails(body: bytes, kind: UpstreamKind) -> None:
    with pytest.raises(UpstreamError) as raised:
        await collect(body)
    assert raised.value.kind is kind
    assert "PRIVATE" not in raised.value.message


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def error(message: Any = "PRIVATE", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("vendor", "status", "body", "kind"),
    [
        ("openai", 400, error(code="context_length_exceeded"), UpstreamKind.CONTEXT_TOO_LONG),
        ("vllm", 400, error("This model's maximum context length is 4096 tokens."), UpstreamKind.CONTEXT_TOO_LONG),
        ("llama_cpp", 400, error(type="exceed_context_size_error", code=400), UpstreamKind.CONTEXT_TOO_LONG),
        ("groq", 413, b"", UpstreamKind.CONTEXT_TOO_LONG),
        ("azure_openai", 400, error(code="content_filter"), UpstreamKind.CONTENT_FILTERED),
        ("openai", 400, error(type="invalid_request_error"), UpstreamKind.BAD_REQUEST),
        ("mistral", 422, {"message": {"detail": [{"loc": ["body"]}]}, "type": "x"}, UpstreamKind.BAD_REQUEST),
        ("openai", 401, error(type="invalid_request_error", code="invalid_api_key"), UpstreamKind.AUTH),
        ("openai", 403, b"", UpstreamKind.AUTH),
        ("gemini", 400, [error("API key not valid.", code=400, status="INVALID_ARGUMENT")], UpstreamKind.AUTH),
        ("deepseek", 402, error(), UpstreamKind.AUTH),
        ("openai", 429, error(code="insufficient_quota"), UpstreamKind.AUTH),
        ("openai", 429, error(code="rate_limit_exceeded"), UpstreamKind.RATE_LIMITED),
        ("gemini", 429, [error(code=429, status="RESOURCE_EXHAUSTED")], UpstreamKind.RATE_LIMITED),
        ("openai", 404, error(code="model_not_found"), UpstreamKind.NOT_FOUND),
        ("ollama", 404, {"error": "model PRIVATE not found"}, UpstreamKind.NOT_FOUND),
        ("groq", 400, error(code="model_decommissioned"), UpstreamKind.NOT_FOUND),
        ("groq", 498, b"", UpstreamKind.OVERLOADED),
        ("openai", 503, b"<html>", UpstreamKind.OVERLOADED),
        ("openai", 500, error(), UpstreamKind.UNAVAILABLE),
        ("openai", 502, b"\xff", UpstreamKind.UNAVAILABLE),
        ("openai", 599, b"", UpstreamKind.UNAVAILABLE),
        ("openai", 504, b"", UpstreamKind.TIMEOUT),
        ("openai", 418, b"null", UpstreamKind.BAD_REQUEST),
        ("openai", 307, b"", UpstreamKind.BAD_RESPONSE),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_error_matrix(vendor: str, status: int, body: Any, kind: UpstreamKind, stream: bool) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"retry-after": "3", "location": "https://example.com"}
    asked = provider(lambda _: httpx.Response(status, content=content, headers=headers), vendor)
    model = replace(MODEL, endpoint="https://example.com/v1")
    call = anext(asked.stream(model, chat(), 5)) if stream else asked.complete(model, chat(), 5)
    with pytest.raises(UpstreamError) as raised:
        await call
    assert raised.value.kind is kind
    assert raised.value.retry_after == 3
    assert "PRIVATE" not in raised.value.message


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (httpx.ConnectError("x"), UpstreamKind.UNAVAILABLE),
        (httpx.ConnectTimeout("x"), UpstreamKind.UNAVAILABLE),
        (httpx.PoolTimeout("x"), UpstreamKind.UNAVAILABLE),
        (httpx.ReadTimeout("x"), UpstreamKind.TIMEOUT),
        (httpx.RemoteProtocolError("x"), UpstreamKind.UNAVAILABLE),
        (httpx.DecodingError("x"), UpstreamKind.BAD_RESPONSE),
        (httpx.UnsupportedProtocol("x"), UpstreamKind.NOT_FOUND),
    ],
)
async def test_a_broken_line(broken: Exception, kind: UpstreamKind) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise broken

    with pytest.raises(UpstreamError) as whole_answer:
        await provider(handler).complete(MODEL, chat(), 5)
    with pytest.raises(UpstreamError) as streamed:
        await anext(provider(handler).stream(MODEL, chat(), 5))
    assert whole_answer.value.kind is streamed.value.kind is kind


@pytest.mark.parametrize("key", ["", " ", "sk-é", "sk-1\r\nx: y"])
async def test_a_key_that_cannot_be_one(key: str) -> None:
    with pytest.raises(UpstreamError) as raised:
        await provider(lambda _: httpx.Response(500), key=key).complete(MODEL, chat(), 5)
    assert raised.value.kind is UpstreamKind.AUTH


async def test_a_secret_that_cannot_be_read_is_not_told() -> None:
    def secrets(name: str) -> str:
        raise RuntimeError("PRIVATE")

    asked = OpenAICompatible(VENDORS["openai"], httpx.AsyncClient(), secrets)
    with pytest.raises(UpstreamError) as raised:
        await asked.complete(MODEL, chat(), 5)
    assert raised.value.kind is UpstreamKind.AUTH
    assert "PRIVATE" not in raised.value.message


@pytest.mark.parametrize(
    ("vendor", "changes", "kind"),
    [
        ("openai", {"secret": None}, UpstreamKind.AUTH),
        ("openai_compatible", {}, UpstreamKind.NOT_FOUND),
        ("openai_compatible", {"endpoint": "http://example.com:port"}, UpstreamKind.NOT_FOUND),
    ],
)
async def test_a_model_that_is_not_set_up(vendor: str, changes: Any, kind: UpstreamKind) -> None:
    with pytest.raises(UpstreamError) as raised:
        await ask(vendor, model=replace(MODEL, **changes))
    assert raised.value.kind is kind


# ── a real socket ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_over_a_real_socket_a_stream_comes_piece_by_piece_and_can_be_left() -> None:
    gone: asyncio.Queue[bool] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        raw = "data: " + json.dumps(delta(content="☂"), ensure_ascii=False) + "\r\n\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for byte in raw.encode():
            writer.write(b"1\r\n" + bytes([byte]) + b"\r\n")
            await writer.drain()
        while await reader.read(1024):
            pass
        writer.close()
        gone.put_nowait(True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = replace(MODEL, endpoint=f"http://127.0.0.1:{port}/v1", secret=None)
    async with httpx.AsyncClient() as http:
        asked = OpenAICompatible(VENDORS["openai_compatible"], http, lambda name: "")
        stream = asked.stream(model, chat(), 5)
        assert await anext(stream) == TextDelta("☂")
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(gone.get(), 5)

        silent = asked.stream(model, chat(), 0.2)
        assert await anext(silent) == TextDelta("☂")
        with pytest.raises(UpstreamError) as raised:
            await anext(silent)
        assert raised.value.kind is UpstreamKind.TIMEOUT
        await asyncio.wait_for(gone.get(), 5)
    server.close()
    await server.wait_closed()


# ── several choices ──────────────────────────────────────────────────────────────────────────────────────────────


def of_choice(index: int, finish: str | None = None, **what: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": what, "finish_reason": finish}]}


def call_of(index: int, id: str, arguments: str) -> dict[str, Any]:
    call = {"index": 0, "id": id, "type": "function", "function": {"name": "f", "arguments": arguments}}
    return of_choice(index, tool_calls=[call])


async def streamed(*pieces: Any) -> list[Chunk]:
    answering = provider(lambda _: httpx.Response(200, content=sse(*pieces)))
    return [chunk async for chunk in answering.stream(MODEL, chat(n=2), 5)]


async def test_several_whole_answers_have_one_usage() -> None:
    body = whole({"content": "Heads"})
    tails = {"role": "assistant", "refusal": "No."}
    body["choices"] = [{"index": 1, "message": tails, "finish_reason": "stop"}, *body["choices"]]
    answer = await provider(lambda _: httpx.Response(200, json=body)).complete(MODEL, chat(n=2), 5)
    assert answer == Completion(
        (Text("Heads"),),
        Finish.STOP,
        Usage(10, 3),
        others=(Completion((Text("No."),), Finish.CONTENT_FILTER, None),),
    )


async def test_several_streamed_answers_are_told_apart() -> None:
    usage = {"choices": [], "usage": USAGE}
    assert await streamed(
        of_choice(1, content="Ta"),
        of_choice(0, content="Heads"),
        call_of(0, "call_a", "{}"),
        of_choice(1, content="ils"),
        call_of(1, "call_b", "{}"),
        of_choice(0, "tool_calls"),
        of_choice(1, "length"),
        usage,
    ) == [
        Choice(1, TextDelta("Ta")),
        TextDelta("Heads"),
        ToolCallDelta(0, "{}", "call_a", "f"),
        Choice(1, TextDelta("ils")),
        Choice(1, ToolCallDelta(0, "{}", "call_b", "f")),
        UsageSoFar(Usage(10, 3)),
        Choice(1, End(Finish.LENGTH, None)),
        End(Finish.TOOL_CALLS, Usage(10, 3)),
    ]


@pytest.mark.parametrize(
    "pieces",
    [
        [of_choice(0, "stop", content="Heads"), of_choice(1, content="Ta")],
        [of_choice(1, "stop", content="Tails")],
        [of_choice(0, "stop"), of_choice(1, "stop"), of_choice(2, "stop")],
        [of_choice(-1, "stop")],
    ],
    ids=["unfinished", "without the first", "one too many", "below zero"],
)
async def test_choices_that_are_not_those_asked_for_are_no_answer(pieces: list[Any]) -> None:
    with pytest.raises(UpstreamError) as raised:
        await streamed(*pieces)
    assert raised.value.kind is UpstreamKind.BAD_RESPONSE


@pytest.mark.parametrize(("n", "counted"), [(1, True), (2, False)])
async def test_llama_cpps_count_of_one_choice_among_several_is_none(n: int, counted: bool) -> None:
    model = replace(MODEL, secret=None)
    answering = provider(lambda _: httpx.Response(200, json=whole({"content": "Heads"})), "llama_cpp")
    assert ((await answering.complete(model, chat(n=n), 5)).usage is not None) is counted
    streaming = provider(lambda _: httpx.Response(200, content=sse(delta("stop"), {"usage": USAGE})), "llama_cpp")
    *_, end = [chunk async for chunk in streaming.stream(model, chat(n=n), 5)]
    assert isinstance(end, End)
    assert (end.usage is not None) is counted
