"""The domain's answers → bodies of the Responses API. Its errors and models are those of Chat Completions."""

from __future__ import annotations

from pointsman.domain import ChatRequest, Completion, End, Finish, Json, Text, Thinking, Tool, ToolCall, Usage
from pointsman.wire.calls import wire_id
from pointsman.wire.dialect import Envelope
from pointsman.wire.responses.thoughts import seal

_INCOMPLETE = {Finish.LENGTH: "max_output_tokens", Finish.CONTENT_FILTER: "content_filter"}


def completion_body(completion: Completion, envelope: Envelope) -> dict[str, Json]:
    """A `response`. Each part of the answer is an item of its own."""
    logprobs = completion.logprobs
    output = []
    for index, part in enumerate(completion.parts):
        output.append(item(part, item_id(part, envelope, index), logprobs=logprobs))
        logprobs = None if isinstance(part, Text) else logprobs
    return ended_body(envelope, output, completion)


def ended_body(envelope: Envelope, output: list[dict[str, Json]], answer: Completion | End) -> dict[str, Json]:
    reason = _INCOMPLETE.get(answer.finish)
    return response_body(envelope) | {
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "service_tier": answer.service_tier,
        "usage": usage_body(answer.usage),
    }


def response_body(envelope: Envelope) -> dict[str, Json]:
    """A response of which nothing is known yet, as a stream begins with it."""
    request = envelope.request
    reasoning = request.reasoning
    effort = "none" if reasoning and reasoning.off else reasoning and reasoning.effort
    return {
        "id": envelope.id,
        "object": "response",
        "created_at": envelope.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": request.max_tokens,
        "metadata": dict(request.metadata),
        "model": envelope.model,
        "output": [],
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": None,
        "reasoning": {"effort": effort, "summary": None},
        "service_tier": None,
        "store": False,
        "temperature": request.temperature,
        "text": {"format": _format(request)},
        "tool_choice": _tool_choice(request),
        "tools": [_tool(tool) for tool in request.tools],
        "top_p": request.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": request.user,
    }


def item(
    part: Text | Thinking | ToolCall, id: str, *, logprobs: tuple[Json, ...] | None = None, done: bool = True
) -> dict[str, Json]:
    """`done` is false for the empty item that a stream begins with."""
    status = {"id": id, "status": "completed" if done else "in_progress"}
    match part:
        case Text(text):
            content = [text_part(text, logprobs)] if done else []
            return {"type": "message", **status, "role": "assistant", "content": content}
        case Thinking(text):
            summary = [{"type": "summary_text", "text": text}] if text else []
            return {"type": "reasoning", **status, "summary": summary, "encrypted_content": seal(part)}
    return {
        "type": "function_call",
        **status,
        "call_id": wire_id(part),
        "name": part.name,
        "arguments": part.arguments,
    }


def item_id(part: Text | Thinking | ToolCall, envelope: Envelope, index: int) -> str:
    prefix = {Text: "msg", Thinking: "rs", ToolCall: "fc"}[type(part)]
    return f"{prefix}_{envelope.id.removeprefix('resp_')}_{index}"


def text_part(text: str, logprobs: tuple[Json, ...] | None = None) -> dict[str, Json]:
    return {
        "type": "output_text",
        "text": text,
        "annotations": [],
        "logprobs": [_logprob(one) for one in logprobs or ()],
    }


def _logprob(one: Json) -> dict[str, Json]:
    """As in Chat Completions, but for the bytes, which are never null here."""
    top = [alternative | {"bytes": alternative.get("bytes") or []} for alternative in one.get("top_logprobs") or ()]
    return {**one, "bytes": one.get("bytes") or [], "top_logprobs": top}


def usage_body(usage: Usage | None) -> dict[str, Json] | None:
    """OpenAI counts cached tokens into the prompt and tells them apart in the details. `estimated` is our addition."""
    if usage is None:
        return None
    written = (usage.cache_write_5m or 0) + (usage.cache_write_1h or 0)
    body: dict[str, Json] = {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cached_tokens": usage.cache_read or 0, "cache_write_tokens": written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": usage.prompt + usage.output,
    }
    return body | {"estimated": True} if usage.estimated else body


def _tool(tool: Tool) -> dict[str, Json]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": tool.strict,
    }


def _tool_choice(request: ChatRequest) -> Json:
    choice = request.tool_choice
    if choice is None:
        return "auto"
    return {"type": "function", "name": choice.name} if choice.mode == "named" else choice.mode


def _format(request: ChatRequest) -> dict[str, Json]:
    wanted = request.response_format
    if wanted is None:
        return {"type": "text"}
    if wanted.kind == "json_object":
        return {"type": "json_object"}
    schema = dict(wanted.schema or {})
    return {"type": "json_schema", "name": wanted.name, "schema": schema, "strict": wanted.strict}
