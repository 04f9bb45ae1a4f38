"""OpenAI's completions and stream chunks, as vendors really send them, to the domain's types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from pointsman.domain import (
    Choice,
    Chunk,
    Completion,
    End,
    Finish,
    Json,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
    UsageSoFar,
)
from pointsman.providers.http import StreamedError
from pointsman.providers.openai_shapes import Call, Logprobs, Piece, PieceChoice, Whole, WholeChoice
from pointsman.providers.openai_usage import Reported, read_usage
from pointsman.providers.registry import Vendor

_FINISH = {
    "length": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}


def read_completion(vendor: Vendor, body: bytes, n: int = 1) -> Completion:
    """Raises `ValueError` where the body is no completion."""
    answer = Whole.model_validate_json(body)
    first, *others = map(_completion, sorted(answer.choices, key=lambda choice: choice.index)[:n])
    return replace(first, usage=_usage(vendor, answer.usage, n), service_tier=answer.service_tier, others=tuple(others))


def _usage(vendor: Vendor, told: Reported | None, n: int) -> Usage | None:
    """Nothing where it is of one choice among several: better an estimate that says so."""
    return read_usage(vendor, told) if n == 1 or vendor.counts_all else None


def _completion(choice: WholeChoice) -> Completion:
    calls = tuple(_call(call) for call in choice.message.tool_calls or ())
    text, thoughts = choice.message.text, choice.message.thoughts
    return Completion(
        ((Thinking(thoughts),) if thoughts else ()) + ((Text(text),) if text else ()) + calls,
        _finish(choice.finish_reason, called=bool(calls), refused=bool(choice.message.refusal)),
        None,
        logprobs=_logprobs(choice.logprobs),
    )


class StreamReader:
    """Reads one stream's events, of `n` choices. Both methods raise `ValueError` where an event is no chunk."""

    def __init__(self, vendor: Vendor, n: int = 1) -> None:
        self._vendor = vendor
        self._n = n
        self._usage: Usage | None = None
        self._service_tier: str | None = None
        self._choices = {0: _ChoiceReader()}

    def read(self, data: str) -> Iterator[Chunk]:
        piece = Piece.model_validate_json(data)
        if piece.error is not None:
            raise StreamedError(piece.error)
        self._service_tier = piece.service_tier or self._service_tier
        # Some vendors repeat a running count: the last one is the whole.
        if usage := _usage(self._vendor, piece.told, self._n):
            self._usage = usage
            yield UsageSoFar(usage)
        for choice in piece.choices or ():
            index = choice.index if self._n > 1 else 0
            if index >= self._n:
                raise ValueError("a choice that was not asked for")
            for chunk in self._choices.setdefault(index, _ChoiceReader()).read(choice):
                yield Choice(index, chunk) if index else chunk

    def end(self) -> Iterator[Chunk]:
        ends = {index: End(choice.finish(), None) for index, choice in sorted(self._choices.items())}
        yield from (Choice(index, end) for index, end in ends.items() if index)
        yield replace(ends[0], usage=self._usage, service_tier=self._service_tier)


class _ChoiceReader:
    """Reads what is said of one choice."""

    def __init__(self) -> None:
        self._finish: str | None = None
        self._refused = False
        self._ids: dict[str, int] = {}
        self._places: dict[int | None, int] = {}
        self._calls = 0

    def read(self, choice: PieceChoice) -> Iterator[TextDelta | ThinkingDelta | ToolCallDelta]:
        if choice.delta:
            self._refused = self._refused or bool(choice.delta.refusal)
            if thoughts := choice.delta.thoughts:
                yield ThinkingDelta(thoughts)
            logprobs = _logprobs(choice.logprobs)
            if (text := choice.delta.text) or logprobs:
                yield TextDelta(text, logprobs)
            for call in choice.delta.tool_calls or ():
                yield self._call_delta(call)
        self._finish = choice.finish_reason or self._finish

    def finish(self) -> Finish:
        if self._finish is None:
            raise ValueError("the stream broke off")
        return _finish(self._finish, called=self._calls > 0, refused=self._refused)

    def _call_delta(self, call: Call) -> ToolCallDelta:
        """Calls are told apart by id first: some vendors leave the index out or give every call the index 0."""
        arguments = call.function.arguments or ""
        place = self._ids.get(call.id) if call.id else self._places.get(call.index)
        if place is not None:
            return ToolCallDelta(place, arguments, signature=call.signature)
        if not call.function.name:
            raise ValueError("a tool call without a name")
        place, self._calls = self._calls, self._calls + 1
        id = call.id or _new_id()
        self._ids[id] = self._places[call.index] = place
        return ToolCallDelta(place, arguments, id, call.function.name, call.signature)


def _call(call: Call) -> ToolCall:
    if not call.function.name:
        raise ValueError("a tool call without a name")
    return ToolCall(call.id or _new_id(), call.function.name, call.function.arguments or "{}", call.signature)


def _logprobs(told: Logprobs | None) -> tuple[Json, ...] | None:
    return tuple(told.content) if told and told.content else None


def _new_id() -> str:
    return f"call_{uuid4().hex}"


def _finish(reason: str, *, called: bool, refused: bool) -> Finish:
    """A vendor's own word for the end is a `stop`: it must not cost the answer."""
    if refused:
        return Finish.CONTENT_FILTER
    finish = _FINISH.get(reason, Finish.STOP)
    return Finish.TOOL_CALLS if finish is Finish.STOP and called else finish
