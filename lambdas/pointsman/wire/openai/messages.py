"""Chat Completions messages → the domain's. Everything in them is mapped or refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pointsman.domain import Document, Image, Json, Message, Text, Thinking, ToolCall, ToolResult
from pointsman.errors import RequestError, Unsupported
from pointsman.wire import media
from pointsman.wire.calls import read_id
from pointsman.wire.fields import cache_ttl
from pointsman.wire.openai import schema

FIELDS = {
    "system": {"name"},
    "developer": {"name"},
    "user": {"name"},
    "assistant": {
        "name",
        "refusal",
        "tool_calls",
        "reasoning_content",
        "thinking_blocks",
        "provider_specific_fields",
        "parsed",
    },
    "tool": {"name", "tool_call_id"},
}
"""What a role's messages may have beside `role` and `content`."""
PARTS = {
    "system": {"text"},
    "developer": {"text"},
    "user": {"text", "image_url", "file"},
    "assistant": {"text", "refusal"},
    "tool": {"text", "image_url", "file"},
}
"""The types of content part that a role may have. OpenAI's own tools answer in text only; other models see images."""
PAYLOADS = ("text", "refusal", "image_url", "input_audio", "file")
"""A part's field of its type's name holds what it carries."""


def messages(wire: Sequence[schema.WireMessage]) -> tuple[Message, ...]:
    """Raises `RequestError` naming the message and its field."""
    calls: dict[str, str] = {}
    found = []
    for index, message in enumerate(wire):
        found.append(_message(message, f"messages[{index}]", calls))
        calls.update((call.id, call.function.name) for call in message.tool_calls or ())
    return tuple(found)


def _message(message: schema.WireMessage, path: str, calls: dict[str, str]) -> Message:
    """`calls`: the names of the functions called so far, by the calls' ids."""
    _check_fields(message, path)
    parts = _parts(message, path)
    places = tuple(f"{path}.content[{index}]" for index in range(len(parts)))
    if message.cache_control and parts:
        parts = (*parts[:-1], replace(parts[-1], cache=cache_ttl(message.cache_control)))
    match message.role:
        case "tool":
            _check_answered_call(message, path, calls)
            result = ToolResult(read_id(message.tool_call_id or "")[0], parts)
            return Message("tool", (result,), places=(f"{path}.content",))
        case "assistant":
            refusal = (Text(message.refusal),) if message.refusal else ()
            wishes = [_call(call) for call in message.tool_calls or ()]
            if not (parts or refusal or wishes):
                raise RequestError("An assistant message needs content or tool_calls.", param=f"{path}.content")
            thoughts = _thoughts(message, path)
            where = f"{path}.thinking_blocks" if message.thinking_blocks else f"{path}.reasoning_content"
            places = (*(where for _ in thoughts), *places, *(f"{path}.refusal" for _ in refusal))
            places += tuple(f"{path}.tool_calls[{index}]" for index in range(len(wishes)))
            return Message("assistant", (*thoughts, *parts, *refusal, *wishes), message.name, places)
        case "user":
            return Message("user", parts, message.name, places)
        case _:
            return Message("system", parts, message.name, places)


def _check_fields(message: schema.WireMessage, path: str) -> None:
    if message.role == "function":
        raise Unsupported("The function role is not supported; use tool.", param=f"{path}.role")
    if message.role not in FIELDS:
        raise RequestError(f"The role must be one of {', '.join(FIELDS)}.", param=f"{path}.role")
    for field in sorted(set[str]().union(*FIELDS.values())):
        if getattr(message, field) and field not in FIELDS[message.role]:
            raise RequestError(f"A {message.role} message has no {field}.", param=f"{path}.{field}")
    for field, value in (message.provider_specific_fields or {}).items():
        if value and value != _beside(message, field):
            raise Unsupported(
                "Only what stands beside it too is supported here.", param=f"{path}.provider_specific_fields.{field}"
            )
    if not message.content and (message.role != "assistant" or message.content == []):
        raise RequestError("The content is missing or empty.", param=f"{path}.content")


def _beside(message: schema.WireMessage, field: str) -> Json:
    if field in {"refusal", "reasoning_content", "thinking_blocks"}:
        return message.model_dump(exclude_unset=True).get(field)
    return None


def _call(call: schema.Call) -> ToolCall:
    id, signature = read_id(call.id)
    return ToolCall(id, call.function.name, call.function.arguments, signature)


def _thoughts(message: schema.WireMessage, path: str) -> tuple[Thinking, ...]:
    """The blocks, which are signed, say the same as `reasoning_content`, and more."""
    if not message.thinking_blocks:
        return (Thinking(message.reasoning_content),) if message.reasoning_content else ()
    found = []
    for index, block in enumerate(message.thinking_blocks):
        wanted = "data" if block.type == "redacted_thinking" else "thinking"
        if getattr(block, wanted) is None:
            raise RequestError("This field is required.", param=f"{path}.thinking_blocks[{index}].{wanted}")
        found.append(Thinking(block.thinking or "", block.signature or None, block.data))
    return tuple(found)


def _check_answered_call(message: schema.WireMessage, path: str, calls: dict[str, str]) -> None:
    """A tool message answers a call made before it. Its `name`, which some clients add, may only repeat the call's."""
    if message.tool_call_id not in calls:
        raise RequestError("No assistant message before it has this call.", param=f"{path}.tool_call_id")
    if message.name and message.name != calls[message.tool_call_id]:
        raise RequestError("The name is not that of the function called.", param=f"{path}.name")


def _parts(message: schema.WireMessage, path: str) -> tuple[Text | Image | Document, ...]:
    return tuple(
        _part(part, f"{path}.content[{index}]", message.role) for index, part in enumerate(message.content or ())
    )


def _part(part: schema.Part, path: str, role: str) -> Text | Image | Document:
    allowed = PARTS[role]
    if part.type not in allowed:
        refused = f"Content of type {part.type}" if part.type in PAYLOADS else "This type of content"
        raise Unsupported(
            f"{refused} is not supported in a {role} message; use {' or '.join(sorted(allowed))}.", param=f"{path}.type"
        )
    for field in PAYLOADS:
        present = getattr(part, field) is not None
        if present != (field == part.type):
            problem = "A part holds only what its type says." if present else "This field is required."
            raise RequestError(problem, param=f"{path}.{field}")
    cache = cache_ttl(part.cache_control)
    if part.image_url:
        return media.image(part.image_url.url, part.image_url.detail, cache, f"{path}.image_url.url")
    if part.file:
        if part.file.file_data is None:
            raise RequestError("This field is required.", param=f"{path}.file.file_data")
        return media.document(part.file.file_data, part.file.filename, cache, f"{path}.file.file_data")
    return Text((part.text if part.type == "text" else part.refusal) or "", cache)
