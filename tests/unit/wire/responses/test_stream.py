"""Whole responses and streams, read back with the openai package's own types."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from pointsman.domain import (
    Chunk,
    Completion,
    End,
    Finish,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.wire.dialect import Envelope
from pointsman.wire.responses import RESPONSES
from pointsman.wire.responses.thoughts import seal
from pointsman.wire.sse import stream_events
from tests.fakes import chat

EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ENVELOPE = Envelope("resp_1", "small", 1_800_000_000, chat(dialect="responses"))
USAGE = Usage(3, 2, cache_read=5, reasoning=1)
LOGPROB = {"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": []}
WHOLE = Completion(
    (
        Thinking("hm", "s"),
        Thinking(redacted="r"),
        Text("Paris"),
        ToolCall("c", "f", "{}"),
        ToolCall("d", "g", "[]", "x"),
    ),
    Finish.TOOL_CALLS,
    USAGE,
    logprobs=(LOGPROB,),
)
CHUNKS: list[Chunk | Exception] = [
    ThinkingDelta("h"),
    ThinkingDelta("m"),
    ThinkingDelta(signature="s"),
    ThinkingDelta(redacted="r"),
    TextDelta("Par", (LOGPROB,)),
    TextDelta("is"),
    ToolCallDelta(0, id="c", name="f"),
    ToolCallDelta(0, "{}"),
    ToolCallDelta(1, "[]", id="d", name="g", signature="x"),
    End(Finish.TOOL_CALLS, USAGE),
]


async def play(script: Sequence[Chunk | Exception]) -> AsyncIterator[Chunk]:
    for step in script:
        if isinstance(step, Exception):
            raise step
        yield step


async def sent(script: Sequence[Chunk | Exception]) -> list[dict[str, Any]]:
    """The events in order; every body is read with the SDK's type, and their numbers follow each other."""
    events = stream_events(play(script), lambda: RESPONSES.event_writer(ENVELOPE), trailer=lambda: "")
    found = []
    for text in "".join([event.decode() async for event in events]).removesuffix("\n\n").split("\n\n"):
        if text.startswith(":"):
            continue
        name, data = text.split("\n")
        body = json.loads(data.removeprefix("data: "))
        assert name == f"event: {body['type']}"
        parsed = EVENTS.validate_python(body)
        assert parsed.type == body["type"]
        found.append(body)
    assert [body["sequence_number"] for body in found] == list(range(len(found)))
    return found


def read(completion: Completion) -> Response:
    body = RESPONSES.completion_body(completion, ENVELOPE)
    parsed = Response.model_validate(body)
    assert parsed.model_dump(exclude_unset=True, by_alias=True) == body
    return parsed


def test_a_whole_response_has_an_item_for_each_part() -> None:
    response = read(WHOLE)
    assert (response.id, response.status, response.output_text) == ("resp_1", "completed", "Paris")
    assert [(item.type, item.id) for item in response.output] == [
        ("reasoning", "rs_1_0"),
        ("reasoning", "rs_1_1"),
        ("message", "msg_1_2"),
        ("function_call", "fc_1_3"),
        ("function_call", "fc_1_4"),
    ]
    thought, _, _, first, second = response.output
    assert thought.type == "reasoning"
    assert first.type == second.type == "function_call"
    assert thought.encrypted_content == seal(Thinking("hm", "s"))
    assert (first.call_id, second.call_id) == ("c", "d__thought__x")
    assert response.usage
    assert (response.usage.input_tokens, response.usage.input_tokens_details.cached_tokens) == (8, 5)
    assert response.usage.output_tokens_details.reasoning_tokens == 1


@pytest.mark.parametrize(
    ("finish", "reason"), [(Finish.LENGTH, "max_output_tokens"), (Finish.CONTENT_FILTER, "content_filter")]
)
def test_an_answer_cut_short_is_incomplete(finish: Finish, reason: str) -> None:
    response = read(Completion((Text("a"),), finish, USAGE))
    assert response.incomplete_details
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)


async def test_a_stream_tells_each_item_from_added_to_done() -> None:
    assert [
        f"{body['type'].removeprefix('response.')} {body.get('output_index', '')}" for body in await sent(CHUNKS)
    ] == [
        "created ",
        "in_progress ",
        "output_item.added 0",
        "reasoning_summary_part.added 0",
        "reasoning_summary_text.delta 0",
        "reasoning_summary_text.delta 0",
        "reasoning_summary_text.done 0",
        "reasoning_summary_part.done 0",
        "output_item.done 0",
        "output_item.added 1",
        "output_item.done 1",
        "output_item.added 2",
        "content_part.added 2",
        "output_text.delta 2",
        "output_text.delta 2",
        "output_text.done 2",
        "content_part.done 2",
        "output_item.done 2",
        "output_item.added 3",
        "function_call_arguments.delta 3",
        "function_call_arguments.done 3",
        "output_item.done 3",
        "output_item.added 4",
        "function_call_arguments.delta 4",
        "function_call_arguments.done 4",
        "output_item.done 4",
        "completed ",
    ]


async def test_the_last_event_is_the_whole_response() -> None:
    events = await sent(CHUNKS)
    assert events[-1]["response"] == RESPONSES.completion_body(WHOLE, ENVELOPE)
    done = [body["item"] for body in events if body["type"] == "response.output_item.done"]
    assert done == events[-1]["response"]["output"]


async def test_a_stream_cut_short_is_incomplete() -> None:
    assert (await sent([TextDelta("a"), End(Finish.LENGTH, USAGE)]))[-1]["type"] == "response.incomplete"


async def test_a_failure_is_the_last_event() -> None:
    last = (await sent([TextDelta("a"), UpstreamError(UpstreamKind.UNAVAILABLE, "It broke.")]))[-1]
    assert (last["type"], last["message"], last["code"]) == ("error", "It broke.", "upstream_unavailable")
    assert last["error"]["message"] == "It broke."


async def test_what_is_repeated_at_the_end_takes_no_more_than_four_times_its_length() -> None:
    """However small the pieces that it came in."""

    async def chunks() -> AsyncIterator[Chunk]:
        for _ in range(100_000):
            yield TextDelta("some words")
        yield End(Finish.STOP, USAGE)

    tracemalloc.start()
    try:
        events = stream_events(chunks(), lambda: RESPONSES.event_writer(ENVELOPE), trailer=lambda: "")
        read = 0
        async for event in events:
            read += len(event)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read > 4 * 1_000_000
    assert peak < 4.5 * 1_000_000
