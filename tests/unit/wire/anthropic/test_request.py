"""Messages requests: what is mapped, what is kept, what is refused and how it is named."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from anthropic.types import message_create_params as params
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import (
    ChatRequest,
    Document,
    Image,
    Message,
    Reasoning,
    ResponseFormat,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.anthropic.request import ONLY, parse_count, parse_request
from pointsman.wire.anthropic.schema import WireRequest

DATA = b"\x89PNG"
B64 = base64.b64encode(DATA).decode()
TOOL = {"name": "weather", "input_schema": {"type": "object"}}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Ålesund"}}
MARK = {"cache_control": {"type": "ephemeral"}}
SECRET = "swordfish-4711"
SMALLEST: dict[str, Any] = {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}


def parse(**changes: Any) -> ChatRequest:
    return parse_request(SMALLEST | changes)


def said(*blocks: Any, role: str = "user") -> tuple[Message, ...]:
    return parse(messages=[{"role": role, "content": list(blocks)}]).messages


def block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def test_the_smallest_request() -> None:
    assert parse() == ChatRequest(
        "auto", (Message("user", (Text("hi"),)),), dialect="anthropic", max_tokens=9, include_usage=True
    )


def test_every_mapped_field() -> None:
    request = parse(
        system=[block("text", text="be brief", cache_control={"type": "ephemeral", "ttl": "1h"})],
        tools=[TOOL | MARK, {"type": "custom", "name": "now", "description": "d", "input_schema": {}, "strict": True}],
        tool_choice={"type": "tool", "name": "now", "disable_parallel_tool_use": True},
        output_config={"effort": "high", "format": {"type": "json_schema", "schema": {"a": 1}}},
        thinking={"type": "enabled", "budget_tokens": 2048, "display": "omitted"},
        metadata={"user_id": "u"},
        service_tier="standard_only",
        stop_sequences=["END"],
        stream=True,
        temperature=1,
        top_k=5,
        top_p=0.5,
    )
    assert request == ChatRequest(
        model="auto",
        messages=(Message("system", (Text("be brief", "1h"),)), Message("user", (Text("hi"),))),
        dialect="anthropic",
        tools=(Tool("weather", None, {"type": "object"}, cache="5m"), Tool("now", "d", {}, strict=True)),
        tool_choice=ToolChoice("named", "now"),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_schema", schema={"a": 1}),
        max_tokens=9,
        temperature=1,
        top_p=0.5,
        top_k=5,
        reasoning=Reasoning("high", 2048, visible=False),
        service_tier="standard_only",
        user="u",
        stop=("END",),
        stream=True,
        include_usage=True,
    )


def test_a_conversation_of_every_block() -> None:
    request = parse(
        system="be kind",
        messages=[
            {
                "role": "user",
                "content": [
                    block("text", text="look"),
                    block("image", source={"type": "base64", "media_type": "image/png", "data": B64}, **MARK),
                    block("image", source={"type": "url", "url": "https://x.test/a"}),
                    block(
                        "document", source={"type": "base64", "media_type": "application/pdf", "data": B64}, title="t"
                    ),
                    block("document", source={"type": "url", "url": "https://x.test/b"}, citations={"enabled": False}),
                    block("document", source={"type": "text", "media_type": "text/plain", "data": "é"}),
                ],
            },
            {
                "role": "assistant",
                "content": [
                    block("thinking", thinking="hm", signature="s"),
                    block("redacted_thinking", data="r"),
                    block("text", text="well", citations=None),
                    CALL | {"caller": {"type": "direct"}},
                    CALL | {"id": "toolu_2"},
                ],
            },
            {
                "role": "user",
                "content": [
                    block("tool_result", tool_use_id="toolu_1", content="4 °C", **MARK),
                    block(
                        "tool_result",
                        tool_use_id="toolu_2",
                        is_error=True,
                        content=[block("text", text="no"), block("image", source={"type": "url", "url": "http://x"})],
                    ),
                    block("text", text="go on"),
                ],
            },
            {"role": "system", "content": "now in French"},
        ],
    )
    arguments = '{"city": "Ålesund"}'
    assert request.messages == (
        Message("system", (Text("be kind"),)),
        Message(
            "user",
            (
                Text("look"),
                Image("image/png", DATA, cache="5m"),
                Image(url="https://x.test/a"),
                Document("application/pdf", DATA, name="t"),
                Document("application/pdf", url="https://x.test/b"),
                Document("text/plain", "é".encode()),
            ),
        ),
        Message(
            "assistant",
            (
                Thinking("hm", "s"),
                Thinking(redacted="r"),
                Text("well"),
                ToolCall("toolu_1", "weather", arguments),
                ToolCall("toolu_2", "weather", arguments),
            ),
        ),
        Message(
            "tool",
            (
                ToolResult("toolu_1", (Text("4 °C"),), cache="5m"),
                ToolResult("toolu_2", (Text("no"), Image(url="http://x")), is_error=True),
            ),
        ),
        Message("user", (Text("go on"),)),
        Message("system", (Text("now in French"),)),
    )


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "disabled"}, Reasoning(off=True)),
        ({"type": "adaptive"}, Reasoning(adaptive=True)),
        ({"type": "adaptive", "display": "summarized"}, Reasoning(visible=True, adaptive=True)),
        ({"type": "enabled", "budget_tokens": 9}, Reasoning(budget=9)),
        (None, None),
    ],
)
def test_thinking(thinking: object, expected: Reasoning | None) -> None:
    assert parse(thinking=thinking).reasoning == expected


@pytest.mark.parametrize(("kind", "mode"), [("auto", "auto"), ("any", "required"), ("none", "none")])
def test_a_plain_tool_choice(kind: str, mode: Any) -> None:
    assert parse(tools=[TOOL], tool_choice={"type": kind}).tool_choice == ToolChoice(mode)


def test_a_marker_on_the_request_stands_for_one_on_the_last_part() -> None:
    assert parse(cache_control={"type": "ephemeral"}).messages == (Message("user", (Text("hi", "5m"),)),)


def test_fields_without_a_counterpart_are_kept() -> None:
    extras = {"inference_geo": "us", "context_management": {"edits": []}}
    assert parse(**extras, container=None, speed="standard").extras == extras


def test_a_prompt_is_counted_without_a_limit() -> None:
    body = {name: value for name, value in SMALLEST.items() if name != "max_tokens"}
    assert parse_count(body) == replace(parse(), max_tokens=None, include_usage=False)


def test_every_field_of_the_sdk_is_mapped_kept_or_refused() -> None:
    """Sampling has left the SDK's types with the newest models, not the API; `mcp_servers` stands in its beta only."""
    known = set(params.MessageCreateParamsBase.__annotations__) | {"stream", "mcp_servers"}
    known |= {"temperature", "top_k", "top_p"}
    assert set(ONLY) | set(WireRequest.model_fields) <= known
    for name in known - set(ONLY) - set(WireRequest.model_fields):
        assert parse(**{name: "x"}).extras == {name: "x"}


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model"),
    ({"messages": []}, "messages"),
    ({"max_tokens": None}, "max_tokens"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"temperature": 1.1}, "temperature"),
    ({"top_k": -1}, "top_k"),
    ({"stream": "true"}, "stream"),
    ({"stop_sequences": "END"}, "stop_sequences"),
    ({"system": [block("image", source={"type": "url", "url": "https://x"})]}, "system[0].type"),
    ({"metadata": {"user": "u"}}, "metadata.user"),
    ({"service_tier": "flex"}, "service_tier"),
    ({"container": "c"}, "container"),
    ({"speed": "fast"}, "speed"),
    ({"mcp_servers": [{}]}, "mcp_servers"),
    ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
    ({"thinking": {"type": "adaptive", "budget_tokens": 1}}, "thinking.budget_tokens"),
    ({"thinking": {"type": "between_tools"}}, "thinking.type"),
    ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
    ({"tools": [{"type": "web_search_20260318", "name": "web_search"}]}, "tools[0].type"),
    ({"tools": [{"name": "a"}]}, "tools[0].input_schema"),
    ({"tools": [TOOL, TOOL]}, "tools[0].name"),
    ({"tools": [TOOL | {"defer_loading": True}]}, "tools[0].defer_loading"),
    ({"tools": [TOOL | {"input_examples": [{}]}]}, "tools[0].input_examples"),
    ({"tool_choice": {"type": "any"}}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool"}}, "tool_choice.name"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "tool_choice.name"),
    ({"tools": [TOOL], "tool_choice": {"type": "auto", "name": "weather"}}, "tool_choice.name"),
    ({"cache_control": {"type": "ephemeral", "ttl": "1d"}}, "cache_control.ttl"),
]


