"""What a model gives back, whole or in chunks, and what it used."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from pointsman.domain.content import Json, Text, Thinking, ToolCall


class Finish(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class Usage:
    """Disjoint token counts: `input` is without cache reads and writes and includes `image`, `output` includes
    `reasoning`.

    `estimated` says that the provider reported nothing and the counts are ours.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    image: int | None = None

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input + (self.cache_read or 0) + (self.cache_write_5m or 0) + (self.cache_write_1h or 0)


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. `usage` is `None` where the provider reported none.

    `stop_sequence` is the one that ended it; `logprobs` the provider's own list, of OpenAI's shape; `served_by` the
    model that answered, where the provider chose among several (a prompt router); `service_tier` the one it was served
    in, where that was told. `others` are the further choices of a request for several: their tokens are in `usage`.
    """

    parts: tuple[Text | Thinking | ToolCall, ...]
    finish: Finish
    usage: Usage | None
    stop_sequence: str | None = None
    logprobs: tuple[Json, ...] | None = None
    served_by: str | None = None
    service_tier: str | None = None
    others: tuple[Completion, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str
    logprobs: tuple[Json, ...] | None = None


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """A piece of the model's thoughts; `signature` or `redacted`, as in `Thinking`, comes whole."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the `index`-th tool call; `id` and `name` come with its first piece."""

    index: int
    arguments: str = ""
    id: str | None = None
    name: str | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The last chunk of every stream that ended well; its fields are those of `Completion`."""

    finish: Finish
    usage: Usage | None
    stop_sequence: str | None = None
    served_by: str | None = None
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class UsageSoFar:
    """What a provider has counted while the stream goes on. It is for the meter alone, which charges by it where the
    stream is abandoned or breaks; the answer's readers never see one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Choice:
    """A chunk of the `index`-th choice, from 1, of a request for several; those of the first go without. Its `End` has
    no usage, and comes before that of the whole stream."""

    index: int
    chunk: TextDelta | ThinkingDelta | ToolCallDelta | End


Chunk: TypeAlias = TextDelta | ThinkingDelta | ToolCallDelta | Choice | UsageSoFar | End
