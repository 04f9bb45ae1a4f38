"""The domain's answers, errors and map → bodies of OpenAI's shape."""

from __future__ import annotations

from datetime import datetime

from pointsman.domain import Completion, Json, Text, Thinking, TierMap, ToolCall, Usage
from pointsman.errors import PointsmanError, PromptTooLong, QuotaExceeded
from pointsman.wire.calls import wire_id
from pointsman.wire.dialect import Envelope
from pointsman.wire.names import names


def completion_body(completion: Completion, envelope: Envelope) -> dict[str, Json]:
    """A `chat.completion`. Thoughts stand where LiteLLM puts them, so that clients send them back."""
    body: dict[str, Json] = {
        "id": envelope.id,
        "object": "chat.completion",
        "created": envelope.created,
        "model": envelope.model,
        "choices": [_choice(index, each) for index, each in enumerate((completion, *completion.others))],
        "usage": usage_body(completion.usage),
    }
    return body | ({"service_tier": completion.service_tier} if completion.service_tier else {})


def _choice(index: int, completion: Completion) -> dict[str, Json]:
    text = "".join(part.text for part in completion.parts if isinstance(part, Text))
    calls = [_tool_call(part) for part in completion.parts if isinstance(part, ToolCall)]
    thoughts = [part for part in completion.parts if isinstance(part, Thinking)]
    message: dict[str, Json] = {"role": "assistant", "content": text or (None if calls else ""), "refusal": None}
    if calls:
        message["tool_calls"] = calls
    if said := "".join(thought.text for thought in thoughts):
        message["reasoning_content"] = said
    if blocks := [block for block in map(thinking_block, thoughts) if block]:
        message["thinking_blocks"] = blocks
    logprobs = logprobs_body(completion.logprobs)
    return {"index": index, "message": message, "finish_reason": completion.finish.value, "logprobs": logprobs}


def thinking_block(thinking: Thinking) -> dict[str, Json] | None:
    """Nothing where nobody signed it."""
    if thinking.redacted is not None:
        return {"type": "redacted_thinking", "data": thinking.redacted}
    if thinking.signature is None:
        return None
    return {"type": "thinking", "thinking": thinking.text, "signature": thinking.signature}


def logprobs_body(logprobs: tuple[Json, ...] | None) -> dict[str, Json] | None:
    return None if logprobs is None else {"content": list(logprobs), "refusal": None}


def usage_body(usage: Usage | None) -> dict[str, Json] | None:
    """OpenAI counts cached tokens into the prompt and tells them apart in the details. `estimated` is our addition."""
    if usage is None:
        return None
    body: dict[str, Json] = {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.prompt + usage.output,
    }
    writes = [count for count in (usage.cache_write_5m, usage.cache_write_1h) if count is not None]
    details: dict[str, int] = {}
    if usage.cache_read is not None:
        details["cached_tokens"] = usage.cache_read
    if writes:
        details["cache_write_tokens"] = sum(writes)
    if details:
        body["prompt_tokens_details"] = details
    if usage.reasoning is not None:
        body["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    if usage.estimated:
        body["estimated"] = True
    return body


def error_body(error: PointsmanError, request_id: str | None = None) -> dict[str, Json]:
    """As at OpenAI, a wrong key too is an `invalid_request_error`, and the request's id stands in a header only. The
    field stands in the message as well, which is all that SDKs print."""
    message = error.message
    if error.param and not isinstance(error, PromptTooLong):
        message = f"{error.param}: {message}"
    return {"error": {"message": message, "type": _error_type(error), "param": error.param, "code": error.code}}


def models_body(tier_map: TierMap) -> dict[str, Json]:
    """Every name that a request may ask for."""
    created = _epoch(tier_map.published_at)
    data = [
        {"id": name, "object": "model", "created": created, "owned_by": owner}
        for name, owner in names(tier_map).items()
    ]
    return {"object": "list", "data": data}


def _tool_call(call: ToolCall) -> dict[str, Json]:
    return {"id": wire_id(call), "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _error_type(error: PointsmanError) -> str:
    if isinstance(error, QuotaExceeded):
        return error.code
    if error.status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if error.status < 500 else "server_error"


def _epoch(timestamp: str) -> int:
    """Seconds since the epoch; 0 for the packaged map, which was never published."""
    try:
        return int(datetime.fromisoformat(timestamp).timestamp())
    except ValueError:
        return 0
