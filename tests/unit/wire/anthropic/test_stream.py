"""Streams, read back with the anthropic package: its types, and its client over a transport that plays them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest
from anthropic import APIStatusError, AsyncAnthropic
from anthropic.types import ParsedMessage, RawMessageStreamEvent
from pydantic import TypeAdapter

from pointsman.domain import Chunk, End, Finish, TextDelta, ThinkingDelta, ToolCallDelta, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.wire.anthropic.stream import EventWriter
from pointsman.wire.dialect import Envelope
from pointsman.wire.sse import stream_events
from tests.fakes import chat

EVENTS: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)
BROKEN = UpstreamError(UpstreamKind.OVERLOADED, "The model broke off.")
USAGE = Usage(3, 2, cache_read=5, cache_write_5m=7)
THOUGHT: list[Chunk | Exception] = [
    ThinkingDelta("h"),
    ThinkingDelta("m"),
    ThinkingDelta(signature="s1"),
    ThinkingDelta("so", signature="s2"),
    ThinkingDelta(redacted="r1"),
    ThinkingDelta(redacted="r2"),
    TextDelta("Par"),
    TextDelta("is é\n\n."),
    End(Finish.STOP, USAGE, stop_sequence="END"),
]
CALLS: list[Chunk | Exception] = [
    TextDelta("Well"),
    ToolCallDelta(0, id="toolu_1", name="weather"),
    ToolCallDelta(0, '{"city":'),
    ToolCallDelta(0, '"Oslo"}'),
    ToolCallDelta(1, "{}", id="toolu_2", name="now", signature="g"),
    End(Finish.TOOL_CALLS, USAGE),
]


async def play(script: Sequence[Chunk | Exception]) -> AsyncIterator[Chunk]:
    for step in script:
        if isinstance(step, Exception):
            raise step
        yield step


def events(script: Sequence[Chunk | Exception]) -> AsyncIterator[bytes]:
    writer = EventWriter(Envelope("msg_1", "small", 1_800_000_000, chat()))
    return stream_events(play(script), lambda: writer, trailer=lambda: "cost-usd=0.000000001")


async def sent(script: Sequence[Chunk | Exception]) -> list[str]:
    return "".join([event.decode() async for event in events(script)]).removesuffix("\n\n").split("\n\n")


async def shape(script: Sequence[Chunk | Exception]) -> list[str]:
    """Each event's kind, with its block's index and type; every body is read strictly with the SDK's type."""
    found = []
    for text in await sent(script):
        if text.startswith(":"):
            found.append("comment")
            continue
        name, data = text.split("\n")
        body = json.loads(data.removeprefix("data: "))
        assert name == f"event: {body['type']}"
        if body["type"] != "ping":
            parsed = EVENTS.validate_python(body)
            assert parsed.model_dump(exclude_unset=True) == body
        inner = body.get("content_block", body.get("delta", {})).get("type", "")
        found.append(" ".join(filter(None, [body["type"], str(body.get("index", "")), inner])))
    return found


async def test_thoughts_and_words_are_blocks_one_after_the_other() -> None:
    assert await shape(THOUGHT) == [
        "message_start",
        "ping",
        "content_block_start 0 thinking",
        "content_block_delta 0 thinking_delta",
        "content_block_delta 0 thinking_delta",
        "content_block_delta 0 signature_delta",
        "content_block_stop 0",
        "content_block_start 1 thinking",
        "content_block_delta 1 thinking_delta",
        "content_block_delta 1 signature_delta",
        "content_block_stop 1",
        "content_block_start 2 redacted_thinking",
        "content_block_stop 2",
        "content_block_start 3 redacted_thinking",
        "content_block_stop 3",
        "content_block_start 4 text",
        "content_block_delta 4 text_delta",
        "content_block_delta 4 text_delta",
        "content_block_stop 4",
        "message_delta",
        "comment",
        "message_stop",
    ]


async def test_a_stream_that_broke_ends_with_the_error() -> None:
    *_, last = await sent([TextDelta("Par"), BROKEN])
    assert last.startswith("event: error\n")
    assert json.loads(last.partition("data: ")[2]) == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "The model broke off."},
        "request_id": "msg_1",
    }


async def test_a_call_that_had_ended_cannot_go_on() -> None:
    script: list[Chunk | Exception] = [
        ToolCallDelta(0, id="1", name="a"),
        ToolCallDelta(1, id="2", name="b"),
        ToolCallDelta(0, "{}"),
    ]
    assert "went on with a tool call" in (await sent(script))[-1]


class Played(httpx2.AsyncByteStream):
    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            yield event


def client(script: Sequence[Chunk | Exception]) -> AsyncAnthropic:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Played(events(script)))

    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return AsyncAnthropic(api_key="k", base_url="http://router", http_client=transport, max_retries=0)


async def final(script: Sequence[Chunk | Exception]) -> ParsedMessage[None]:
    messages = client(script).messages
    async with messages.stream(model="auto", max_tokens=9, messages=[{"role": "user", "content": "hi"}]) as stream:
        return await stream.get_final_message()


async def test_the_sdk_puts_the_message_together() -> None:
    message = await final(THOUGHT)
    assert [block.model_dump(exclude_none=True, exclude={"parsed_output"}) for block in message.content] == [
        {"type": "thinking", "thinking": "hm", "signature": "s1"},
        {"type": "thinking", "thinking": "so", "signature": "s2"},
        {"type": "redacted_thinking", "data": "r1"},
        {"type": "redacted_thinking", "data": "r2"},
        {"type": "text", "text": "Paris é\n\n."},
    ]
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "END")
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (3, 2)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (5, 7)


async def test_the_sdk_puts_tool_calls_together() -> None:
    calls = [block for block in (await final(CALLS)).content if block.type == "tool_use"]
    assert [(call.id, call.name, call.input) for call in calls] == [
        ("toolu_1", "weather", {"city": "Oslo"}),
        ("toolu_2__thought__g", "now", {}),
    ]


async def test_the_sdk_raises_a_failure_in_mid_stream() -> None:
    with pytest.raises(APIStatusError, match="broke off"):
        await final([TextDelta("Par"), BROKEN])
