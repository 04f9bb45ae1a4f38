"""Anthropic's Messages API through a transport of our own; every body is checked against the SDK's published types."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pointsman.domain import (
    Chunk,
    Completion,
    Document,
    End,
    Finish,
    Image,
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
from pointsman.providers.anthropic import Anthropic
from tests.fakes import chat
from tests.unit.providers.calling import collected, completed, said, sent
from tests.unit.providers.schemas import check_anthropic

MODEL = Model("sonnet", "anthropic", "claude-sonnet-4-6", Prices(3, 15), 200_000, 64_000, secret="anthropic")
OLD, NEW = replace(MODEL, model_id="claude-haiku-4-5-20251001"), replace(MODEL, model_id="claude-opus-4-7")
WEATHER = Tool("weather", "Tells the weather.", {"properties": {}}, strict=True, cache="1h")
USAGE = {"input_tokens": 10, "output_tokens": 3}


def provider(handler: Any, key: str = "sk-ant-1") -> Anthropic:
    return Anthropic(httpx.AsyncClient(transport=httpx.MockTransport(handler)), lambda name: key)


def message(*content: dict[str, Any], stop: str | None = "end_turn", usage: Any = USAGE, **more: Any) -> dict[str, Any]:
    return {"type": "message", "content": list(content), "stop_reason": stop, "usage": usage, **more}


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in events)


async def ask(model: Model = MODEL, *, stream: bool = False, **changes: Any) -> dict[str, Any]:
    """What Anthropic was sent."""
    told = httpx.Response(200, json=message({"type": "text", "text": "ok"}))
    reply = httpx.Response(200, content=sse(START, delta_of(), STOP)) if stream else told
    request = await sent(provider, reply, model, chat(**changes), stream=stream)
    assert str(request.url) == "https://api.anthropic.com/v1/messages"
    assert request.headers["x-api-key"] == "sk-ant-1"
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in request.headers
    body: dict[str, Any] = json.loads(request.content)
    check_anthropic(body)
    return body


async def complete(body: Any, **response: Any) -> Completion:
    return await completed(provider, MODEL, body, **response)


async def collect(body: bytes) -> list[Chunk]:
    return await collected(provider, MODEL, body)


START = {"type": "message_start", "message": message(stop=None, usage=USAGE | {"output_tokens": 1})}
STOP = {"type": "message_stop"}


def block(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **more}}


def piece(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def delta_of(reason: str = "end_turn", **usage: int) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 3} | usage}


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_conversation_is_mapped() -> None:
    body = await ask(
        messages=(
            said("system", Text("Be brief.", cache="1h")),
            said(
                "user", Text("Weather?", cache="5m"), Image("image/jpg", b"JPG"), Image(url="https://example.com/a.png")
            ),
            said("user", Document("application/pdf", b"PDF", name="a.pdf"), Document("text/markdown", "é".encode())),
            said(
                "assistant",
                Thinking("Hm.", signature="sig"),
                Thinking(redacted="xyz"),
                "",
                ToolCall("call_1", "weather", '{"city": "Oslo"}'),
                ToolCall("call/" + "x" * 9, "weather", ""),
            ),
            said("tool", ToolResult("call_1", (Text("rain"), Image("image/png", b"PNG")))),
            said("tool", ToolResult("call/" + "x" * 9, (), is_error=True, cache="5m")),
            said("user", "So?"),
        ),
        tools=(WEATHER,),
        tool_choice=ToolChoice("named", "weather"),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_schema", "city", {"type": "object"}),
        max_tokens=100,
        temperature=0.5,
        top_k=40,
        stop=("END",),
        user="u-1",
        service_tier="default",
        dialect="anthropic",
        extras={"inference_geo": "eu"},
    )
    renamed = body["messages"][1]["content"][3]["id"]
    assert renamed.startswith("call_")
    assert body == {
        "model": "claude-sonnet-4-6",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?", "cache_control": {"type": "ephemeral", "ttl": "5m"}},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "SlBH"}},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                    {
                        "type": "document",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "UERG"},
                        "title": "a.pdf",
                    },
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "é"}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
                    {"type": "redacted_thinking", "data": "xyz"},
                    {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}},
                    {"type": "tool_use", "id": renamed, "name": "weather", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_1",
                        "content": [
                            {"type": "text", "text": "rain"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "UE5H"}},
                        ],
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": renamed,
                        "is_error": True,
                        "cache_control": {"type": "ephemeral", "ttl": "5m"},
                    },
                    {"type": "text", "text": "So?"},
                ],
            },
        ],
        "tools": [
            {
                "name": "weather",
                "description": "Tells the weather.",
                "input_schema": {"type": "object", "properties": {}},
                "strict": True,
                "cache_control": {"type": "ephemeral", "ttl": "1h"},
            }
        ],
        "tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "temperature": 0.5,
        "top_k": 40,
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u-1"},
        "service_tier": "standard_only",
        "inference_geo": "eu",
    }


async def test_nothing_is_sent_that_was_not_asked_but_the_most_tokens_that_must_be() -> None:
    text = [{"type": "text", "text": "What is the capital of France?"}]
    plain = {"model": "claude-sonnet-4-6", "max_tokens": 64_000, "messages": [{"role": "user", "content": text}]}
    assert await ask() == plain
    assert await ask(stream=True) == plain | {"stream": True}


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"tool_choice": ToolChoice("auto")}, {"type": "auto"}),
        ({"tool_choice": ToolChoice("required")}, {"type": "any"}),
        ({"tool_choice": ToolChoice("none"), "parallel_tool_calls": False}, {"type": "none"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": True}, None),
    ],
)
async def test_tool_choice(changes: dict[str, Any], sent: Any) -> None:
    assert (await ask(tools=(WEATHER,), **changes)).get("tool_choice") == sent


@pytest.mark.parametrize(
    ("model", "wanted", "thinking", "effort"),
    [
        (MODEL, Reasoning(), {"type": "adaptive"}, None),
        (MODEL, Reasoning(effort="minimal"), {"type": "adaptive"}, "low"),
        (NEW, Reasoning(effort="xhigh", visible=True), {"type": "adaptive", "display": "summarized"}, "xhigh"),
        (NEW, Reasoning(visible=False), {"type": "adaptive", "display": "omitted"}, None),
        (NEW, Reasoning(off=True), {"type": "disabled"}, None),
        (NEW, Reasoning(effort="none"), {"type": "disabled"}, None),
        (MODEL, Reasoning(budget=2_000, effort="low"), {"type": "enabled", "budget_tokens": 2_000}, "low"),
        (OLD, Reasoning(budget=2_000), {"type": "enabled", "budget_tokens": 2_000}, None),
        (OLD, Reasoning(effort="low"), {"type": "enabled", "budget_tokens": 2_048}, None),
        (OLD, Reasoning(effort="max", visible=True), {"type": "enabled", "budget_tokens": 4_000}, None),
        (replace(MODEL, model_id="claude-3-5-haiku-20241022"), Reasoning(off=True), None, None),
    ],
)
async def test_thinking(model: Model, wanted: Reasoning, thinking: Any, effort: str | None) -> None:
    body = await ask(model, reasoning=wanted, max_tokens=8_000)
    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == effort


@pytest.mark.parametrize(
    ("wanted", "thinking"),
    [
        (Reasoning(effort="high"), None),
        (Reasoning(effort="high", adaptive=True), {"type": "adaptive"}),
        (Reasoning(effort="high", off=True), {"type": "disabled"}),
    ],
)
async def test_an_effort_of_anthropics_own_dialect_is_none_to_think(wanted: Reasoning, thinking: Any) -> None:
    body = await ask(reasoning=wanted, dialect="anthropic")
    assert (body.get("thinking"), body["output_config"]) == (thinking, {"effort": "high"})
    with pytest.raises(Unsupported):
        await ask(OLD, reasoning=Reasoning(effort="high"), dialect="anthropic")


HISTORY = said("user", "Hi")


async def test_what_no_answer_depends_on_is_left_away() -> None:
    hints = {"verbosity": "low", "prompt_cache_key": "k"}
    bob = (replace(HISTORY, name="bob"),)
    plain = await ask(NEW, messages=(HISTORY,))
    assert await ask(NEW, messages=bob, seed=7, metadata={"a": "b"}, extras=hints) == plain
    assert await ask(NEW, messages=bob, temperature=1.0, top_p=1) == plain


async def test_a_json_object_is_asked_for_behind_the_system_messages() -> None:
    body = await ask(messages=(said("system", "Brief."), HISTORY), response_format=ResponseFormat("json_object"))
    first, told = body["system"]
    assert first == {"type": "text", "text": "Brief."}
    assert "one valid JSON object" in told["text"]
    assert "output_config" not in body


@pytest.mark.parametrize(
    ("model", "changes", "param"),
    [
        (MODEL, {"extras": {"frequency_penalty": 1}}, "frequency_penalty"),
        (MODEL, {"logprobs": 0}, "logprobs"),
        (MODEL, {"service_tier": "flex"}, "service_tier"),
        (MODEL, {"tool_choice": ToolChoice("required")}, "tool_choice"),
        (MODEL, {"temperature": 1.5}, "temperature"),
        (MODEL, {"temperature": 0.5, "top_p": 0.5}, "top_p"),
        (NEW, {"temperature": 0.5}, "temperature"),
        (NEW, {"top_p": 0.5}, "top_p"),
        (NEW, {"top_k": 5}, "top_k"),
        (NEW, {"reasoning": Reasoning(budget=2_000)}, "reasoning"),
        (OLD, {"reasoning": Reasoning(budget=2_000), "max_tokens": 2_000}, "reasoning"),
        (OLD, {"reasoning": Reasoning(budget=2)}, "reasoning"),
        (OLD, {"reasoning": Reasoning(visible=False)}, "reasoning"),
        (OLD, {"reasoning": Reasoning(effort="low"), "max_tokens": 1_000}, "reasoning"),
        (MODEL, {"reasoning": Reasoning(effort="heroic")}, "reasoning"),
        (replace(MODEL, model_id="claude-3-5-haiku-20241022"), {"reasoning": Reasoning()}, "reasoning"),
        (MODEL, {"reasoning": Reasoning(), "temperature": 0.5}, "temperature"),
        (MODEL, {"reasoning": Reasoning(), "top_k": 5}, "top_k"),
        (MODEL, {"reasoning": Reasoning(), "tool_choice": ToolChoice("required"), "tools": (WEATHER,)}, "tool_choice"),
        (MODEL, {"messages": (said("user", " "),)}, "messages"),
        (MODEL, {"n": 2}, "n"),
        (MODEL, {"messages": (said("user", Image("image/tiff", b"II")),)}, "messages.0.content.0"),
        (MODEL, {"messages": (said("user", Image(url="https://a.b", detail="low")),)}, "messages.0.content.0.detail"),
        (MODEL, {"messages": (said("user", Document("application/zip", b"PK")),)}, "messages.0.content.0"),
        (MODEL, {"messages": (said("user", Document("text/plain", url="https://a.b")),)}, "messages.0.content.0"),
        (MODEL, {"messages": (said("assistant", Image("image/png", b"")),)}, "messages.0.content.0"),
        (MODEL, {"messages": (HISTORY, said("assistant", ToolCall("1", "f", "{}", "gem")))}, "messages.1.content.0"),
        (MODEL, {"messages": (HISTORY, said("assistant", ToolCall("1", "f", "[]")))}, "messages.1.content.0"),
    ],
)
async def test_what_cannot_be_mapped_is_named(model: Model, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(Unsupported) as raised:
        await ask(model, **changes)
    assert raised.value.param == param


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_answer() -> None:
    answer = message(
        {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Bergen: é"},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Tromsø"}},
        stop="tool_use",
        usage=USAGE
        | {
            "cache_read_input_tokens": 7,
            "cache_creation_input_tokens": 9,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 6},
            "output_tokens_details": {"thinking_tokens": 2},
            "service_tier": "priority",
        },
    )
    assert await complete(answer) == Completion(
        (
            Thinking("Hm.", signature="sig"),
            Thinking(redacted="xyz"),
            Text("Bergen: é"),
            ToolCall("t1", "weather", '{"city": "Tromsø"}'),
        ),
        Finish.TOOL_CALLS,
        Usage(10, 3, cache_read=7, cache_write_5m=3, cache_write_1h=6, reasoning=2),
        service_tier="priority",
    )


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("pause_turn", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("refusal", Finish.CONTENT_FILTER),
        ("something_new", Finish.STOP),
    ],
)
async def test_finish(reason: str, finish: Finish) -> None:
    answer = await complete(message({"type": "text", "text": "ok"}, stop=reason, stop_sequence="END"))
    assert (answer.finish, answer.stop_sequence) == (finish, "END")


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        ({}, None),
        (USAGE | {"cache_creation_input_tokens": 9}, Usage(10, 3, cache_write_5m=9)),
        (USAGE | {"cache_read_input_tokens": 0, "cache_creation": None}, Usage(10, 3, cache_read=0)),
    ],
)
async def test_usage_is_disjoint(reported: Any, usage: Usage | None) -> None:
    assert (await complete(message(usage=reported))).usage == usage


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"\xff\xfe",
        b"null",
        {},
        {"content": "ok"},
        message(stop=None),
        message(usage={"input_tokens": -1}),
        message({"type": "tool_use", "input": {}}),
        {"type": "error", "error": {}},
    ],
)
async def test_garbage_is_a_bad_response(body: Any) -> None:
    with pytest.raises(UpstreamError) as raised:
        await complete(body)
    assert raised.value.kind is UpstreamKind.BAD_RESPONSE


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


FIRST = {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 5}


async def test_a_stream() -> None:
    body = sse(
        {"type": "message_start", "message": message(stop=None, usage=FIRST)},
        block(0, "thinking", thinking="", signature=""),
        piece(0, "thinking_delta", thinking="Hm"),
        piece(0, "signature_delta", signature="sig"),
        stop(0),
        block(1, "redacted_thinking", data="xyz"),
        stop(1),
        {"type": "ping"},
        block(2, "text", text=""),
        piece(2, "text_delta", text="It is "),
        piece(2, "text_delta", text="☂."),
        stop(2),
        block(3, "tool_use", id="a", name="weather", input={}),
        piece(3, "input_json_delta", partial_json=""),
        piece(3, "input_json_delta", partial_json='{"city":'),
        piece(3, "input_json_delta", partial_json=' "Oslo"}'),
        stop(3),
        block(4, "tool_use", id="b", name="weather", input={}),
        stop(4),
        {"type": "something_new", "index": 9},
        delta_of("tool_use", output_tokens=30),
        STOP,
    )  # fmt: skip
    assert await collect(body) == [
        UsageSoFar(Usage(10, 1, cache_read=5)),
        ThinkingDelta("Hm"),
        ThinkingDelta(signature="sig"),
        ThinkingDelta(redacted="xyz"),
        TextDelta("It is "),
        TextDelta("☂."),
        ToolCallDelta(0, "", "a", "weather"),
        ToolCallDelta(0, '{"city":'),
        ToolCallDelta(0, ' "Oslo"}'),
        ToolCallDelta(1, "", "b", "weather"),
        ToolCallDelta(1, "{}"),
        End(Finish.TOOL_CALLS, Usage(10, 30, cache_read=5)),
    ]


async def test_the_last_count_of_each_kind_is_the_whole() -> None:
    chunks = await collect(sse(START, delta_of(input_tokens=12, cache_creation_input_tokens=8), STOP))
    assert chunks[-1] == End(Finish.STOP, Usage(12, 3, cache_write_5m=8))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", UpstreamKind.BAD_RESPONSE),
        (b"<html>", UpstreamKind.BAD_RESPONSE),
        (b"data: {oops\n\n", UpstreamKind.BAD_RESPONSE),
        (sse(START, block(0, "text", text="ok")), UpstreamKind.BAD_RESPONSE),
        (sse(START, block(0, "tool_use", input={})), UpstreamKind.BAD_RESPONSE),
        (sse({"type": "error", "error": {"type": "overloaded_error", "message": "PRIVATE"}}), UpstreamKind.OVERLOADED),
        (sse({"type": "error", "error": {"type": "api_error", "message": "PRIVATE"}}), UpstreamKind.UNAVAILABLE),
        (sse({"type": "error", "error": {"type": "rate_limit_error"}}), UpstreamKind.RATE_LIMITED),
    ],
)
async def test_a_stream_that_fails(body: bytes, kind: UpstreamKind) -> None:
    with pytest.raises(UpstreamError) as raised:
        await collect(body)
    assert raised.value.kind is kind
    assert "PRIVATE" not in raised.value.message


async def test_a_client_that_leaves_closes_the_silent_stream() -> None:
    """Over a real socket: what was counted so far is known by then."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + sse(START))
        while await reader.read(1_000):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, httpx.AsyncClient() as http:
        model = replace(MODEL, endpoint=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        stream = Anthropic(http, lambda name: "k").stream(model, chat(), 5)
        assert await anext(stream) == UsageSoFar(Usage(10, 1))
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await asyncio.wait_for(gone.wait(), 5)


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "kind", "message", "expected"),
    [
        (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", UpstreamKind.CONTEXT_TOO_LONG),
        (400, "invalid_request_error", "`max_tokens` exceed context limit", UpstreamKind.CONTEXT_TOO_LONG),
        (400, "invalid_request_error", "Output blocked by content filtering policy", UpstreamKind.CONTENT_FILTERED),
        (400, "invalid_request_error", "Your credit balance is too low to access it", UpstreamKind.AUTH),
        (400, "invalid_request_error", "messages.0: PRIVATE", UpstreamKind.BAD_REQUEST),
        (401, "authentication_error", "invalid x-api-key", UpstreamKind.AUTH),
        (402, "billing_error", "", UpstreamKind.AUTH),
        (403, "permission_error", "", UpstreamKind.AUTH),
        (404, "not_found_error", "model: claude-9", UpstreamKind.NOT_FOUND),
        (413, "request_too_large", "", UpstreamKind.CONTEXT_TOO_LONG),
        (429, "rate_limit_error", "", UpstreamKind.RATE_LIMITED),
        (500, "api_error", "", UpstreamKind.UNAVAILABLE),
        (504, "timeout_error", "", UpstreamKind.TIMEOUT),
        (529, "overloaded_error", "Overloaded", UpstreamKind.OVERLOADED),
    ],
)  # fmt: skip
async def test_error_matrix(status: int, kind: str, message: str, expected: UpstreamKind) -> None:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_PRIVATE"}
    with pytest.raises(UpstreamError) as raised:
        await complete(body, status_code=status, headers={"retry-after": "7"})
    assert (raised.value.kind, raised.value.retry_after) == (expected, 7)
    assert "PRIVATE" not in raised.value.message
    assert not message or message not in raised.value.message


async def test_thoughts_that_nobody_signed_are_nothing_to_claude() -> None:
    body = await ask(messages=(said("user", "Hi"), said("assistant", Thinking("Hm."), "So."), said("user", "And?")))
    assert body["messages"][1] == {"role": "assistant", "content": [{"type": "text", "text": "So."}]}
