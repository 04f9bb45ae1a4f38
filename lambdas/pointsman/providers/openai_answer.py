"""OpenAI's completions and stream chunks, as vendors really send them, to the domain's types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import uuid4

from pydantic import BaseModel, Field, NonNegativeInt

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
from pointsman.providers.openai_usage import Reported, read_usage
from pointsman.providers.registry import Vendor

_FINISH = {
    "length": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _Google(BaseModel):
    thought_signature: str | None = None


class _ExtraContent(BaseModel):
    google: _Google | None = None


class _Call(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _Function = Field(default_factory=_Function)
    extra_content: _ExtraContent | None = None

    @property
    def signature(self) -> str | None:
        google = self.extra_content and self.extra_content.google
        return google.thought_signature if google else None


class _Message(BaseModel):
    content: str | list[dict[str, Json]] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Json = None
    tool_calls: list[_Call] | None = None

    @property
    def text(self) -> str:
        """What was said, or why it was refused. Mistral gives a list where it thinks, with its thoughts in it."""
        if isinstance(self.content, list):
            return _texts(part for part in self.content if part.get("type") == "text")
        return self.content or self.refusal or ""

    @property
    def thoughts(self) -> str:
        if isinstance(self.content, list):
            return "".join(
                _texts(part.get("thinking") or ()) for part in self.content if part.get("type") == "thinking"
            )
        return self.reasoning_content or (self.reasoning if isinstance(self.reasoning, str) else "")


class _Logprobs(BaseModel):
    content: list[Json] | None = None


class _Choice(BaseModel):
    index: int = 0
    message: _Message
    finish_reason: str
    logprobs: _Logprobs | None = None


class _Whole(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: Reported | None = None
    service_tier: str | None = None


class _StreamChoice(BaseModel):
    index: NonNegativeInt = 0
    delta: _Message | None = None
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None
    usage: Reported | None = None


class _Groq(BaseModel):
    usage: Reported | None = None


class _Piece(BaseModel):
    choices: list[_StreamChoice] | None = None
    usage: Reported | None = None
    x_groq: _Groq | None = None
    service_tier: str | None = None
    error: Json = None

    @property
    def told(self) -> Reported | None:
        """The usage, wherever this vendor puts it: Groq beside, Moonshot in the choice."""
        beside = self.x_groq.usage if self.x_groq else None
        return self.usage or beside or next((choice.usage for choice in self.choices or () if choice.usage), None)


def read_completion(vendor: Vendor, body: bytes, n: int = 1) -> Completion:
    """Raises `ValueError` where the body is no completion."""
    answer = _Whole.model_validate_json(body)
    first, *others = map(_completion, sorted(answer.choices, key=lambda choice: choice.index)[:n])
    usage = read_usage(vendor, answer.usage)
    return replace(first, usage=usage, service_tier=answer.service_tier, others=tuple(others))


def _completion(choice: _Choice) -> Completion:
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
        piece = _Piece.model_validate_json(data)
        if piece.error is not None:
            raise StreamedError(piece.error)
        self._service_tier = piece.service_tier or self._service_tier
        # Some vendors repeat a running count: the last one is the whole.
        if usage := read_usage(self._vendor, piece.told):
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

    def read(self, choice: _StreamChoice) -> Iterator[TextDelta | ThinkingDelta | ToolCallDelta]:
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

    def _call_delta(self, call: _Call) -> ToolCallDelta:
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


def _call(call: _Call) -> ToolCall:
    if not call.function.name:
        raise ValueError("a tool call without a name")
    return ToolCall(call.id or _new_id(), call.function.name, call.function.arguments or "{}", call.signature)


def _texts(parts: Iterable[dict[str, Json]]) -> str:
    return "".join(str(part.get("text", "")) for part in parts)


def _logprobs(told: _Logprobs | None) -> tuple[Json, ...] | None:
    return tuple(told.content) if told and told.content else None


def _new_id() -> str:
    return f"call_{uuid4().hex}"


def _finish(reason: str, *, called: bool, refused: bool) -> Finish:
    """A vendor's own word for the end is a `stop`: it must not cost the answer."""
    if refused:
        return Finish.CONTENT_FILTER
    finish = _FINISH.get(reason, Finish.STOP)
    return Finish.TOOL_CALLS if finish is Finish.STOP and called else finish
