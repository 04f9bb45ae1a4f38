"""Tool calls written at once are told one after the other, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Chunk, End, Finish, TextDelta, ToolCallDelta
from pointsman.errors import PointsmanError
from pointsman.wire.in_turn import InTurn

END = End(Finish.TOOL_CALLS, None)


class Recorder:
    """A writer that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Chunk] = []

    def start(self) -> bytes:
        return b""

    def write(self, chunk: Chunk) -> bytes:
        self.told.append(chunk)
        return b"."

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        yield b"end"

    def failure(self, error: PointsmanError) -> bytes:
        return b"failed"


def told(*chunks: Chunk, end: bool = True) -> list[Chunk]:
    recorder = Recorder()
    writer = InTurn(recorder)
    for chunk in chunks:
        writer.write(chunk)
    if end:
        assert b"".join(writer.end(END, b"")).endswith(b"end")
    return recorder.told


def begin(index: int) -> ToolCallDelta:
    return ToolCallDelta(index, id=f"c{index}", name="f")


def test_what_comes_in_turn_waits_for_nothing() -> None:
    chunks: list[Chunk] = [
        TextDelta("a"),
        begin(0),
        ToolCallDelta(0, '{"a":'),
        ToolCallDelta(0, " 1}"),
        begin(1),
        ToolCallDelta(1, "{}"),
        TextDelta("b"),
    ]
    assert told(*chunks, end=False) == chunks


def test_a_call_begun_too_early_waits_for_the_one_before() -> None:
    chunks: list[Chunk] = [begin(0), begin(1), ToolCallDelta(1, "{"), ToolCallDelta(0, "{"), ToolCallDelta(1, "}")]
    assert told(*chunks, end=False) == [begin(0), ToolCallDelta(0, "{")]
    assert told(*chunks, ToolCallDelta(0, "}"), end=False) == [
        begin(0),
        ToolCallDelta(0, "{"),
        ToolCallDelta(0, "}"),
        begin(1),
        ToolCallDelta(1, "{"),
        ToolCallDelta(1, "}"),
    ]


def test_the_end_waits_for_nobody() -> None:
    assert told(begin(0), begin(1), TextDelta("b"), ToolCallDelta(1, "{}")) == [
        begin(0),
        begin(1),
        ToolCallDelta(1, "{}"),
        TextDelta("b"),
    ]


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.text("{} ", max_size=3), min_size=30, max_size=30))
def test_calls_however_mixed_come_whole_and_in_turn(order: Sequence[int], pieces: Sequence[str]) -> None:
    begun: set[int] = set()
    chunks: list[Chunk] = []
    for index, piece in zip(order, pieces, strict=False):
        if index not in begun:
            begun.add(index)
            chunks.append(begin(index))
        chunks.append(ToolCallDelta(index, piece))
    seen = [chunk for chunk in told(*chunks) if isinstance(chunk, ToolCallDelta)]
    assert sorted(map(repr, seen)) == sorted(map(repr, chunks))
    for index in begun:
        assert [c for c in seen if c.index == index] == [c for c in chunks if getattr(c, "index", None) == index]