@pytest.mark.parametrize(
    ("changes", "param"), BAD_FIELDS, ids=[f"{param}-{i}" for i, (_, param) in enumerate(BAD_FIELDS)]
)
def test_a_bad_field_is_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(**changes)
    assert (caught.value.status, caught.value.param) == (400, param)


def source(**fields: Any) -> dict[str, Any]:
    return block("image", source=fields)


BAD_BLOCKS: list[tuple[Any, str]] = [
    (block(SECRET), "type"),
    (block("thinking", thinking=SECRET, signature="s"), "type"),
    (block("server_tool_use", id="x", name="web_search", input={}), "type"),
    (block("text"), "text"),
    (block("text", text=""" """, data=SECRET), "data"),
    (block("text", text="x", citations=[{}]), "citations"),
    (block("text", text="x", foo=SECRET), "foo"),
    (block("image"), "source"),
    (source(type="file", file_id=SECRET), "source.type"),
    (source(type="base64", media_type="image/png"), "source.data"),
    (source(type="base64", media_type="image/png", data="####"), "source.data"),
    (source(type="base64", media_type="text/plain", data=B64), "source.media_type"),
    (source(type="url", url="ftp://x"), "source.url"),
    (source(type="url", url="https://x", data=B64), "source.data"),
    (block("document", source={"type": "base64", "data": B64}), "source.media_type"),
    (block("document", source={"type": "content", "content": SECRET}), "source.type"),
    (block("document", source={"type": "url", "url": "https://x"}, context=SECRET), "context"),
    (block("document", source={"type": "url", "url": "https://x"}, citations={"enabled": True}), "citations"),
    (block("tool_result", content="x"), "tool_use_id"),
    (block("tool_result", tool_use_id=SECRET), "tool_use_id"),
]


