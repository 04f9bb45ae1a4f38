"""Chat Completions requests: what is mapped, what is kept, what is refused and how it is named."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import completion_create_params as params

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
from pointsman.wire.openai.request import IDLE, ONLY, parse_request
from pointsman.wire.openai.schema import WireRequest

PNG = base64.b64encode(b"\x89PNG").decode()
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"'}}
ASKED: list[dict[str, Any]] = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
]
SECRET = "swordfish-4711"


def parse(**changes: Any) -> ChatRequest:
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]} | changes
    return parse_request(body)


def only(*messages: dict[str, Any]) -> tuple[Message, ...]:
    return parse(messages=list(messages)).messages


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def picture(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url} | more}


def test_the_smallest_request() -> None:
    assert parse() == ChatRequest("auto", (Message("user", (Text("hi"),)),))


def test_every_mapped_field() -> None:
    request = parse(
        model="tier:premium",
        tools=[TOOL, {"type": "function", "function": {"name": "now", "description": "The time", "strict": True}}],
        tool_choice={"type": "function", "function": {"name": "now"}},
        parallel_tool_calls=False,
        response_format={"type": "json_schema", "json_schema": {"name": "out", "schema": {"a": 1}, "strict": True}},
        max_completion_tokens=9,
        temperature=1,
        top_p=0.5,
        stop="END",
        stream=True,
        stream_options={"include_usage": True, "include_obfuscation": False},
    )
    assert request == ChatRequest(
        model="tier:premium",
        messages=(Message("user", (Text("hi"),)),),
        tools=(
            Tool("weather", None, {"type": "object"}),
            Tool("now", "The time", {"type": "object", "properties": {}}, strict=True),
        ),
        tool_choice=ToolChoice("named", "now"),
        parallel_tool_calls=False,
        response_format=ResponseFormat("json_schema", "out", {"a": 1}, strict=True),
        max_tokens=9,
        temperature=1.0,
        top_p=0.5,
        stop=("END",),
        stream=True,
        include_usage=True,
    )


def test_fields_that_tell_how_to_answer() -> None:
    request = parse(
        seed=7,
        top_k=5,
        logprobs=True,
        top_logprobs=2,
        reasoning_effort="low",
        service_tier="flex",
        user="u",
        safety_identifier="s",
        metadata={"a": "b"},
    )
    assert (request.seed, request.top_k, request.logprobs, request.service_tier) == (7, 5, 2, "flex")
    assert (request.reasoning, request.user, request.metadata) == (Reasoning("low"), "s", {"a": "b"})
    assert parse(reasoning_effort="none").reasoning == Reasoning(off=True)
    assert parse(thinking={"type": "enabled", "budget_tokens": 9}).reasoning == Reasoning(budget=9)
    assert parse(logprobs=True).logprobs == 0


def test_only_the_allowed_tools_are_offered() -> None:
    now = {"type": "function", "function": {"name": "now"}}
    request = parse(
        tools=[TOOL, now], tool_choice={"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [now]}}
    )
    assert request.tool_choice == ToolChoice("required")
    assert [tool.name for tool in request.tools] == ["now"]


def test_a_schemas_description_goes_into_the_schema() -> None:
    spec = {"name": "a", "schema": {"type": "object"}, "description": "d"}
    request = parse(response_format={"type": "json_schema", "json_schema": spec})
    assert request.response_format == ResponseFormat("json_schema", "a", {"description": "d", "type": "object"})


def test_cache_markers_and_thoughts_as_litellm_sends_them() -> None:
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    request = parse(
        tools=[TOOL | mark],
        messages=[
            {"role": "system", "content": "be brief"} | mark,
            user(
                {"type": "text", "text": "hi"} | mark, {"type": "file", "file": {"file_data": PNG, "filename": "a.pdf"}}
            ),
            {
                "role": "assistant",
                "content": "well",
                "reasoning_content": "hm",
                "thinking_blocks": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "redacted_thinking", "data": "r"},
                ],
                "provider_specific_fields": {"refusal": None},
                "tool_calls": [CALL | {"id": "call_1__thought__g"}],
            },
            {"role": "tool", "tool_call_id": "call_1__thought__g", "content": "4"},
            {"role": "assistant", "content": "so", "reasoning_content": "hm"},
        ],
    )
    assert request.tools[0].cache == "1h"
    assert request.messages == (
        Message("system", (Text("be brief", "1h"),)),
        Message("user", (Text("hi", "1h"), Document("application/pdf", b"\x89PNG", name="a.pdf"))),
        Message(
            "assistant",
            (
                Thinking("hm", "s"),
                Thinking(redacted="r"),
                Text("well"),
                ToolCall("call_1", "weather", '{"city": "Oslo"', "g"),
            ),
        ),
        Message("tool", (ToolResult("call_1", (Text("4"),)),)),
        Message("assistant", (Thinking("hm"), Text("so"))),
    )


def test_messages_of_every_role() -> None:
    found = only(
        {"role": "developer", "content": "be brief"},
        {"role": "system", "content": [{"type": "text", "text": "be kind"}]},
        user(
            {"type": "text", "text": "look"}, picture(f"data:image/PNG;base64,{PNG}"), picture("https://x.test/a.jpg")
        ),
        {
            "role": "assistant",
            "content": "well",
            "refusal": "no",
            "tool_calls": [CALL],
            "audio": None,
            "annotations": [],
        },
        {"role": "tool", "tool_call_id": "call_1", "name": "weather", "content": [{"type": "text", "text": "4 °C"}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "never"}]},
    )
    assert found == (
        Message("system", (Text("be brief"),)),
        Message("system", (Text("be kind"),)),
        Message("user", (Text("look"), Image("image/png", b"\x89PNG"), Image(url="https://x.test/a.jpg"))),
        Message("assistant", (Text("well"), Text("no"), ToolCall("call_1", "weather", '{"city": "Oslo"'))),
        Message("tool", (ToolResult("call_1", (Text("4 °C"),)),)),
        Message("assistant", (Text("never"),)),
    )


def test_names_of_participants_and_an_images_detail() -> None:
    found = only(
        user(picture("https://x.test/a.png", detail="low"), picture("https://x.test/b.png", detail="auto"))
        | {"name": "bob"}
    )
    images = (Image(url="https://x.test/a.png", detail="low"), Image(url="https://x.test/b.png"))
    assert found == (Message("user", images, "bob"),)


def test_each_part_knows_where_it_stood() -> None:
    found = only(
        user({"type": "text", "text": "look"}, picture("https://x.test/a.jpg")),
        {"role": "assistant", "reasoning_content": "hm", "content": "well", "refusal": "no", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "4"},
    )
    assert [message.places for message in found] == [
        ("messages[0].content[0]", "messages[0].content[1]"),
        ("messages[1].reasoning_content", "messages[1].content[0]", "messages[1].refusal", "messages[1].tool_calls[0]"),
        ("messages[2].content",),
    ]
    assert all(len(message.parts) == len(message.places) for message in found)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("n", 3, 3),
        ("n", None, 1),
        ("max_tokens", 7, 7),
        ("stop", ["a", "b"], ("a", "b")),
        ("stop", None, ()),
        ("response_format", {"type": "text"}, None),
        ("response_format", {"type": "json_object"}, ResponseFormat("json_object")),
        ("tool_choice", "auto", None),
        ("stream", None, False),
    ],
)
def test_a_field_and_its_meaning(field: str, value: object, expected: object) -> None:
    assert getattr(parse(**{field: value}), field) == expected


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_a_plain_tool_choice(choice: Any) -> None:
    assert parse(tools=[TOOL], tool_choice=choice).tool_choice == ToolChoice(choice)


def test_fields_without_a_counterpart_are_kept() -> None:
    extras = {"prompt_cache_key": "k", "prediction": {}, "logit_bias": {"5": 1}, "vendor_field": [1], "model_x": 1}
    assert parse(**extras).extras == extras


def test_what_is_not_set_or_changes_nothing_is_no_extra() -> None:
    assert parse(seed=None, n=1, modalities=["text"], functions=[]).extras == {}
    assert parse(frequency_penalty=0, presence_penalty=0.0, logit_bias={}, store=False).extras == {}


@pytest.mark.parametrize("said", [{"frequency_penalty": 0.5}, {"presence_penalty": False}, {"store": True}])
def test_what_changes_something_is_kept(said: dict[str, Any]) -> None:
    assert parse(**said).extras == said


def test_every_field_of_the_sdk_is_mapped_kept_or_refused() -> None:
    """A field that comes with a new SDK lands in the extras; those named here must be real ones."""
    known = set(params.CompletionCreateParamsBase.__annotations__) | {"stream", "top_k", "thinking"}
    assert set(ONLY) | set(IDLE) | set(WireRequest.model_fields) <= known
    for name in known - set(ONLY) - set(WireRequest.model_fields):
        assert parse(**{name: "x"}).extras == {name: "x"}


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model"),
    ({"model": ""}, "model"),
    ({"messages": []}, "messages"),
    ({"messages": {}}, "messages"),
    ({"messages": ["hi"]}, "messages[0]"),
    ({"temperature": "hot"}, "temperature"),
    ({"temperature": 2.1}, "temperature"),
    ({"top_p": -0.1}, "top_p"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens"),
    ({"max_tokens": True}, "max_tokens"),
    ({"stream": "true"}, "stream"),
    ({"stop": 5}, "stop"),
    ({"stop": ["a", 5]}, "stop[1]"),
    ({"stop": ""}, "stop[0]"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"stream": True, "stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
    ({"stream": True, "stream_options": {"foo": 1}}, "stream_options.foo"),
    ({"n": 0}, "n"),
    ({"n": 129}, "n"),
    ({"n": True}, "n"),
    ({"top_logprobs": 2}, "top_logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"web_search_options": {}}, "web_search_options"),
    ({"reasoning_effort": "huge"}, "reasoning_effort"),
    ({"metadata": {"a": 1}}, "metadata.a"),
    ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
    ({"tools": [TOOL], "tool_choice": {"type": "allowed_tools"}}, "tool_choice.allowed_tools"),
    ({"modalities": ["text", "audio"]}, "modalities"),
    ({"functions": [{"name": "f"}]}, "functions"),
    ({"function_call": "auto"}, "function_call"),
    ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ({"tools": [{"type": "function", "function": {"name": "a", "foo": 1}}]}, "tools[0].function.foo"),
    ({"tools": [TOOL, TOOL]}, "tools[0].function.name"),
    ({"tool_choice": "always"}, "tool_choice"),
    ({"tool_choice": {"type": "auto"}}, "tool_choice"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice.function.name"),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice.function.name"),
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, "response_format.json_schema.schema"),
]


@pytest.mark.parametrize(
    ("changes", "param"), BAD_FIELDS, ids=[f"{param}-{i}" for i, (_, param) in enumerate(BAD_FIELDS)]
)
def test_a_bad_field_is_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(**changes)
    assert (caught.value.status, caught.value.param) == (400, param)


BAD_MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"content": "x"}, "role"),
    ({"role": "function", "name": "f", "content": "x"}, "role"),
    ({"role": SECRET, "content": "x"}, "role"),
    ({"role": "user"}, "content"),
    ({"role": "user", "content": []}, "content"),
    ({"role": "user", "content": 5}, "content"),
    ({"role": "user", "content": "x", "reasoning": SECRET}, "reasoning"),
    ({"role": "user", "content": "x", "tool_calls": [CALL]}, "tool_calls"),
    ({"role": "user", "content": "x", "tool_call_id": "call_1"}, "tool_call_id"),
    ({"role": "assistant"}, "content"),
    ({"role": "assistant", "content": "x", "audio": {"id": "a"}}, "audio"),
    ({"role": "assistant", "content": "x", "function_call": {"name": "f"}}, "function_call"),
    ({"role": "assistant", "content": "x", "annotations": [{}]}, "annotations"),
    ({"role": "assistant", "tool_calls": [CALL | {"type": "custom"}]}, "tool_calls[0].type"),
    ({"role": "assistant", "tool_calls": [CALL | {"function": {"name": "f"}}]}, "tool_calls[0].function.arguments"),
    ({"role": "tool", "content": "x"}, "tool_call_id"),
    ({"role": "tool", "content": "x", "tool_call_id": "call_9"}, "tool_call_id"),
    ({"role": "tool", "content": "x", "tool_call_id": "call_1", "name": "other"}, "name"),
    (user({"type": SECRET}), "content[0].type"),
    (user({"text": "x"}), "content[0].type"),
    (user({"type": "text"}), "content[0].text"),
    (user({"type": "text", "text": "x", "file": {}}), "content[0].file"),
    (user({"type": "file", "file": {}}), "content[0].file.file_data"),
    (user({"type": "file", "file": {"file_data": PNG}}), "content[0].file.file_data"),
    ({"role": "user", "content": "x", "reasoning_content": SECRET}, "reasoning_content"),
    ({"role": "assistant", "thinking_blocks": [{"type": "thinking"}], "content": "x"}, "thinking_blocks[0].thinking"),
    (user({"type": "text", "text": "x"}, {"type": "text", "text": 5}), "content[1].text"),
    (user({"type": "text", "text": "x", "prompt_cache_breakpoint": {}}), "content[0].prompt_cache_breakpoint"),
    (user({"type": "input_audio", "input_audio": {"data": SECRET, "format": "wav"}}), "content[0].type"),
    (user({"type": "file", "file": {"file_id": SECRET}}), "content[0].file.file_id"),
    (user({"type": "refusal", "refusal": SECRET}), "content[0].type"),
    (user({"type": "image_url", "image_url": "https://x.test"}), "content[0].image_url"),
    (user(picture("ftp://x.test/a.png")), "content[0].image_url.url"),
    (user(picture("data:image/png;base64,")), "content[0].image_url.url"),
    (user(picture("data:image/png;base64,####")), "content[0].image_url.url"),
    (user(picture("data:image/png;base64,é")), "content[0].image_url.url"),
    (user(picture("data:text/plain;base64,AAAA")), "content[0].image_url.url"),
    (user(picture("https://x.test/a.png", detail="dim")), "content[0].image_url.detail"),
    ({"role": "system", "content": [picture("https://x.test/a.png")]}, "content[0].type"),
]


@pytest.mark.parametrize(("message", "field"), BAD_MESSAGES, ids=[f"{f}-{i}" for i, (_, f) in enumerate(BAD_MESSAGES)])
def test_a_bad_message_is_named_and_not_echoed(message: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestError) as caught:
        only(*ASKED, message)
    assert caught.value.param == f"messages[2].{field}"
    assert SECRET not in caught.value.message


@pytest.mark.parametrize("kind", ["input_audio"])
def test_content_that_we_know_but_cannot_map_is_said_by_name(kind: str) -> None:
    with pytest.raises(Unsupported, match=f"type {kind} is not supported"):
        only(user({"type": kind, kind: {}}))


SCALAR = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | st.just(SECRET)
)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def perhaps(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object whose fields are mostly right, sometimes anything, sometimes missing."""
    return st.fixed_dictionaries({}, optional={name: strategy | strategy | JSON for name, strategy in fields.items()})


