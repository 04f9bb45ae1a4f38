"""The domain's answers, errors and map → bodies of Anthropic's shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from pydantic_core import from_json

from pointsman.domain import Completion, Finish, Json, Text, Thinking, TierMap, ToolCall, Usage
from pointsman.errors import PointsmanError, PromptTooLong, UpstreamError, UpstreamKind
from pointsman.wire.calls import wire_id
from pointsman.wire.dialect import Envelope
from pointsman.wire.names import names

_STOP = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_INDEX = re.compile(r"\[(\d+)\]")
_TIERS: Mapping[str | None, str] = {"default": "standard", "standard": "standard", "priority": "priority"}


def completion_body(completion: Completion, envelope: Envelope) -> dict[str, Json]:
    """A `message`. Raises `UpstreamError` where the model called a tool with what is no JSON object."""
    return message_body(envelope) | {
        "content": [_block(part) for part in completion.parts],
        **stop(completion.finish, completion.stop_sequence),
        "usage": usage_body(completion.usage) | {"service_tier": _TIERS.get(completion.service_tier)},
    }


def message_body(envelope: Envelope) -> dict[str, Json]:
    """A message of which nothing is known yet, as a stream begins with it."""
    return {
        "id": envelope.id,
        "type": "message",
        "role": "assistant",
        "model": envelope.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage_body(Usage(0, 0)) | {"service_tier": None},
    }


def stop(finish: Finish, sequence: str | None) -> dict[str, Json]:
    ended_by_sequence = finish is Finish.STOP and sequence is not None
    return {"stop_reason": "stop_sequence" if ended_by_sequence else _STOP[finish], "stop_sequence": sequence}


def usage_body(usage: Usage | None) -> dict[str, Json]:
    """`estimated` is our addition."""
    usage = usage or Usage(0, 0, estimated=True)
    short, long = usage.cache_write_5m, usage.cache_write_1h
    written = None if short is None and long is None else (short or 0) + (long or 0)
    body: dict[str, Json] = {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cache_read,
    }
    if written is not None:
        body["cache_creation"] = {"ephemeral_5m_input_tokens": short or 0, "ephemeral_1h_input_tokens": long or 0}
    if usage.reasoning is not None:
        body["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    if usage.estimated:
        body["estimated"] = True
    return body


def error_body(error: PointsmanError, request_id: str | None = None) -> dict[str, Json]:
    """As at Anthropic, the field stands in the message, its path in dots."""
    field = _INDEX.sub(r".\1", error.param) if error.param else ""
    message = f"{field}: {error.message}" if field else error.message
    if error.code == PromptTooLong.code:
        message = _too_long(error)
    kind = _ERRORS.get(error.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}


def _too_long(error: PointsmanError) -> str:
    """In the words that Anthropic's clients look for; what only the model's vendor knew is without numbers."""
    if not isinstance(error, PromptTooLong):
        return f"prompt is too long: {error.message}"
    if error.prompt <= error.window:
        asked = f"{error.prompt} + {error.answer} > {error.window}"
        return f"input length and `max_tokens` exceed context limit: {asked}, decrease input length or `max_tokens`"
    return f"prompt is too long: {error.prompt} tokens > {error.window} maximum"


def models_body(tier_map: TierMap) -> dict[str, Json]:
    """Every name that a request may ask for, on one page."""
    data: list[dict[str, Json]] = []
    for name in names(tier_map):
        model = tier_map.models.get(tier_map.settings.synonyms.get(name, name))
        data.append(
            {
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": _created(tier_map.published_at),
                "lifecycle": "active",
                "max_input_tokens": model.context_window if model else None,
                "max_tokens": model.max_output if model else None,
            }
        )
    return {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]}


def count_body(usage: Usage) -> dict[str, Json]:
    """`estimated` is our addition."""
    return {"input_tokens": usage.prompt, "estimated": True}


def _created(timestamp: str) -> str:
    """The epoch for the packaged map, which was never published."""
    try:
        return datetime.fromisoformat(timestamp).isoformat()
    except ValueError:
        return "1970-01-01T00:00:00+00:00"


def _block(part: Text | Thinking | ToolCall) -> dict[str, Json]:
    match part:
        case Text(text):
            return {"type": "text", "text": text, "citations": None}
        case Thinking(redacted=str(data)):
            return {"type": "redacted_thinking", "data": data}
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature or ""}
    return {"type": "tool_use", "id": wire_id(part), "name": part.name, "input": _input(part.arguments)}


def _input(arguments: str) -> dict[str, Json]:
    """Cut short by the token limit, it holds what was written so far."""
    try:
        found = from_json(arguments or "{}", allow_partial=True)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UpstreamError(UpstreamKind.BAD_RESPONSE, "The model called a tool with what is no JSON object.")
    return found
