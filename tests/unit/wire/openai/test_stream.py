"""Streams, read back with the openai package: its types, and its client over a transport that plays them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest
from openai import APIError, AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from pointsman.domain import Choice, Chunk, End, Finish, TextDelta, ThinkingDelta, ToolCallDelta, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.wire.dialect import Envelope
from pointsman.wire.openai.stream import EventWriter
from pointsman.wire.sse import stream_events
from tests.fakes import chat

BROKEN = UpstreamError(UpstreamKind.UNAVAILABLE, "The model broke off.")
TALK: list[Chunk | Exception] = [TextDelta("Par"), TextDelta("is\n\n."), End(Finish.STOP, Usage(3, 2, cache_read=5))]
CALLS: list[Chunk | Exception] = [
    ToolCallDelta(0, id="call_1", name="weather"),
    ToolCallDelta(0, '{"city":'),
    ToolCallDelta(1, "{}", id="call_2", name="now"),
    ToolCallDelta(0, '"Oslo"}'),
    End(Finish.TOOL_CALLS, Usage(1, 1)),
]


async def play(script: Sequence[Chunk | Exception]) -> AsyncIterator[Chunk]:
    for step in script:
        if isinstance(step, Exception):
            raise step
        yield step


def events(script: Sequence[Chunk | Exception], *, include_usage: bool = False, n: int = 1) -> AsyncIterator[bytes]:
    writer = EventWriter(Envelope("chatcmpl-1", "small", 1_800_000_000, chat(include_usage=include_usage, n=n)))
    return stream_events(play(script), lambda: writer, trailer=lambda: "cost-usd=0.000000001")


async def sent(script: Sequence[Chunk | Exception], *, include_usage: bool = False) -> list[str]:
    text = "".join([event.decode() async for event in events(script, include_usage=include_usage)])
    found = text.split("\n\n")
    assert found.pop() == ""
    assert all("\n" not in event for event in found)
    return found


def data(event: str) -> ChatCompletionChunk:
    body = json.loads(event.removeprefix("data: "))
    parsed = ChatCompletionChunk.model_validate(body, strict=True)
    assert parsed.model_dump(exclude_unset=True) == body
    return parsed


async def test_words_come_in_order_between_the_role_and_the_end() -> None:
    *chunks, comment, done = await sent(TALK)
    deltas = [data(chunk).choices[0] for chunk in chunks]
    assert [choice.delta.content for choice in deltas] == ["", "Par", "is\n\n.", None]
    assert [choice.delta.role for choice in deltas] == ["assistant", None, None, None]
    assert [choice.finish_reason for choice in deltas] == [None, None, None, "stop"]
    assert all("usage" not in chunk for chunk in chunks)
    assert comment == ": pointsman cost-usd=0.000000001"
    assert done == "data: [DONE]"


async def test_choices_come_as_they_are_written_each_with_its_index() -> None:
    script: list[Chunk | Exception] = [
        Choice(1, TextDelta("b")),
        TextDelta("a"),
        Choice(1, ThinkingDelta("hm")),
        Choice(1, ThinkingDelta(signature="s")),
        Choice(1, ToolCallDelta(0, "{}", "c", "f")),
        Choice(1, End(Finish.TOOL_CALLS, None)),
        End(Finish.STOP, Usage(1, 9)),
    ]
    found = "".join([event.decode() async for event in events(script, include_usage=True, n=2)]).split("\n\n")
    *chunks, usage, _, _, _ = [data(event) if event.startswith("data: {") else None for event in found]
    choices = [choice for chunk in chunks if chunk for choice in chunk.choices]
    told = [(choice.index, choice.delta.role, choice.delta.content, choice.finish_reason) for choice in choices]
    assert told == [
        (0, "assistant", "", None),
        (1, "assistant", "", None),
        (1, None, "b", None),
        (0, None, "a", None),
        (1, None, None, None),
        (1, None, None, None),
        (1, None, None, None),
        (1, None, None, "tool_calls"),
        (0, None, None, "stop"),
    ]
    assert (choices[5].delta.model_extra or {})["thinking_blocks"][0]["thinking"] == "hm"
    assert usage
    assert usage.usage
    assert usage.usage.completion_tokens == 9


async def test_the_usage_comes_last_when_asked_for() -> None:
    *chunks, last, _, _ = await sent(TALK, include_usage=True)
    assert all(data(chunk).usage is None and '"usage":null' in chunk for chunk in chunks)
    usage = data(last).usage
    assert data(last).choices == []
    assert usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (8, 2)


async def test_thoughts_come_as_they_are_thought_and_whole_once_signed() -> None:
    logprob = {"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    script: list[Chunk | Exception] = [
        ThinkingDelta("h"),
        ThinkingDelta("m", signature="s"),
        ThinkingDelta(redacted="r"),
        TextDelta("a", (logprob,)),
        End(Finish.STOP, None),
    ]
    choices = [data(event).choices[0] for event in (await sent(script))[1:5]]
    assert [choice.delta.model_extra for choice in choices] == [
        {"reasoning_content": "h"},
        {
            "reasoning_content": "m",
            "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}],
        },
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "r"}]},
        {},
    ]
    assert choices[3].logprobs


@pytest.mark.parametrize("script", [[TextDelta("Par"), BROKEN], [BROKEN]])
async def test_a_failure_is_the_last_event(script: list[Chunk | Exception]) -> None:
    last = (await sent(script, include_usage=True))[-1]
    assert json.loads(last.removeprefix("data: ")) == {
        "error": {
            "message": "The model broke off.",
            "type": "server_error",
            "param": None,
            "code": "upstream_unavailable",
        }
    }


async def test_a_stream_without_an_end_is_a_failure() -> None:
    assert "upstream_bad_response" in (await sent([TextDelta("Par")]))[-1]


class Played(httpx2.AsyncByteStream):
    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            yield event


def client(script: Sequence[Chunk | Exception]) -> AsyncOpenAI:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, headers={"content-type": "text/event-stream"}, stream=Played(events(script, include_usage=True))
        )

    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return AsyncOpenAI(api_key="k", base_url="http://router/v1", http_client=transport, max_retries=0)


async def test_the_sdk_puts_tool_calls_together() -> None:
    async with client(CALLS).chat.completions.stream(
        model="auto", messages=[{"role": "user", "content": "hi"}], stream_options={"include_usage": True}
    ) as stream:
        final = await stream.get_final_completion()
    calls = final.choices[0].message.tool_calls or []
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("call_1", "weather", '{"city":"Oslo"}'),
        ("call_2", "now", "{}"),
    ]
    assert final.usage


async def test_the_sdk_raises_a_failure_in_mid_stream() -> None:
    stream = await client([TextDelta("Par"), BROKEN]).chat.completions.create(
        model="auto", messages=[{"role": "user", "content": "hi"}], stream=True
    )
    seen: list[str | None] = []

    async def read() -> None:
        async for chunk in stream:
            seen.append(chunk.choices[0].delta.content)  # noqa: PERF401 what came before the failure counts

    with pytest.raises(APIError, match="broke off") as caught:
        await read()
    assert seen == ["", "Par"]
    assert caught.value.code == "upstream_unavailable"
