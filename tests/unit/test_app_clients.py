"""The vendors' own Python clients against the whole app, over ASGI, with a provider that plays."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import openai
import pytest

from pointsman.domain import Completion, Finish, Text, Thinking, ToolCall, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from tests.fakes import completion
from tests.world import KEY, World

USAGE = Usage(1_000, 100, cache_read=10)
CALLS = Completion(
    (Text("Well"), ToolCall("call_1", "weather", '{"city": "Oslo"}'), ToolCall("call_2", "now", "{}")),
    Finish.TOOL_CALLS,
    USAGE,
)
SAID: list[Any] = [{"role": "user", "content": "hi"}]
BUSY = UpstreamError(UpstreamKind.RATE_LIMITED, "All are busy.")


def transport(world: World) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(world.app, raise_app_exceptions=False))


def openai_client(world: World, key: str = KEY) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=key, base_url="http://router/v1", http_client=transport(world), max_retries=0)


def anthropic_client(world: World, key: str = KEY) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(api_key=key, base_url="http://router", http_client=transport(world), max_retries=0)


class TestOpenAIChat:
    async def test_an_answer(self) -> None:
        answer = await openai_client(World(CALLS)).chat.completions.create(model="auto", messages=SAID)
        choice = answer.choices[0]
        assert (answer.id, answer._request_id) == ("chatcmpl-1", "chatcmpl-1")
        assert (choice.message.content, choice.finish_reason) == ("Well", "tool_calls")
        assert [call.id for call in choice.message.tool_calls or ()] == ["call_1", "call_2"]
        assert answer.usage
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1_010, 100)

    async def test_a_stream(self) -> None:
        client = openai_client(World(CALLS)).chat.completions
        async with client.stream(model="auto", messages=SAID, stream_options={"include_usage": True}) as stream:
            answer = await stream.get_final_completion()
        choice = answer.choices[0]
        assert (choice.message.content, choice.finish_reason) == ("Well", "tool_calls")
        assert [call.function.arguments for call in choice.message.tool_calls or ()] == ['{"city": "Oslo"}', "{}"]
        assert answer.usage
        assert answer.usage.total_tokens == 1_110

    async def test_errors(self) -> None:
        with pytest.raises(openai.AuthenticationError):
            await openai_client(World(), key="wrong").chat.completions.create(model="auto", messages=SAID)
        with pytest.raises(openai.NotFoundError) as caught:
            await openai_client(World()).chat.completions.create(model="gpt-99", messages=SAID)
        assert (caught.value.param, caught.value.code) == ("model", "model_not_found")
        with pytest.raises(openai.RateLimitError, match="All are busy"):
            await openai_client(World(*[BUSY] * 9)).chat.completions.create(model="auto", messages=SAID)

    async def test_models(self) -> None:
        client = openai_client(World())
        assert [entry.id async for entry in client.models.list()][:2] == ["auto", "tier:economy"]
        assert (await client.models.retrieve("tier:economy")).owned_by == "pointsman"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("nope")


class TestOpenAIResponses:
    async def test_a_tool_loop(self) -> None:
        client = openai_client(World(CALLS))
        answer = await client.responses.create(model="auto", input="hi")
        assert (answer.id, answer._request_id, answer.output_text) == ("resp_1", "resp_1", "Well")
        assert answer.usage
        assert answer.usage.total_tokens == 1_110
        results: Any = [
            {"type": "function_call_output", "call_id": item.call_id, "output": "4"}
            for item in answer.output
            if item.type == "function_call"
        ]
        said: Any = [*SAID, *answer.output, *results]
        assert len(results) == 2
        assert (await client.responses.create(model="auto", input=said)).output_text == "Paris."

    async def test_a_stream(self) -> None:
        async with openai_client(World(CALLS)).responses.stream(model="auto", input="hi") as stream:
            answer = await stream.get_final_response()
        assert [item.type for item in answer.output] == ["message", "function_call", "function_call"]
        assert answer.usage
        assert answer.usage.total_tokens == 1_110

    async def test_errors(self) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            await openai_client(World()).responses.create(model="auto", input="hi", previous_response_id="resp_0")
        assert caught.value.param == "previous_response_id"
        assert "previous_response_id: This field is not supported here." in str(caught.value)
        client = openai_client(World(completion("one two"), UpstreamError(UpstreamKind.UNAVAILABLE, "It broke.")))
        stream = await client.responses.create(model="auto", input="hi", stream=True)
        with pytest.raises(openai.APIError, match="broke"):
            _ = [event async for event in stream]


async def test_every_dialects_body_is_explained() -> None:
    client = World().client
    bodies: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"model": "auto", "messages": SAID}, {}),
        ({"model": "auto", "input": "hi"}, {}),
        ({"model": "auto", "max_tokens": 9, "system": "s", "messages": SAID}, {"anthropic-version": "2023-06-01"}),
    ]
    for body, headers in bodies:
        assert (await client.post("/v1/route", json=body, headers=headers)).json()["model"] == "small"


class TestAnthropic:
    async def test_an_answer(self) -> None:
        world = World(Completion((Thinking("hm", "s"), *CALLS.parts), Finish.TOOL_CALLS, USAGE))
        answer = await anthropic_client(world).messages.create(model="auto", max_tokens=9, messages=SAID)
        assert (answer.id, answer._request_id, answer.stop_reason) == ("msg_1", "msg_1", "tool_use")
        assert [block.type for block in answer.content] == ["thinking", "text", "tool_use", "tool_use"]
        assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens) == (1_000, 10)

    async def test_a_tool_loop(self) -> None:
        client = anthropic_client(World(CALLS))
        answer = await client.messages.create(model="auto", max_tokens=9, messages=SAID)
        results: Any = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "4"}
            for block in answer.content
            if block.type == "tool_use"
        ]
        turns: list[Any] = [*SAID, answer.to_param(), {"role": "user", "content": results}]
        again = await client.messages.create(model="auto", max_tokens=9, messages=turns)
        assert [block.type for block in again.content] == ["text"]

    async def test_a_stream(self) -> None:
        client = anthropic_client(World(CALLS)).messages
        async with client.stream(model="auto", max_tokens=9, messages=SAID) as stream:
            answer = await stream.get_final_message()
        assert [block.type for block in answer.content] == ["text", "tool_use", "tool_use"]
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1_000, 100)

    async def test_errors(self) -> None:
        with pytest.raises(anthropic.AuthenticationError):
            await anthropic_client(World(), key="wrong").messages.create(model="auto", max_tokens=9, messages=SAID)
        with pytest.raises(anthropic.NotFoundError) as caught:
            await anthropic_client(World()).messages.create(model="gpt-99", max_tokens=9, messages=SAID)
        assert caught.value.request_id == "msg_1"
        with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
            await anthropic_client(World()).messages.create(model="auto", max_tokens=0, messages=SAID)
        with pytest.raises(anthropic.RateLimitError, match="All are busy"):
            await anthropic_client(World(*[BUSY] * 9)).messages.create(model="auto", max_tokens=9, messages=SAID)
        with pytest.raises(anthropic.InternalServerError) as failed:
            await anthropic_client(World(RuntimeError())).messages.create(model="auto", max_tokens=9, messages=SAID)
        assert failed.value.request_id == "msg_1"
        busy = UpstreamError(UpstreamKind.OVERLOADED, "All are busy.")
        with pytest.raises(anthropic.OverloadedError):
            await anthropic_client(World(*[busy] * 9)).messages.create(model="auto", max_tokens=9, messages=SAID)

    async def test_a_count_calls_no_model(self) -> None:
        world = World(completion())
        count = await anthropic_client(world).messages.count_tokens(model="auto", messages=SAID)
        assert count.input_tokens == 5
        assert (world.provider.calls, world.events) == ([], [])

    async def test_models(self) -> None:
        client = anthropic_client(World())
        assert [entry.id async for entry in client.models.list()][:2] == ["auto", "tier:economy"]
        assert (await client.models.retrieve("small")).max_tokens == 1_000
        with pytest.raises(anthropic.NotFoundError):
            await client.models.retrieve("nope")


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/v1/messages", {}),
        ("POST", "/v1/messages/batches", {}),
        ("GET", "/nope", {"anthropic-version": "2023-06-01"}),
        ("POST", "/v1/models", {"anthropic-version": "2023-06-01"}),
    ],
)
async def test_what_is_not_served_is_said_in_the_callers_dialect(
    method: str, path: str, headers: dict[str, str]
) -> None:
    response = await World().client.request(method, path, headers=headers)
    assert response.status_code in {404, 405}
    assert response.json()["type"] == "error"
    assert response.json()["request_id"] == response.headers["request-id"] == "msg_1"


async def test_a_prompt_too_long_is_what_the_clients_know() -> None:
    long: Any = [{"role": "user", "content": "word " * 10_000}]
    with pytest.raises(openai.BadRequestError) as chat:
        await openai_client(World()).chat.completions.create(model="auto", messages=long)
    with pytest.raises(openai.BadRequestError) as responses:
        await openai_client(World()).responses.create(model="auto", input=long)
    assert {chat.value.code, responses.value.code} == {"context_length_exceeded"}
    assert (chat.value.param, responses.value.param) == ("messages", "input")
    with pytest.raises(anthropic.BadRequestError, match="prompt is too long: 16666 tokens > 10000 maximum"):
        await anthropic_client(World()).messages.create(model="auto", max_tokens=9, messages=long)


class TestABufferedHost:
    async def test_an_answer_too_large_is_said(self) -> None:
        long = completion("x" * 3_000)
        with pytest.raises(openai.BadRequestError) as refused:
            await openai_client(World(long, largest=2_000)).responses.create(model="auto", input="hi")
        assert (refused.value.code, refused.value.param) == ("answer_too_large", "max_output_tokens")
        with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
            await anthropic_client(World(long, largest=2_000)).messages.create(
                model="auto", max_tokens=9, messages=SAID
            )

    async def test_a_stream_too_large_ends_with_an_error(self) -> None:
        world = World(completion("one " * 1_000), largest=20_000)
        with pytest.raises(openai.APIError, match="larger than this host"):
            async for _ in await openai_client(world).chat.completions.create(model="auto", messages=SAID, stream=True):
                pass
        assert world.event.cost_nano > 0
        assert (world.event.status, world.event.outcome) == (200, "answer_too_large")
        assert [attempt.outcome for attempt in world.event.attempts] == ["abandoned"]

    async def test_what_fits_is_whole(self) -> None:
        answer = await openai_client(World(completion(), largest=2_000)).responses.create(model="auto", input="hi")
        assert answer.output_text == "Paris."
