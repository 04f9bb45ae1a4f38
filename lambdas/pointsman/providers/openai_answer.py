"""OpenAI's completions and stream chunks, as vendors really send them, to the domain's types."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from pydantic import BaseModel, Field, NonNegativeInt

from pointsman.domain import Chunk, Completion, End, Finish, Json, Text, TextDelta, ToolCall, ToolCallDelta, Usage
from pointsman.providers.http import StreamedError
from pointsman.providers.registry import Vendor

_FINISH = {
    "length": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}


class _PromptDetails(BaseModel):
    """`cache_creation_tokens` is how LiteLLM's proxy tells of Claude's cache writes."""

    cached_tokens: NonNegativeInt | None = None
    cache_write_tokens: NonNegativeInt | None = None
    cache_creation_tokens: NonNegativeInt | None = None
    image_tokens: NonNegativeInt | None = None


class _CompletionDetails(BaseModel):
    reasoning_tokens: NonNegativeInt | None = None


class _Usage(BaseModel):
    prompt_tokens: NonNegativeInt
    completion_tokens: NonNegativeInt = 0
    total_tokens: NonNegativeInt | None = None
    prompt_cache_hit_tokens: NonNegativeInt | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _Call(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _Function = Field(default_factory=_Function)


class _Message(BaseModel):
    content: str | list[dict[str, Json]] | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None

    @property
    def text(self) -> str:
        """What was said, or why it was refused. Reasoning models of some vendors give a list with thoughts in it."""
        if isinstance(self.content, list):
            return "".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or self.refusal or ""


class _Choice(BaseModel):
    index: int = 0
    message: _Message
    finish_reason: str


class _Whole(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _StreamChoice(BaseModel):
    index: int = 0
    delta: _Message | None = None
    finish_reason: str | None = None


class _Piece(BaseModel):
    choices: list[_StreamChoice] | None = None
    usage: _Usage | None = None
    error: Json = None


def read_completion(vendor: Vendor, body: bytes) -> Completion:
    """Raises `ValueError` where the body is no completion."""
    answer = _Whole.model_validate_json(body)
    choice = answer.choices[0]
    calls = tuple(_call(call) for call in choice.message.tool_calls or ())
    text = choice.message.text
    parts = ((Text(text),) if text else ()) + calls
    finish = _finish(choice.finish_reason, called=bool(calls), refused=bool(choice.message.refusal))
    return Completion(parts, finish, _usage(vendor, answer.usage))


class StreamReader:
    """Reads one stream's events. Both methods raise `ValueError` where an event is no chunk."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._finish: str | None = None
        self._usage: Usage | None = None
        self._refused = False
        self._ids: dict[str, int] = {}
        self._places: dict[int | None, int] = {}
        self._calls = 0

    def read(self, data: str) -> Iterator[Chunk]:
        piece = _Piece.model_validate_json(data)
        if piece.error is not None:
            raise StreamedError(piece.error)
        # Some vendors repeat a running count: the last one is the whole.
        self._usage = _usage(self._vendor, piece.usage) or self._usage
        for choice in piece.choices or ():
            if choice.delta:
                self._refused = self._refused or bool(choice.delta.refusal)
                if text := choice.delta.text:
                    yield TextDelta(text)
                for call in choice.delta.tool_calls or ():
                    yield self._call_delta(call)
            self._finish = choice.finish_reason or self._finish

    def end(self) -> End:
        if self._finish is None:
            raise ValueError("the stream broke off")
        return End(_finish(self._finish, called=self._calls > 0, refused=self._refused), self._usage)

    def _call_delta(self, call: _Call) -> ToolCallDelta:
        """Calls are told apart by id first: some vendors leave the index out or give every call the index 0."""
        arguments = call.function.arguments or ""
        place = self._ids.get(call.id) if call.id else self._places.get(call.index)
        if place is not None:
            return ToolCallDelta(place, arguments)
        if not call.function.name:
            raise ValueError("a tool call without a name")
        place, self._calls = self._calls, self._calls + 1
        id = call.id or _new_id()
        self._ids[id] = self._places[call.index] = place
        return ToolCallDelta(place, arguments, id, call.function.name)


def _call(call: _Call) -> ToolCall:
    if not call.function.name:
        raise ValueError("a tool call without a name")
    return ToolCall(call.id or _new_id(), call.function.name, call.function.arguments or "{}")


def _new_id() -> str:
    return f"call_{uuid4().hex}"


def _finish(reason: str, *, called: bool, refused: bool) -> Finish:
    """A vendor's own word for the end is a `stop`: it must not cost the answer."""
    if refused:
        return Finish.CONTENT_FILTER
    finish = _FINISH.get(reason, Finish.STOP)
    return Finish.TOOL_CALLS if finish is Finish.STOP and called else finish


def _usage(vendor: Vendor, usage: _Usage | None) -> Usage | None:
    """Cached tokens are part of `prompt_tokens`, and so are taken out of `input`; where they are more than all of them,
    the vendor counts them beside."""
    if usage is None:
        return None
    details = usage.prompt_tokens_details or _PromptDetails()
    cached = usage.prompt_cache_hit_tokens if details.cached_tokens is None else details.cached_tokens
    written = details.cache_creation_tokens if details.cache_write_tokens is None else details.cache_write_tokens
    apart = (cached or 0) + (written or 0)
    plain = usage.prompt_tokens - apart if apart <= usage.prompt_tokens else usage.prompt_tokens
    reasoning = usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details else None
    output = usage.completion_tokens
    if vendor.thinking_apart and usage.total_tokens is not None:
        output = max(output, usage.total_tokens - usage.prompt_tokens)
        reasoning = reasoning if reasoning is not None else output - usage.completion_tokens
    return Usage(
        plain, output, cache_read=cached, cache_write_5m=written, reasoning=reasoning, image=details.image_tokens
    )
