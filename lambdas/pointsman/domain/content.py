"""What stands in a message: texts, images, documents, thoughts, tool calls and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A value that `json.loads` can return."""

CacheTtl: TypeAlias = Literal["5m", "1h"]
"""A prompt-cache marker: the prompt up to and including what carries it should be cached for so long."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    cache: CacheTtl | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image, either by `url` or as `data`; exactly one of the two is set. `detail` is how closely it should be
    looked at, in OpenAI's words; `None` leaves that to the model."""

    media_type: str | None = None
    data: bytes | None = None
    url: str | None = None
    cache: CacheTtl | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file to read: by `url` or as `data`; exactly one of the two is set. A plain text is UTF-8 `data`."""

    media_type: str
    data: bytes | None = None
    url: str | None = None
    name: str | None = None
    cache: CacheTtl | None = None


@dataclass(frozen=True, slots=True)
class Thinking:
    """A model's thoughts. `signature` lets the vendor that signed them take them back unchanged, and no other;
    `redacted` is what that vendor wrote in place of a text that nobody else may read."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None

    @property
    def signed(self) -> bool:
        return self.signature is not None or self.redacted is not None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a function. `arguments` is the JSON text exactly as the model wrote it; `signature` is
    what some vendors sign a call with and want back."""

    id: str
    name: str
    arguments: str
    signature: str | None = None
    cache: CacheTtl | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    parts: tuple[Text | Image | Document, ...]
    is_error: bool = False
    cache: CacheTtl | None = None


Part: TypeAlias = Text | Image | Document | Thinking | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. Tool calls and thoughts stand in `assistant` messages, tool results in `tool` messages. `name` tells
    participants of one role apart; `places` are the parts' paths in the caller's request, for errors to name."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[Part, ...]
    name: str | None = None
    places: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """The message's text parts, joined by new lines."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))