@pytest.mark.parametrize(("bad", "field"), BAD_BLOCKS, ids=[f"{f}-{i}" for i, (_, f) in enumerate(BAD_BLOCKS)])
def test_a_bad_block_is_named_and_not_echoed(bad: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        said(bad)
    assert (caught.value.param or "").startswith(f"messages[0].content[0].{field}")
    assert SECRET not in caught.value.message


def test_a_block_that_is_not_supported_tells_what_is() -> None:
    with pytest.raises(Unsupported, match="use document or image or text or tool_result"):
        said(block("search_result"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def perhaps(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: strategy | strategy | JSON for name, strategy in fields.items()})


SOURCE = perhaps(type=st.sampled_from(["base64", "url", "text"]), data=st.just(B64), media_type=st.just("image/png"))
BLOCK = perhaps(
    type=st.sampled_from(["text", "image", "document", "thinking", "tool_use", "tool_result"]),
    text=st.just(SECRET),
    source=SOURCE,
    content=st.just(SECRET),
    id=st.just("1"),
    tool_use_id=st.just("1"),
    name=st.just("n"),
    input=st.just({}),
)
MESSAGE = perhaps(
    role=st.sampled_from(["user", "assistant"]),
    content=st.just(SECRET) | st.lists(BLOCK | st.just(CALL), max_size=3),
)


def outcome(body: dict[str, Any]) -> ChatRequest | RequestError:
    try:
        return parse_request(body)
    except RequestError as error:
        return error


@given(
    st.lists(MESSAGE, max_size=3) | JSON,
    st.dictionaries(st.sampled_from(sorted({*WireRequest.model_fields, *ONLY} - {"messages"})), JSON, max_size=2),
)
def test_any_json_is_a_request_or_an_error_that_keeps_the_prompt_to_itself(messages: Any, more: dict[str, Any]) -> None:
    found = outcome(SMALLEST | {"messages": messages} | more)
    if isinstance(found, ChatRequest):
        assert all(message.parts for message in found.messages)
    else:
        assert (found.status, bool(found.param)) == (400, True)
        assert SECRET not in found.message
