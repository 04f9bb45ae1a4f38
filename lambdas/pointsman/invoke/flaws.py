"""What is wrong with an answer on the face of it. No judgement of what it says: that would take another model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn

from pointsman.domain import ChatRequest, Completion, Finish, Json, Text, ToolCall
from pointsman.invoke.schemas import matches


class Flaw(StrEnum):
    """The value is the attempt's outcome in the cost event."""

    EMPTY = "empty"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    INVALID_JSON = "invalid_json"
    SCHEMA_MISMATCH = "schema_mismatch"


FLAWS: Mapping[str, str] = {
    Flaw.EMPTY: "was empty",
    Flaw.REFUSED: "was a refusal",
    Flaw.TRUNCATED: "was cut off",
    Flaw.INVALID_JSON: "was not valid JSON",
    Flaw.SCHEMA_MISMATCH: "did not match the schema",
}
"""What is said of the answer."""


def flaw_of(request: ChatRequest, answer: Completion) -> Flaw | None:
    """The first flaw that can be seen, in any of the choices. What the caller's own `max_tokens` or stop sequence cut
    short has none: another model would be cut short as well."""
    return next(filter(None, (_flaw(request, choice) for choice in (answer, *answer.others))), None)


def _flaw(request: ChatRequest, answer: Completion) -> Flaw | None:
    if answer.finish is Finish.CONTENT_FILTER:
        return Flaw.REFUSED
    if answer.stop_sequence is not None or (answer.finish is Finish.LENGTH and request.max_tokens is not None):
        return None
    if answer.finish is Finish.LENGTH:
        return Flaw.TRUNCATED
    if any(isinstance(part, ToolCall) for part in answer.parts):
        return None
    text = "".join(part.text for part in answer.parts if isinstance(part, Text))
    if not text.strip():
        return Flaw.EMPTY
    wanted = request.response_format
    if wanted is None:
        return None
    try:
        value = _read(text)
    except (ValueError, RecursionError):
        return Flaw.INVALID_JSON
    if wanted.schema is None:
        return None if isinstance(value, dict) else Flaw.INVALID_JSON
    return None if matches(value, wanted.schema) else Flaw.SCHEMA_MISMATCH


def _read(text: str) -> Json:
    value = json.loads(text, parse_constant=_refuse)
    json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    return value


def _refuse(constant: str) -> NoReturn:
    """`NaN` and `Infinity`, which Python's reader takes for JSON."""
    raise ValueError(constant)
