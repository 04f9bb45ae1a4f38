"""Responses requests: what is mapped, what is kept, what is refused and how it is named."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import response_create_params as params

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
from pointsman.errors import RequestError
from pointsman.wire.responses.request import KEPT, STATELESS, parse_request
from pointsman.wire.responses.schema import WireRequest
from pointsman.wire.responses.thoughts import seal, unseal

DATA = b"%PDF"
B64 = base64.b64encode(DATA).decode()
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object"}, "strict": True}
NOW = {"type": "function", "name": "now", "parameters": None, "strict": None}
SECRET = "swordfish-4711"


def parse(**changes: Any) -> ChatRequest:
    return parse_request({"model": "auto", "input": "hi"} | changes)


def call(id: str) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "status": "completed", "call_id": id, "name": "f", "arguments": "{}"}


def test_the_smallest_request() -> None:
    assert parse() == ChatRequest("auto", (Message("user", (Text("hi"),)),), dialect="responses", include_usage=True)


def test_every_mapped_field() -> None:
    request = parse(
        instructions="be brief",
        include=["reasoning.encrypted_content", "message.output_text.logprobs"],
        max_output_tokens=9,
        metadata={"a": "b"},
        parallel_tool_calls=False,
        reasoning={"effort": "high", "summary": "auto"},
        safety_identifier="u",
        service_tier="flex",
        store=False,
        stream=True,
        stream_options={"include_obfuscation": False},
        temperature=1,
        text={"format": {"type": "json_schema", "name": "n", "schema": {}, "strict": True, "description": "d"}},
        tools=[TOOL, NOW],
        tool_choice={"type": "function", "name": "now"},
        top_logprobs=2,
        top_p=0.5,
    )
    assert request == ChatRequest(
        model="auto",
        messages=(Message("system", (Text("be brief"),)), Message("user", (Text("hi"),))),
        dialect="responses",
        tools=(
            Tool("weather", None, {"type": "object"}, strict=True),
            Tool("now", None, {"type": "object", "properties": {}}),
        ),
        tool_choice=ToolChoice("named", "now"),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_schema", "n", {"description": "d"}, strict=True),
        max_tokens=9,
        temperature=1,
        top_p=0.5,
        logprobs=2,
        reasoning=Reasoning("high", visible=True),
        service_tier="flex",
        user="u",
        metadata={"a": "b"},
        stream=True,
        include_usage=True,
    )


def test_a_conversation_of_every_item() -> None:
    thought = Thinking("hm", "s")
    request = parse(
        input=[
            {"role": "developer", "content": "be kind"},
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "look", "cache_control": {"type": "ephemeral"}},
                    {"type": "input_image", "image_url": f"data:image/png;base64,{B64}", "detail": "auto"},
                    {"type": "input_file", "file_data": B64, "filename": "a.pdf"},
                    {"type": "input_file", "file_url": "https://x.test/b.pdf"},
                ],
            },
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal(thought)},
            {"type": "reasoning", "id": "rs_2", "summary": [{"type": "summary_text", "text": "so"}]},
            {"type": "reasoning", "id": "rs_3", "summary": []},
            {
                "type": "message",
                "id": "msg_1",
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "well", "annotations": [], "logprobs": []}],
            },
            call("call_1"),
            call("call_2__thought__g"),
            {"type": "function_call_output", "call_id": "call_1", "output": "4 °C"},
            {
                "type": "function_call_output",
                "call_id": "call_2__thought__g",
                "output": [{"type": "input_image", "image_url": "https://x.test/a"}],
            },
        ]
    )
    assert request.messages == (
        Message("system", (Text("be kind"),)),
        Message(
            "user",
            (
                Text("look", "5m"),
                Image("image/png", DATA),
                Document("application/pdf", DATA, name="a.pdf"),
                Document("application/pdf", url="https://x.test/b.pdf"),
            ),
        ),
        Message(
            "assistant",
            (thought, Thinking("so"), Text("well"), ToolCall("call_1", "f", "{}"), ToolCall("call_2", "f", "{}", "g")),
        ),
        Message(
            "tool",
            (ToolResult("call_1", (Text("4 °C"),)), ToolResult("call_2", (Image(url="https://x.test/a"),))),
        ),
    )


def test_only_the_allowed_tools_are_offered() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "now"}]}
    request = parse(tools=[TOOL, NOW], tool_choice=choice)
    assert request.tool_choice == ToolChoice("required")
    assert [tool.name for tool in request.tools] == ["now"]


def test_what_chat_completions_calls_the_same_is_kept() -> None:
    request = parse(prompt_cache_key="k", text={"verbosity": "low"}, truncation="disabled", background=False)
    assert request.extras == {"prompt_cache_key": "k", "verbosity": "low"}


@given(st.builds(Thinking, st.text(), st.none() | st.text(min_size=1), st.none() | st.text(min_size=1)))
def test_sealed_thoughts_come_back_whole(thinking: Thinking) -> None:
    sealed = seal(thinking)
    if thinking.signature is None and thinking.redacted is None:
        assert sealed is None
    else:
        assert sealed
        assert unseal(sealed) == thinking


@pytest.mark.parametrize("sealed", ["gAAAA", "pm1.", "pm1.####", "pm1.W10=", "pm1.WzEsMiwzXQ=="])
def test_what_was_not_sealed_here_is_refused(sealed: str) -> None:
    assert unseal(sealed) is None
    with pytest.raises(RequestError) as caught:
        parse(input=[{"type": "reasoning", "summary": [], "encrypted_content": sealed}])
    assert caught.value.param == "input[0].encrypted_content"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"model": ""}, "model"),
    ({"input": []}, "input"),
    ({"input": 5}, "input"),
    ({"input": [{"type": "reasoning", "summary": []}]}, "input"),
    ({"store": True}, "store"),
    ({"previous_response_id": "resp_1"}, "previous_response_id"),
    ({"conversation": "c"}, "conversation"),
    ({"background": True}, "background"),
    ({"prompt": {"id": "p"}}, "prompt"),
    ({"truncation": "auto"}, "truncation"),
    ({"max_tool_calls": 2}, "max_tool_calls"),
    ({"include": ["web_search_call.results"]}, "include[0]"),
    ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
    ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "tools[0].name"),
    ({"tools": [TOOL, TOOL]}, "tools[0].name"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tool_choice": {"type": "web_search"}}, "tool_choice"),
    ({"tool_choice": {"type": "function", "name": "x"}}, "tool_choice.name"),
    ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}}, "tool_choice.tools"),
    ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
    ({"input": [{"type": "item_reference", "id": SECRET}]}, "input[0].type"),
    ({"input": [{"type": "message", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": "x", "name": SECRET}]}, "input[0].name"),
    ({"input": [{"role": "user", "content": [{"type": "output_text", "text": "x"}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0].file_data"),
    (
        {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": SECRET}]}]},
        "input[0].content[0].file_id",
    ),
    ({"input": [{"type": "function_call_output", "call_id": "x", "output": "y"}]}, "input[0].call_id"),
]


@pytest.mark.parametrize(("changes", "param"), BAD, ids=[f"{param}-{i}" for i, (_, param) in enumerate(BAD)])
def test_a_bad_field_is_named_and_not_echoed(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(**changes)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert SECRET not in caught.value.message


def test_every_field_of_the_sdk_is_mapped_kept_or_refused() -> None:
    known = set(params.ResponseCreateParamsBase.__annotations__) | {"stream"}
    assert set(STATELESS) | KEPT | set(WireRequest.model_fields) <= known
    for name in known - set(STATELESS) - KEPT - set(WireRequest.model_fields):
        with pytest.raises(RequestError) as caught:
            parse(**{name: "x"})
        assert caught.value.param == name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def outcome(body: dict[str, Any]) -> ChatRequest | RequestError:
    try:
        return parse_request(body)
    except RequestError as error:
        return error


ITEM = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "function_call", "function_call_output", "reasoning"])},
    optional={
        "role": st.sampled_from(["user", "assistant"]),
        "content": st.just(SECRET) | JSON,
        "call_id": st.just("1"),
        "name": st.just("n"),
        "arguments": st.just("{}"),
        "output": st.just(SECRET) | JSON,
    },
)


@given(
    st.lists(ITEM, max_size=4) | JSON,
    st.dictionaries(st.sampled_from(sorted({*WireRequest.model_fields, *STATELESS} - {"input"})), JSON, max_size=2),
)
def test_any_json_is_a_request_or_an_error_that_keeps_the_prompt_to_itself(given: Any, more: dict[str, Any]) -> None:
    found = outcome({"model": "auto", "input": given} | more)
    if isinstance(found, ChatRequest):
        assert all(message.parts or message.role == "tool" for message in found.messages)
    else:
        assert (found.status, bool(found.param)) == (400, True)
        assert SECRET not in found.message
