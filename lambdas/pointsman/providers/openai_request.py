"""`ChatRequest` to the JSON body of OpenAI's `POST /chat/completions`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from pointsman.domain import (
    ChatRequest,
    Image,
    Json,
    Message,
    Model,
    Part,
    ResponseFormat,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pointsman.errors import Unsupported
from pointsman.providers.registry import Vendor

_UNANSWERABLE: Mapping[str, tuple[Json, ...]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "modalities": (None, ["text"]),
    "audio": (None,),
}
"""Extras whose answer a `Completion` has no place for, with the values that ask for nothing."""


def request_body(vendor: Vendor, model: Model, request: ChatRequest, *, stream: bool) -> dict[str, Json]:
    """Raises `Unsupported` naming the field that cannot be said in this dialect."""
    for name, harmless in _UNANSWERABLE.items():
        if name in request.extras and request.extras[name] not in harmless:
            raise Unsupported(f"`{name}` is not supported.", param=name)
    optional = {
        vendor.max_tokens: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls,
        "response_format": _response_format(request.response_format),
        "stream": stream or None,
        "stream_options": {"include_usage": True} if stream and vendor.usage_on_request else None,
    }
    return {
        **request.extras,
        "model": model.model_id,
        "messages": [said for i, message in enumerate(request.messages) for said in _messages(message, i)],
        **{name: value for name, value in optional.items() if value is not None},
    }


def _messages(message: Message, index: int) -> Iterator[dict[str, Json]]:
    """One turn; several where it holds several tool results, of which each is a message here."""
    where = f"messages.{index}.content"
    if message.role == "tool":
        for part in message.parts:
            if not isinstance(part, ToolResult):
                raise Unsupported("A `tool` message can hold only tool results.", param=where)
            yield _tool_result(part, where)
        return
    calls = [_tool_call(part) for part in message.parts if isinstance(part, ToolCall)]
    content = [part for part in message.parts if not isinstance(part, ToolCall)]
    if calls and message.role != "assistant":
        raise Unsupported("Only an `assistant` message can hold tool calls.", param=where)
    said: dict[str, Json] = {"role": message.role, "content": _content(content, where, images=message.role == "user")}
    if calls:
        said["tool_calls"] = calls
    yield said


def _content(parts: Sequence[Part], where: str, *, images: bool) -> Json:
    """A plain string where there is one text only: some servers know nothing else."""
    match parts:
        case []:
            return None
        case [Text(text)]:
            return text
    return [_part(part, where, images=images) for part in parts]


def _part(part: Part, where: str, *, images: bool) -> dict[str, Json]:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image() if images:
            return {"type": "image_url", "image_url": {"url": _image_url(part)}}
    kind = "An image" if isinstance(part, Image) else "A tool result"
    raise Unsupported(f"{kind} cannot stand in this message for this provider.", param=where)


def _image_url(image: Image) -> str:
    if image.url is not None:
        return image.url
    return f"data:{image.media_type};base64,{b64encode(image.data or b'').decode()}"


def _tool_result(result: ToolResult, where: str) -> dict[str, Json]:
    if result.is_error:
        raise Unsupported("A tool result cannot be marked as an error for this provider.", param=where)
    content = _content(result.parts, where, images=False)
    return {"role": "tool", "tool_call_id": result.call_id, "content": "" if content is None else content}


def _tool_call(call: ToolCall) -> dict[str, Json]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _tool(tool: Tool) -> dict[str, Json]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": tool.strict,
    }
    return {"type": "function", "function": {name: value for name, value in function.items() if value is not None}}


def _tool_choice(choice: ToolChoice | None) -> Json:
    if choice is None or choice.mode != "named":
        return choice and choice.mode
    return {"type": "function", "function": {"name": choice.name}}


def _response_format(wanted: ResponseFormat | None) -> Json:
    if wanted is None or wanted.kind == "json_object":
        return wanted and {"type": "json_object"}
    schema = {"name": wanted.name or "answer", "schema": wanted.schema, "strict": wanted.strict}
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in schema.items() if value is not None},
    }
