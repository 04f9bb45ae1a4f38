"""What the vendors publish of their requests, as checks of what is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)
from pydantic import TypeAdapter

SAMPLING = {"temperature", "top_p", "top_k"}
"""Of Anthropic's API 2023-06-01, which the types of the SDK no longer name."""


def check_anthropic(body: dict[str, Any]) -> None:
    _check(MessageCreateParamsStreaming if body.get("stream") else MessageCreateParamsNonStreaming, body, SAMPLING)


def check_openai(body: dict[str, Any], *, beside: frozenset[str] = frozenset()) -> None:
    _check(
        CompletionCreateParamsStreaming if body.get("stream") else CompletionCreateParamsNonStreaming, body, set(beside)
    )


def _check(kind: Any, body: dict[str, Any], beside: set[str]) -> None:
    unknown = body.keys() - kind.__annotations__.keys() - _inherited(kind) - beside
    assert not unknown, f"{unknown} are not fields of {kind.__name__}"
    _read(_adapter(kind).validate_python(body))


def _inherited(kind: Any) -> set[str]:
    return {name for base in getattr(kind, "__orig_bases__", ()) for name in getattr(base, "__annotations__", {})}


def _read(value: Any) -> None:
    """Pydantic checks an `Iterable` only as it is read."""
    if isinstance(value, dict):
        for inner in value.values():
            _read(inner)
    elif isinstance(value, Iterator | list | tuple):
        for inner in value:
            _read(inner)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
