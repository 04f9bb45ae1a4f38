"""Bedrock through a real boto3 client: botocore checks each request and parses each byte of the answer."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config

from pointsman.domain import (
    ChatRequest,
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
)
from pointsman.errors import Unsupported, UpstreamError, UpstreamKind
from pointsman.providers.bedrock import Bedrock
from tests.fakes import chat
from tests.unit.providers.bedrock_server import Reply, Server, event, events
from tests.unit.providers.calling import said

MODEL = Model("haiku", "bedrock", "anthropic.claude-haiku-4-5", Prices(1, 5), 200_000, 64_000)
WEATHER = Tool("weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
PNG = b"\x89PNG\r\n\x1a\n"
USAGE = {"inputTokens": 10, "outputTokens": 3, "totalTokens": 13}


def bedrock(server: Server, read_timeout: float = 10) -> Bedrock:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    client = boto3.client("bedrock-runtime", endpoint_url=server.url, region_name="us-east-1", config=config)
    return Bedrock(lambda region: client)


def answer(*content: dict[str, Any], stop: str = "end_turn", usage: Any = USAGE) -> dict[str, Any]:
    body: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": stop,
        "metrics": {"latencyMs": 5},
    }
    return body | ({"usage": usage} if usage else {})


async def ask(server: Server, request: ChatRequest, model: Model = MODEL) -> dict[str, Any]:
    """What Bedrock was sent for `request`."""
    server.answers(answer({"text": "ok"}))
    await bedrock(server).complete(model, request, 5)
    return server.requests[-1]


async def collect(server: Server, request: ChatRequest | None = None) -> list[Chunk]:
    return [chunk async for chunk in bedrock(server).stream(MODEL, request or chat(), 5)]


async def complete(server: Server) -> Completion:
    return await bedrock(server).complete(MODEL, chat(), 5)


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_conversation_is_mapped(server: Server) -> None:
    request = ChatRequest(
        model="auto",
        messages=(
            said("system", "Be brief."),
            said("user", "Weather?", Image("image/png", PNG)),
            said("assistant", ToolCall("call_1", "weather", '{"city": "Oslo"}'), ToolCall("call_2", "weather", "")),
            said("tool", ToolResult("call_1", (Text("rain"),))),
            said("tool", ToolResult("call_2", (), is_error=True)),
            said("user", "So?"),
            said("system", "And kind."),
            said("user", "Well?"),
        ),
        tools=(WEATHER,),
        tool_choice=ToolChoice("named", "weather"),
        max_tokens=100,
        top_p=0.9,
        stop=("END",),
    )
    assert await ask(server, request) == {
        "system": [{"text": "Be brief."}, {"text": "And kind."}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "Weather?"},
                    {"image": {"format": "png", "source": {"bytes": base64.b64encode(PNG).decode()}}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {"city": "Oslo"}}},
                    {"toolUse": {"toolUseId": "call_2", "name": "weather", "input": {}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": "rain"}]}},
                    {"toolResult": {"toolUseId": "call_2", "content": [{"text": "(empty)"}], "status": "error"}},
                    {"text": "So?"},
                    {"text": "Well?"},
                ],
            },
        ],
        "inferenceConfig": {"maxTokens": 100, "topP": 0.9, "stopSequences": ["END"]},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "Tells the weather.",
                        "inputSchema": {"json": dict(WEATHER.parameters)},
                    }
                }
            ],
            "toolChoice": {"tool": {"name": "weather"}},
        },
    }
    assert server.paths == ["/model/anthropic.claude-haiku-4-5/converse"]


async def test_nothing_is_sent_that_was_not_asked(server: Server) -> None:
    assert await ask(server, chat("Hi")) == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


@pytest.mark.parametrize(("mode", "sent"), [("auto", {"auto": {}}), ("required", {"any": {}})])
async def test_tool_choice(server: Server, mode: Any, sent: Any) -> None:
    request = chat(tools=(WEATHER,), tool_choice=ToolChoice(mode))
    assert (await ask(server, request))["toolConfig"]["toolChoice"] == sent


async def test_no_tools_are_sent_where_none_may_be_chosen(server: Server) -> None:
    assert "toolConfig" not in await ask(server, chat(tools=(WEATHER,), tool_choice=ToolChoice("none")))


async def test_a_json_schema_is_sent(server: Server) -> None:
    schema = {"type": "object"}
    request = chat(response_format=ResponseFormat("json_schema", "city", schema, strict=True))
    assert (await ask(server, request))["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": json.dumps(schema), "name": "city"}},
        }
    }


async def test_ids_that_bedrock_would_refuse_are_replaced_alike(server: Server) -> None:
    long = "call/" + "x" * 80
    call, result = said("assistant", ToolCall(long, "weather", "{}")), said("tool", ToolResult(long, (Text("rain"),)))
    sent = await ask(server, chat(messages=(said("user", "Hi"), call, result), tools=(WEATHER,)))
    used = sent["messages"][1]["content"][0]["toolUse"]["toolUseId"]
    assert used == sent["messages"][2]["content"][0]["toolResult"]["toolUseId"]
    assert len(used) <= 64


async def test_a_lone_surrogate_gets_through(server: Server) -> None:
    assert (await ask(server, chat("\ud800")))["messages"][0]["content"] == [{"text": "\ud800"}]


PDF = Document("application/pdf", b"PDF", name="Q3: results.pdf")
NOVA = replace(MODEL, model_id="us.amazon.nova-2-lite-v1:0")
NOVA_EFFORT = {"type": "enabled", "maxReasoningEffort": "medium"}
BUDGET = {"type": "enabled", "budget_tokens": 2_048}
GPT = replace(MODEL, model_id="openai.gpt-oss-120b-1:0")
SONNET = replace(MODEL, model_id="global.anthropic.claude-sonnet-4-6")
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"


async def test_documents_thoughts_and_cache_markers(server: Server) -> None:
    messages = (
        said("system", Text("Be brief.", cache="1h")),
        said("user", Text("Read.", cache="5m"), PDF, replace(PDF, cache="1h"), Document("text/markdown", b"# A")),
        said("assistant", Thinking("Hm.", "sig"), Thinking(redacted="eHl6"), ToolCall("1", "weather", "{}")),
        said("tool", ToolResult("1", (PDF,), cache="5m")),
    )
    sent = await ask(server, chat(messages=messages, tools=(replace(WEATHER, cache="1h"),)))
    pdf = {"format": "pdf", "source": {"bytes": "UERG"}}
    hour, short = {"cachePoint": {"type": "default", "ttl": "1h"}}, {"cachePoint": {"type": "default"}}
    assert sent["system"] == [{"text": "Be brief."}, hour]
    assert sent["messages"][0]["content"] == [
        {"text": "Read."},
        short,
        {"document": pdf | {"name": "Q3 results pdf"}},
        {"document": pdf | {"name": "Q3 results pdf 2"}},
        hour,
        {"document": {"format": "md", "name": "document", "source": {"bytes": "IyBB"}}},
    ]
    assert sent["messages"][1]["content"][:2] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "eHl6"}},
    ]
    assert sent["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "1", "content": [{"document": pdf | {"name": "Q3 results pdf 3"}}]}},
        short,
    ]
    assert sent["toolConfig"]["tools"][1] == hour


@pytest.mark.parametrize(
    ("model", "changes", "fields", "effort"),
    [
        (SONNET, {"top_k": 5}, {"top_k": 5}, None),
        (SONNET, {"reasoning": Reasoning(effort="max")}, {"thinking": {"type": "adaptive"}}, "max"),
        (SONNET, {"reasoning": Reasoning(off=True)}, {"thinking": {"type": "disabled"}}, None),
        (MODEL, {"reasoning": Reasoning(effort="low")}, {"thinking": BUDGET}, None),
        (
            replace(MODEL, model_id=PROFILE, base_model="anthropic.claude-opus-4-7"),
            {"reasoning": Reasoning()},
            {"thinking": {"type": "adaptive"}},
            None,
        ),
        (NOVA, {"top_k": 5}, {"inferenceConfig": {"topK": 5}}, None),
        (NOVA, {"reasoning": Reasoning()}, {"reasoningConfig": NOVA_EFFORT}, None),
        (NOVA, {"reasoning": Reasoning(off=True)}, {"reasoningConfig": {"type": "disabled"}}, None),
        (GPT, {"reasoning": Reasoning(effort="minimal")}, {"reasoning_effort": "low"}, None),
    ],
)
async def test_what_each_family_takes_beside(
    server: Server, model: Model, changes: dict[str, Any], fields: Any, effort: str | None
) -> None:
    sent = await ask(server, chat(**changes), model)
    assert sent["additionalModelRequestFields"] == fields
    assert sent.get("outputConfig", {}).get("effort") == effort


async def test_a_thinking_claude_is_told_how_much_it_may_write(server: Server) -> None:
    assert (await ask(server, chat(reasoning=Reasoning()), SONNET))["inferenceConfig"] == {"maxTokens": 64_000}


@pytest.mark.parametrize(
    ("model", "changes", "param"),
    [
        (GPT, {"top_k": 5}, "top_k"),
        (NOVA, {"tools": (WEATHER,), "parallel_tool_calls": False}, "parallel_tool_calls"),
        (
            replace(MODEL, model_id="anthropic.claude-3-7-sonnet"),
            {"tools": (WEATHER,), "parallel_tool_calls": False},
            "parallel_tool_calls",
        ),
        (GPT, {"reasoning": Reasoning(off=True)}, "reasoning"),
        (NOVA, {"reasoning": Reasoning(budget=2_000)}, "reasoning"),
        (replace(MODEL, model_id="meta.llama"), {"reasoning": Reasoning()}, "reasoning"),
        (NOVA, {"messages": (said("user", "Hi"), said("assistant", Thinking("a", "sig")))}, "messages.1.content.0"),
    ],
)
async def test_what_a_family_cannot_take_is_named(
    server: Server, model: Model, changes: dict[str, Any], param: str
) -> None:
    with pytest.raises(Unsupported) as raised:
        await ask(server, chat(**changes), model)
    assert raised.value.param == param


async def test_thoughts_that_nobody_signed_are_nothing_to_claude(server: Server) -> None:
    sent = await ask(server, chat(messages=(said("user", "Hi"), said("assistant", Thinking("Hm."), "So."))))
    assert sent["messages"][1]["content"] == [{"text": "So."}]


async def test_thoughts_that_nobody_signed_go_back_to_a_model_that_signs_nothing(server: Server) -> None:
    sent = await ask(server, chat(messages=(said("user", "Hi"), said("assistant", Thinking("Hm."), "So."))), NOVA)
    assert sent["messages"][1]["content"][0] == {"reasoningContent": {"reasoningText": {"text": "Hm."}}}


async def test_what_the_map_says_of_a_model_is_sent(server: Server) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1"
    model = replace(MODEL, model_id=PROFILE, guardrail=f"{arn}:DRAFT", service_tier="flex", latency="optimized")
    sent = await ask(server, chat(), model)
    assert sent["guardrailConfig"] == {"guardrailIdentifier": arn, "guardrailVersion": "DRAFT"}
    assert sent["serviceTier"] == {"type": "flex"}
    assert sent["performanceConfig"] == {"latency": "optimized"}
    assert server.paths == [f"/model/{quote(PROFILE, safe='')}/converse"]


@pytest.mark.parametrize(
    ("own", "asked", "sent"),
    [
        (None, "auto", None),
        ("flex", "auto", "flex"),
        ("flex", "priority", "priority"),
        (None, "standard_only", "default"),
    ],
)
async def test_a_request_may_name_its_tier(server: Server, own: str | None, asked: str, sent: str | None) -> None:
    said = await ask(server, chat(service_tier=asked), replace(MODEL, service_tier=own))
    assert said.get("serviceTier", {}).get("type") == sent


async def test_who_asks_stands_in_the_invocation_log(server: Server) -> None:
    tags = {"team": "R&D", "key_id": "k-1", "stage": "prod"}
    sent = await ask(server, chat(metadata={"job": "nightly"}, user="u 1", tags=tags))
    assert sent["requestMetadata"] == {
        "job": "nightly",
        "user": "u 1",
        "pointsman:team": "R_D",
        "pointsman:key_id": "k-1",
        "pointsman:stage": "prod",
    }


@pytest.mark.parametrize(("team", "asked"), [("search", PROFILE), ("support", MODEL.model_id), (None, MODEL.model_id)])
async def test_a_team_is_served_through_its_profile(server: Server, team: str | None, asked: str) -> None:
    model = replace(MODEL, profiles={"search": PROFILE})
    await ask(server, chat(tags={"team": team} if team else {}), model)
    assert server.paths == [f"/model/{quote(asked, safe='')}/converse"]


async def test_a_teams_stream_goes_through_its_profile(server: Server) -> None:
    server.replies.append(Reply(events(START, delta(0, text="ok"), STOP, META)))
    model = replace(MODEL, profiles={"search": PROFILE})
    assert [chunk async for chunk in bedrock(server).stream(model, chat(tags={"team": "search"}), 5)]
    assert server.paths == [f"/model/{quote(PROFILE, safe='')}/converse-stream"]


async def test_a_hint_is_left_away(server: Server) -> None:
    hints = {"verbosity": "low", "prompt_cache_key": "k", "prompt_cache_retention": "24h", "prediction": {}}
    bob = replace(said("user", "Hi"), name="bob")
    sent = await ask(server, chat(messages=(bob,), seed=7, extras=hints))
    assert sent == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


async def test_a_users_id_is_written_as_bedrock_can_take_it(server: Server) -> None:
    sent = await ask(server, chat("Hi", user='{"device": "ü"}'))
    assert sent["requestMetadata"] == {"user": "__device_: ____"}


async def test_a_json_object_is_asked_for_behind_the_system_messages(server: Server) -> None:
    messages = (said("system", "Brief."), said("user", "Hi"))
    sent = await ask(server, chat(messages=messages, response_format=ResponseFormat("json_object")))
    first, told = sent["system"]
    assert first == {"text": "Brief."}
    assert "one valid JSON object" in told["text"]
    assert "outputConfig" not in sent


async def test_sampling_that_goes_without_saying_is_not_said_to_claude(server: Server) -> None:
    plain = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    for id in ("anthropic.claude-haiku-4-5", "anthropic.claude-opus-4-7"):
        assert await ask(server, chat("Hi", temperature=1, top_p=1.0), replace(MODEL, model_id=id)) == plain
    sampled = await ask(server, chat("Hi", temperature=1, top_p=1), replace(MODEL, model_id="amazon.nova-lite-v1:0"))
    assert sampled["inferenceConfig"] == {"temperature": 1, "topP": 1}


HISTORY = (said("user", "Hi"), said("assistant", ToolCall("1", "weather", "{}")), said("tool", ToolResult("1", ())))


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"extras": {"n": 2}}, "n"),
        ({"logprobs": 0}, "logprobs"),
        ({"service_tier": "scale"}, "service_tier"),
        ({"metadata": {"a": "ü"}}, "metadata.a"),
        ({"metadata": {"pointsman:team": "x"}}, "metadata.pointsman:team"),
        ({"metadata": {str(i): "x" for i in range(17)}}, "metadata"),
        ({"temperature": 0.5, "top_p": 0.5}, "top_p"),
        ({"reasoning": Reasoning(budget=9)}, "reasoning"),
        ({"messages": (said("user", PDF),)}, "messages"),
        ({"messages": (said("user", "Hi", Document("application/zip", b"PK")),)}, "messages.0.content.1"),
        ({"messages": (said("user", "Hi", Document("text/csv", url="https://a.b")),)}, "messages.0.content.1"),
        ({"messages": (said("user", "Hi"), said("assistant", Thinking(redacted="?")))}, "messages.1.content.0"),
        (
            {"messages": (said("user", "Hi"), said("assistant", ToolCall("1", "f", "{}", "gem")))},
            "messages.1.content.0",
        ),
        ({"messages": (said("tool", ToolResult("1", (Text("a", cache="5m"),))),)}, "messages.0.content.0"),
        ({"temperature": 1.5}, "temperature"),
        ({"n": 2}, "n"),
        ({"messages": (said("user", Image(url="https://example.com/a.png")),)}, "messages.0.content.0"),
        ({"messages": (said("user", Image("image/tiff", b"II")),)}, "messages.0.content.0"),
        ({"messages": (said("user", Image("image/png", PNG, detail="original")),)}, "messages.0.content.0.detail"),
        ({"messages": (said("system", Image("image/png", PNG)),)}, "messages.0.content.0"),
        ({"messages": (said("user", "Hi"), said("assistant", ToolCall("1", "f", "[]")))}, "messages.1.content.0"),
        ({"messages": (said("user", "Hi"), said("assistant", ToolCall("1", "f", "{oops")))}, "messages.1.content.0"),
        ({"messages": (said("assistant", "Hello"),)}, "messages"),
        ({"messages": (said("system", "Be brief."),)}, "messages"),
        ({"messages": (said("user", " "),)}, "messages"),
        ({"messages": HISTORY}, "tools"),
        ({"messages": HISTORY, "tools": (WEATHER,), "tool_choice": ToolChoice("none")}, "tool_choice"),
        ({"tool_choice": ToolChoice("required")}, "tool_choice"),
    ],
)
async def test_what_cannot_be_mapped_is_named(server: Server, changes: dict[str, Any], param: str) -> None:
    provider = bedrock(server)
    with pytest.raises(Unsupported) as whole:
        await provider.complete(MODEL, chat(**changes), 5)
    with pytest.raises(Unsupported) as streamed:
        await anext(provider.stream(MODEL, chat(**changes), 5))
    with pytest.raises(Unsupported) as checked:
        provider.check(MODEL, chat(**changes))
    assert whole.value.param == streamed.value.param == checked.value.param == param
    assert server.requests == []


async def test_the_client_of_the_models_region_is_used(server: Server) -> None:
    regions = []
    known = bedrock(server)

    def client(region: str | None) -> Any:
        regions.append(region)
        return known._client(region)

    server.answers(answer({"text": "ok"}))
    await Bedrock(client).complete(replace(MODEL, region="eu-west-1"), chat(), 5)
    assert regions == ["eu-west-1"]


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_answer(server: Server) -> None:
    server.answers(
        answer(
            {"reasoningContent": {"reasoningText": {"text": "Hm."}}},
            {"text": "Bergen: é"},
            {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Tromsø"}}},
            stop="tool_use",
        )
    )
    assert await complete(server) == Completion(
        (Thinking("Hm."), Text("Bergen: é"), ToolCall("t1", "weather", '{"city": "Tromsø"}')),
        Finish.TOOL_CALLS,
        Usage(10, 3),
    )


@pytest.mark.parametrize(
    ("reported", "usage"),
    [
        (None, None),
        (USAGE, Usage(10, 3)),
        ({**USAGE, "cacheReadInputTokens": 0}, Usage(10, 3, cache_read=0)),
        (
            {**USAGE, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 5},
            Usage(10, 3, cache_read=7, cache_write_5m=5),
        ),
        (
            {
                **USAGE,
                "cacheWriteInputTokens": 9,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 6}, {"ttl": "5m", "inputTokens": 3}],
            },
            Usage(10, 3, cache_write_5m=3, cache_write_1h=6),
        ),
    ],
)
async def test_usage_is_disjoint(server: Server, reported: Any, usage: Usage | None) -> None:
    server.answers(answer({"text": "ok"}, usage=reported))
    assert (await complete(server)).usage == usage


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("guardrail_intervened", Finish.CONTENT_FILTER),
        ("content_filtered", Finish.CONTENT_FILTER),
    ],
)
async def test_stop_reasons(server: Server, stop: str, finish: Finish) -> None:
    server.answers(answer({"text": "ok"}, stop=stop))
    assert (await complete(server)).finish is finish


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"output": {}, "stopReason": "end_turn"}',
        b'{"output": {"message": "hello"}, "stopReason": "end_turn"}',
        json.dumps(answer({"text": "ok"}, stop="malformed_model_output")).encode(),
        json.dumps(answer({"text": "ok"}, usage={"inputTokens": -1, "outputTokens": 2})).encode(),
        json.dumps(answer({"toolUse": {"name": "x"}})).encode(),
    ],
)
async def test_garbage_is_a_bad_response(server: Server, body: bytes) -> None:
    server.answers(body)
    with pytest.raises(UpstreamError) as raised:
        await complete(server)
    assert raised.value.kind is UpstreamKind.BAD_RESPONSE


# ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────────


def delta(block: int, **what: Any) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": block, "delta": what}


def tool_start(block: int, id: str) -> tuple[str, Any]:
    return "contentBlockStart", {
        "contentBlockIndex": block,
        "start": {"toolUse": {"toolUseId": id, "name": "weather"}},
    }


START = ("messageStart", {"role": "assistant"})
STOP = ("messageStop", {"stopReason": "end_turn"})
META = ("metadata", {"usage": USAGE | {"cacheReadInputTokens": 4}, "metrics": {"latencyMs": 1}})


async def test_a_stream(server: Server) -> None:
    raw = events(
        START,
        delta(0, reasoningContent={"text": "Hm."}),
        delta(0, reasoningContent={"signature": "sig"}),
        delta(0, reasoningContent={"redactedContent": base64.b64encode(b"xyz").decode()}),
        delta(1, text="It is "),
        delta(1, text="☂."),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        tool_start(2, "a"),
        delta(2, toolUse={"input": '{"city":'}),
        delta(2, toolUse={"input": ' "Oslo"}'}),
        ("contentBlockStop", {"contentBlockIndex": 2}),
        tool_start(3, "b"),
        ("contentBlockStop", {"contentBlockIndex": 3}),
        ("messageStop", {"stopReason": "tool_use"}),
        META,
    )
    # Cut where nothing ends.
    joined = b"".join(raw)
    server.replies.append(Reply([joined[i : i + 37] for i in range(0, len(joined), 37)]))
    assert await collect(server) == [
        ThinkingDelta("Hm."),
        ThinkingDelta(signature="sig"),
        ThinkingDelta(redacted="eHl6"),
        TextDelta("It is "),
        TextDelta("☂."),
        ToolCallDelta(0, "", "a", "weather"),
        ToolCallDelta(0, '{"city":'),
        ToolCallDelta(0, ' "Oslo"}'),
        ToolCallDelta(1, "", "b", "weather"),
        ToolCallDelta(1, "{}"),
        End(Finish.TOOL_CALLS, Usage(10, 3, cache_read=4)),
    ]
    assert server.paths == ["/model/anthropic.claude-haiku-4-5/converse-stream"]


ROUTED = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0"
TOLD = {"trace": {"promptRouter": {"invokedModelId": ROUTED}}, "serviceTier": {"type": "flex"}}


async def test_who_answered_in_which_tier_and_what_stopped_it_is_told(server: Server) -> None:
    server.answers(
        answer({"text": "ok"}, stop="stop_sequence")
        | TOLD
        | {"additionalModelResponseFields": {"stop_sequence": "END"}}
    )
    whole = await complete(server)
    stop = ("messageStop", {"stopReason": "end_turn", "additionalModelResponseFields": {"stop_sequence": "END"}})
    server.replies.append(Reply(events(START, delta(0, text="ok"), stop, ("metadata", META[1] | TOLD))))
    end = (await collect(server))[-1]
    assert isinstance(end, End)
    for told in (whole, end):
        assert told.served_by == "us.anthropic.claude-haiku-4-5-20251001-v1:0"
        assert (told.service_tier, told.stop_sequence, told.finish) == ("flex", "END", Finish.STOP)


async def test_signed_and_redacted_thoughts_come_back_whole(server: Server) -> None:
    server.answers(
        answer(
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "sig"}}},
            {"reasoningContent": {"redactedContent": "eHl6"}},
        )
    )
    assert (await complete(server)).parts == (Thinking("Hm.", "sig"), Thinking(redacted="eHl6"))


async def test_a_stream_without_metadata_reports_no_usage(server: Server) -> None:
    server.replies.append(Reply(events(START, delta(0, text="ok"), STOP)))
    assert (await collect(server))[-1] == End(Finish.STOP, None)


async def test_a_connection_serves_one_stream_after_another(server: Server) -> None:
    provider = bedrock(server)
    for _ in range(3):
        server.replies.append(Reply(events(START, delta(0, text="ok"), STOP, META)))
        assert len([chunk async for chunk in provider.stream(MODEL, chat(), 5)]) == 2
    assert server.connections == 1


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ([], UpstreamKind.BAD_RESPONSE),
        ([b"rubbish that is no event" * 4], UpstreamKind.BAD_RESPONSE),
        ([event("throttlingException", {"message": "PRIVATE"}, kind="exception")], UpstreamKind.RATE_LIMITED),
        ([event("modelStreamErrorException", {"message": "PRIVATE"}, kind="exception")], UpstreamKind.UNAVAILABLE),
        ([event("internalServerException", {"message": "PRIVATE"}, kind="exception")], UpstreamKind.UNAVAILABLE),
        ([event("serviceUnavailableException", {"message": "PRIVATE"}, kind="exception")], UpstreamKind.OVERLOADED),
        ([event("validationException", {"message": "too long"}, kind="exception")], UpstreamKind.CONTEXT_TOO_LONG),
    ],
)  # fmt: skip
async def test_a_stream_that_fails_midway(server: Server, last: list[bytes], kind: UpstreamKind) -> None:
    server.replies.append(Reply([*events(START, delta(0, text="It ")), *last]))
    stream = bedrock(server).stream(MODEL, chat(), 5)
    assert await anext(stream) == TextDelta("It ")
    with pytest.raises(UpstreamError) as raised:
        await anext(stream)
    assert raised.value.kind is kind
    assert "PRIVATE" not in raised.value.message


async def test_a_stream_that_falls_silent_times_out_and_is_let_go(server: Server) -> None:
    server.replies.append(Reply([*events(START, delta(0, text="It ")), None]))
    stream = bedrock(server).stream(MODEL, chat(), 0.2)
    assert await anext(stream) == TextDelta("It ")
    with pytest.raises(UpstreamError) as raised:
        await anext(stream)
    assert raised.value.kind is UpstreamKind.TIMEOUT
    assert await asyncio.to_thread(server.client_gone.wait, 5)


async def test_a_stream_is_let_go_also_where_the_server_closes_each_connection(server: Server) -> None:
    """Its connection then has no socket any more: only the answer has."""
    server.replies.append(Reply([*events(START, delta(0, text="It ")), None], headers={"connection": "close"}))
    stream = bedrock(server).stream(MODEL, chat(), 5)
    assert await anext(stream) == TextDelta("It ")
    await stream.aclose()  # type: ignore[attr-defined]
    assert await asyncio.to_thread(server.client_gone.wait, 5)


async def test_a_client_that_leaves_closes_the_silent_stream(server: Server) -> None:
    server.replies.append(Reply([*events(START, delta(0, text="It ")), None]))
    stream = bedrock(server).stream(MODEL, chat(), 5)
    assert await anext(stream) == TextDelta("It ")
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(server.client_gone.wait, 5)


Ask = Callable[[Bedrock, float], Coroutine[Any, Any, object]]
WAYS: list[Ask] = [
    lambda provider, timeout: provider.complete(MODEL, chat(), timeout),
    lambda provider, timeout: anext(aiter(provider.stream(MODEL, chat(), timeout))),  # type: ignore[arg-type]
]


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.providers.bedrock.THREADS", 1)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("ask", WAYS, ids=["whole", "stream"])
async def test_a_call_that_hangs_is_let_go_and_its_thread_is_free(server: Server, ask: Ask) -> None:
    server.replies += [Reply(None), Reply(None), Reply(json.dumps(answer({"text": "ok"})).encode())]
    provider = bedrock(server)
    with pytest.raises(UpstreamError) as raised:
        await ask(provider, 0.2)
    assert raised.value.kind is UpstreamKind.TIMEOUT
    assert await asyncio.to_thread(server.client_gone.wait, 5)
    server.client_gone.clear()
    server.asked.clear()
    waiting = asyncio.ensure_future(ask(provider, 60))
    assert await asyncio.to_thread(server.asked.wait, 5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(server.client_gone.wait, 5)
    assert await provider.complete(MODEL, chat(), 5)


async def test_a_call_that_is_over_lets_go_of_no_other(server: Server) -> None:
    """The connection of the first, kept alive, carries the second."""
    server.answers(answer({"text": "ok"}))
    server.answers(answer({"text": "ok"}), wait=0.3)
    provider = bedrock(server)
    await provider.complete(MODEL, chat(), 5)
    assert await provider.complete(MODEL, chat(), 5)
    assert server.connections == 1


async def test_the_event_loop_is_free_while_bedrock_thinks(server: Server) -> None:
    server.answers(answer({"text": "ok"}), wait=0.3)
    waiting = asyncio.ensure_future(complete(server))
    ticks = 0
    while not waiting.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 5
    assert (await waiting).parts == (Text("ok"),)


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, "ThrottlingException", "Too many requests", UpstreamKind.RATE_LIMITED),
        (400, "ThrottlingException", "Too many tokens, please wait", UpstreamKind.RATE_LIMITED),
        (400, "ServiceQuotaExceededException", "", UpstreamKind.RATE_LIMITED),
        (503, "ServiceUnavailableException", "", UpstreamKind.OVERLOADED),
        (429, "ModelNotReadyException", "", UpstreamKind.OVERLOADED),
        (408, "ModelTimeoutException", "", UpstreamKind.TIMEOUT),
        (500, "InternalServerException", "", UpstreamKind.UNAVAILABLE),
        (424, "ModelErrorException", "", UpstreamKind.UNAVAILABLE),
        (403, "AccessDeniedException", "arn:aws:iam::1:role/x may not", UpstreamKind.AUTH),
        (403, "UnrecognizedClientException", "", UpstreamKind.AUTH),
        (403, "ExpiredTokenException", "", UpstreamKind.AUTH),
        (404, "ResourceNotFoundException", "", UpstreamKind.NOT_FOUND),
        (400, "ValidationException", "The provided model identifier is invalid.", UpstreamKind.NOT_FOUND),
        (
            400,
            "ValidationException",
            "Invocation of model ID x with on-demand throughput isn’t supported.",
            UpstreamKind.NOT_FOUND,
        ),
        (400, "ValidationException", "Input is too long for requested model.", UpstreamKind.CONTEXT_TOO_LONG),
        (400, "ValidationException", "prompt is too long: 9 tokens > 8 maximum", UpstreamKind.CONTEXT_TOO_LONG),
        (400, "ValidationException", "Too many input tokens. Max input tokens: 8", UpstreamKind.CONTEXT_TOO_LONG),
        (400, "ValidationException", "Output blocked by content filtering policy", UpstreamKind.CONTENT_FILTERED),
        (400, "ValidationException", "messages.0: PRIVATE is not valid", UpstreamKind.BAD_REQUEST),
        (500, "SomethingNew", "", UpstreamKind.UNAVAILABLE),
        (403, "SomethingNew", "", UpstreamKind.AUTH),
        (400, "SomethingNew", "", UpstreamKind.BAD_REQUEST),
    ],
)
async def test_error_matrix(server: Server, status: int, code: str, message: str, kind: UpstreamKind) -> None:
    headers = {"x-amzn-errortype": code, "retry-after": "3"}
    provider = bedrock(server)
    for _ in range(2):
        server.answers({"message": message}, status=status, headers=headers)
    with pytest.raises(UpstreamError) as whole:
        await provider.complete(MODEL, chat(), 5)
    with pytest.raises(UpstreamError) as streamed:
        await anext(provider.stream(MODEL, chat(), 5))
    assert whole.value.kind is streamed.value.kind is kind
    assert whole.value.retry_after == 3
    assert message not in whole.value.message or not message
    assert len(server.requests) == 2, "botocore must not retry"


async def test_an_answer_that_comes_too_late(server: Server) -> None:
    server.answers(answer({"text": "ok"}), wait=1)
    with pytest.raises(UpstreamError) as raised:
        await bedrock(server, read_timeout=0.5).complete(MODEL, chat(), 0.1)
    assert raised.value.kind is UpstreamKind.TIMEOUT


async def test_nobody_at_home(server: Server) -> None:
    server.url = "http://127.0.0.1:9"
    with pytest.raises(UpstreamError) as raised:
        await complete(server)
    assert raised.value.kind is UpstreamKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (None, {"disable_parallel_tool_use": True, "type": "auto"}),
        (ToolChoice("required"), {"disable_parallel_tool_use": True}),
    ],
)
async def test_claude_can_be_kept_from_parallel_tool_calls(
    server: Server, choice: ToolChoice | None, told: dict[str, Any]
) -> None:
    sent = await ask(server, chat(tools=(WEATHER,), tool_choice=choice, parallel_tool_calls=False))
    assert sent["additionalModelRequestFields"]["tool_choice"] == told
