"""What every provider offers to `invoke.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from pointsman.domain import ChatRequest, Chunk, Completion, Model


class Provider(Protocol):
    """Calls one vendor's models, once: retries and fallbacks are not its business.

    `timeout` is in seconds: how long a silence of the model may last. Both that call raise only `UpstreamError`, or
    `Unsupported` naming the field that this vendor has no counterpart for.
    """

    def check(self, model: Model, request: ChatRequest) -> None:
        """Raises `Unsupported` where the others would. Nothing is sent."""
        ...

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        """The whole answer. Cancelling it lets the model go."""
        ...

    def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        """The answer as it is written; an `End` comes last. Closing the iterator lets the model go."""
        ...