PART = perhaps(
    type=st.sampled_from(["text", "image_url", "refusal", "file"]),
    text=st.just(SECRET),
    image_url=perhaps(url=st.sampled_from(["https://x.test", f"data:image/png;base64,{PNG}", SECRET])),
)
MESSAGE = perhaps(
    role=st.sampled_from(["system", "developer", "user", "assistant", "tool"]),
    content=st.just(SECRET) | st.lists(PART, max_size=2),
    tool_calls=st.lists(st.just(CALL), max_size=2),
    tool_call_id=st.just("call_1"),
)
REQUEST = st.fixed_dictionaries(
    {"model": st.just("auto") | JSON, "messages": st.lists(MESSAGE, max_size=3) | JSON},
    optional={
        name: JSON | st.just("auto") for name in [*WireRequest.model_fields, *ONLY] if name not in {"model", "messages"}
    },
)


def outcome(body: dict[str, Any]) -> ChatRequest | RequestError:
    try:
        return parse_request(body)
    except RequestError as error:
        return error


@given(REQUEST)
def test_any_json_is_a_request_or_an_error_that_keeps_the_prompt_to_itself(body: dict[str, Any]) -> None:
    found = outcome(body)
    if isinstance(found, ChatRequest):
        assert len(found.messages) == len(body["messages"])
        assert all(message.parts for message in found.messages)
    else:
        assert (found.status, bool(found.param)) == (400, True)
        assert SECRET not in found.message


@pytest.mark.parametrize("fields", [{"citations": [1]}, {"refusal": "no"}, {"thinking_blocks": [{"type": "thinking"}]}])
def test_what_litellm_adds_may_only_repeat(fields: dict[str, Any]) -> None:
    message = {"role": "assistant", "content": "well", "provider_specific_fields": fields}
    with pytest.raises(RequestError) as caught:
        parse(messages=[{"role": "user", "content": "hi"}, message])
    assert caught.value.param == f"messages[1].provider_specific_fields.{next(iter(fields))}"


def test_what_clients_add_to_answers_they_have_read_changes_nothing() -> None:
    call = {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    read = call | {"function": {"name": "f", "arguments": "{}", "parsed_arguments": {}}}
    extra = {"parsed": None, "provider_specific_fields": {"reasoning_content": "hm", "citations": None}}
    message = {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [read]} | extra
    request = parse(messages=[{"role": "user", "content": "hi"}, message])
    assert request.messages[1].parts == (Thinking("hm"), ToolCall("1", "f", "{}"))
