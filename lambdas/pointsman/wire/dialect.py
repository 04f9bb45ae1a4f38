"""What the app needs of a caller's dialect, on one screen. A package of `wire/` each; `wire/dialects.py` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pointsman.domain import ChatRequest, Chunk, Completion, DialectName, End, Json, TierMap
from pointsman.errors import PointsmanError


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an answer says of itself: its id, the alias that answered, when (seconds since the epoch), to what."""

    id: str
    model: str
    created: int
    request: ChatRequest


class EventWriter(Protocol):
    """Writes one stream's server-sent events. Each method gives whole events, as they go over the wire."""

    def start(self) -> bytes:
        """Comes first, as soon as there is a chunk."""
        ...

    def write(self, chunk: Chunk) -> bytes:
        """A chunk that is not the last; may be empty."""
        ...

    def end(self, end: End, trailer: bytes) -> Iterator[bytes]:
        """What closes a whole answer, its usage too; `trailer`, a comment, stands before the very last event. Piece by
        piece: some dialects repeat all that was said."""
        ...

    def failure(self, error: PointsmanError) -> bytes:
        """What closes a stream that broke: the event that the vendor's SDKs raise."""
        ...


@dataclass(frozen=True)
class Dialect:
    """One vendor's HTTP API. `parse_request` raises `RequestError`, which names the field.

    An error's body may hold the request's id; `request_id_header` is where the vendor's SDKs look for it. `statuses`
    are those that the vendor has its own number for, `names` the fields of `ChatRequest` that it calls otherwise.
    """

    name: DialectName
    id_prefix: str
    request_id_header: str
    parse_request: Callable[[Mapping[str, Json]], ChatRequest]
    completion_body: Callable[[Completion, Envelope], dict[str, Json]]
    event_writer: Callable[[Envelope], EventWriter]
    error_body: Callable[[PointsmanError, str | None], dict[str, Json]]
    models_body: Callable[[TierMap], dict[str, Json]]
    statuses: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
