"""The shape of OpenAI's completions and stream chunks, as vendors really send them; what they mean is
`openai_answer.py`'s."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field, NonNegativeInt

from pointsman.domain import Json
from pointsman.providers.openai_usage import Reported


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class _Google(BaseModel):
    thought_signature: str | None = None


class _ExtraContent(BaseModel):
    google: _Google | None = None


class Call(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _Function = Field(default_factory=_Function)
    extra_content: _ExtraContent | None = None

    @property
    def signature(self) -> str | None:
        google = self.extra_content and self.extra_content.google
        return google.thought_signature if google else None


class Message(BaseModel):
    content: str | list[dict[str, Json]] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Json = None
    tool_calls: list[Call] | None = None

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


class Logprobs(BaseModel):
    content: list[Json] | None = None


class WholeChoice(BaseModel):
    index: int = 0
    message: Message
    finish_reason: str
    logprobs: Logprobs | None = None


class Whole(BaseModel):
    choices: list[WholeChoice] = Field(min_length=1)
    usage: Reported | None = None
    service_tier: str | None = None


class PieceChoice(BaseModel):
    index: NonNegativeInt = 0
    delta: Message | None = None
    finish_reason: str | None = None
    logprobs: Logprobs | None = None
    usage: Reported | None = None


class _Groq(BaseModel):
    usage: Reported | None = None


class Piece(BaseModel):
    choices: list[PieceChoice] | None = None
    usage: Reported | None = None
    x_groq: _Groq | None = None
    service_tier: str | None = None
    error: Json = None

    @property
    def told(self) -> Reported | None:
        """The usage, wherever this vendor puts it: Groq beside, Moonshot in the choice."""
        beside = self.x_groq.usage if self.x_groq else None
        return self.usage or beside or next((choice.usage for choice in self.choices or () if choice.usage), None)


def _texts(parts: Iterable[dict[str, Json]]) -> str:
    return "".join(str(part.get("text", "")) for part in parts)
