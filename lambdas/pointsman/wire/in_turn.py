"""For dialects whose parts follow each other: tool calls that a model writes at once are told one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pointsman.domain import Chunk, End, ToolCallDelta
from pointsman.errors import PointsmanError
from pointsman.wire.dialect import EventWriter


class InTurn:
    """An `EventWriter` before another. While a call's arguments are no whole JSON, what does not belong to it is held
    back, at most until the end of the stream."""

    def __init__(self, writer: EventWriter) -> None:
        self._writer = writer
        self._held: list[Chunk] = []
        self._open: int | None = None
        self._arguments = ""

    def start(self) -> bytes:
        return self._writer.start()

    def write(self, chunk: Chunk) -> bytes:
        self._held.append(chunk)
        return self._let_through()

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        events = b""
        while self._held:
            self._open = None
            events += self._let_through()
        if events:
            yield events
        yield from self._writer.end(end, trailer)

    def failure(self, error: PointsmanError) -> bytes:
        return self._writer.failure(error)

    def _let_through(self) -> bytes:
        return b"".join(self._writer.write(chunk) for chunk in self._in_turn())

    def _in_turn(self) -> Iterator[Chunk]:
        """Those whose turn it is, for as long as that gives others theirs."""
        moved = True
        while moved and self._held:
            moved, waiting, self._held = False, self._held, []
            for chunk in waiting:
                call = chunk.index if isinstance(chunk, ToolCallDelta) else None
                if call is None or call != self._open:
                    if self._held or not self._free():
                        self._held.append(chunk)
                        continue
                    self._open, self._arguments = call, ""
                if isinstance(chunk, ToolCallDelta):
                    self._arguments += chunk.arguments
                moved = True
                yield chunk

    def _free(self) -> bool:
        """Whether no call is open, or the open one has all that it needs."""
        if self._open is None:
            return True
        if not self._arguments.rstrip().endswith("}"):
            return False
        try:
            json.loads(self._arguments)
        except ValueError:
            return False
        return True
