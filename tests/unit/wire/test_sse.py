"""What every dialect's streams have in common, with a writer plain enough to read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Chunk, End, Finish, TextDelta
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.providers.sse import EventReader
from pointsman.wire.sse import event, stream_events

END = End(Finish.STOP, None)


class Writer:
    keep_alive = b"?"

    def start(self) -> bytes:
        return b"<"

    def write(self, chunk: Chunk) -> bytes:
        return chunk.text.encode() if isinstance(chunk, TextDelta) else b""

    def end(self, end: End, trailer: bytes) -> bytes:
        return trailer + b">"

    def failure(self, error: PointsmanError) -> bytes:
        return b"!"


async def play(*script: Chunk | Exception | asyncio.Event) -> AsyncIterator[Chunk]:
    for step in script:
        if isinstance(step, Exception):
            raise step
        if isinstance(step, asyncio.Event):
            await step.wait()
        else:
            yield step


async def sent(*script: Chunk | Exception) -> list[bytes]:
    events = stream_events(play(*script), Writer(), trailer=lambda: "cost", keep_alive=60)
    return [event async for event in events]


async def test_the_first_event_comes_with_the_first_chunk() -> None:
    assert await sent(TextDelta("a"), TextDelta("b"), END) == [b"<a", b"b", b": pointsman cost\n\n>"]


async def test_an_empty_answer_begins_and_ends() -> None:
    assert await sent(END) == [b"<: pointsman cost\n\n>"]


async def test_a_chunk_that_says_nothing_is_no_event() -> None:
    assert await sent(TextDelta("a"), TextDelta(""), END) == [b"<a", b": pointsman cost\n\n>"]


BROKEN = UpstreamError(UpstreamKind.UNAVAILABLE, "no")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([TextDelta("a"), BROKEN], [b"<a", b"!"]),
        ([BROKEN], [b"<!"]),
        ([TextDelta("a")], [b"<a", b"!"]),
        ([TextDelta("a"), END, BROKEN], [b"<a", b"!"]),
    ],
)
async def test_a_failure_and_a_stream_without_an_end_close_with_the_error(
    script: list[Chunk | Exception], expected: list[bytes]
) -> None:
    assert await sent(*script) == expected


async def test_the_trailer_is_asked_only_when_all_is_over() -> None:
    over = False

    async def chunks() -> AsyncIterator[Chunk]:
        nonlocal over
        yield END
        over = True

    events = stream_events(chunks(), Writer(), trailer=lambda: str(over), keep_alive=60)
    assert [event async for event in events] == [b"<: pointsman True\n\n>"]


async def test_a_silence_is_filled_until_the_model_goes_on() -> None:
    going_on = asyncio.Event()
    events = stream_events(play(TextDelta("a"), going_on, END), Writer(), trailer=lambda: "", keep_alive=0)
    found = [await anext(events) for _ in range(3)]
    going_on.set()
    found += [event async for event in events if event != b"?"]
    assert found == [b"<a", b"?", b"?", b": pointsman \n\n>"]


async def test_a_client_that_leaves_lets_the_model_go() -> None:
    let_go = False

    async def chunks() -> AsyncIterator[Chunk]:
        nonlocal let_go
        try:
            yield TextDelta("a")
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            let_go = True
            raise

    events = stream_events(chunks(), Writer(), trailer=lambda: "", keep_alive=60)
    await anext(events)
    reading = asyncio.ensure_future(events.__anext__())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    assert let_go


@given(st.text(), st.sampled_from([None, "ping"]))
def test_an_event_is_read_back_whole(text: str, name: str | None) -> None:
    reader = EventReader()
    (data,) = list(reader.feed(event({"text": text}, name)))
    assert json.loads(data) == {"text": text}
