"""What every dialect's streams have in common, with a writer plain enough to read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Chunk, End, Finish, TextDelta
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.providers.sse import EventReader
from pointsman.wire.sse import event, stream_events

END = End(Finish.STOP, None)


class Writer:
    def start(self) -> bytes:
        return b"<"

    def write(self, chunk: Chunk) -> bytes:
        return chunk.text.encode() if isinstance(chunk, TextDelta) else b""

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        yield trailer + b">"

    def failure(self, error: PointsmanError) -> bytes:
        return b"!"


async def play(*script: Chunk | Exception) -> AsyncIterator[Chunk]:
    for step in script:
        if isinstance(step, Exception):
            raise step
        yield step


async def sent(*script: Chunk | Exception) -> list[bytes]:
    events = stream_events(play(*script), Writer, trailer=lambda: "cost")
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
        ([TextDelta("a"), BROKEN], [b"<a", b": pointsman cost\n\n!"]),
        ([BROKEN], [b": pointsman cost\n\n!"]),
        ([], [b": pointsman cost\n\n!"]),
        ([TextDelta("a")], [b"<a", b": pointsman cost\n\n!"]),
        ([TextDelta("a"), END, BROKEN], [b"<a", b": pointsman cost\n\n!"]),
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

    events = stream_events(chunks(), Writer, trailer=lambda: str(over))
    assert [event async for event in events] == [b"<: pointsman True\n\n>"]


async def test_the_writer_is_made_when_the_model_is_known() -> None:
    known = False

    def writer() -> Writer:
        assert known
        return Writer()

    async def chunks() -> AsyncIterator[Chunk]:
        nonlocal known
        known = True
        yield END

    assert [event async for event in stream_events(chunks(), writer, trailer=lambda: "")]


@given(st.text(), st.sampled_from([None, "ping"]))
def test_an_event_is_read_back_whole(text: str, name: str | None) -> None:
    reader = EventReader()
    (data,) = list(reader.feed(event({"text": text}, name)))
    assert json.loads(data) == {"text": text}
