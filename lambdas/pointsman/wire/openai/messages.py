"""Chat Completions messages → the domain's. Everything in them is mapped or refused by name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from pointsman.domain import Image, Message, Text, ToolCall, ToolResult
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.openai import schema

FIELDS = {
    "system": {"name"},
    "developer": {"name"},
    "user": {"name"},
    "assistant": {"name", "refusal", "tool_calls"},
    "tool": {"name", "tool_call_id"},
}
"""What a role's messages may have beside `role` and `content`."""
PARTS = {
    "system": {"text"},
    "developer": {"text"},
    "user": {"text", "image_url"},
    "assistant": {"text", "refusal"},
    "tool": {"text", "image_url"},
}
"""The types of content part that a role may have. OpenAI's own tools answer in text only; other models see images."""
PAYLOADS = ("text", "refusal", "image_url", "input_audio", "file")
"""A part's field of its type's name holds what it carries."""

_DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)


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
    match message.role:
        case "tool":
            _check_answered_call(message, path, calls)
            results = tuple(part for part in parts if isinstance(part, Text | Image))
            return Message("tool", (ToolResult(message.tool_call_id or "", results),))
        case "assistant":
            refusal = (Text(message.refusal),) if message.refusal else ()
            wishes = [
                ToolCall(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()
            ]
            if not (parts or refusal or wishes):
                raise RequestError("An assistant message needs content or tool_calls.", param=f"{path}.content")
            return Message("assistant", (*parts, *refusal, *wishes))
        case "user":
            return Message("user", parts)
        case _:
            return Message("system", parts)


def _check_fields(message: schema.WireMessage, path: str) -> None:
    if message.role == "function":
        raise Unsupported("The function role is not supported; use tool.", param=f"{path}.role")
    if message.role not in FIELDS:
        raise RequestError(f"The role must be one of {', '.join(FIELDS)}.", param=f"{path}.role")
    for field in ("name", "refusal", "tool_calls", "tool_call_id"):
        if getattr(message, field) and field not in FIELDS[message.role]:
            raise RequestError(f"A {message.role} message has no {field}.", param=f"{path}.{field}")
    if message.name and message.role != "tool":
        raise Unsupported("Names of participants are not supported.", param=f"{path}.name")
    if not message.content and (message.role != "assistant" or message.content == []):
        raise RequestError("The content is missing or empty.", param=f"{path}.content")


def _check_answered_call(message: schema.WireMessage, path: str, calls: dict[str, str]) -> None:
    """A tool message answers a call made before it. Its `name`, which some clients add, may only repeat the call's."""
    if message.tool_call_id not in calls:
        raise RequestError("No assistant message before it has this call.", param=f"{path}.tool_call_id")
    if message.name and message.name != calls[message.tool_call_id]:
        raise RequestError("The name is not that of the function called.", param=f"{path}.name")


def _parts(message: schema.WireMessage, path: str) -> tuple[Text | Image, ...]:
    return tuple(
        _part(part, f"{path}.content[{index}]", message.role) for index, part in enumerate(message.content or ())
    )


def _part(part: schema.Part, path: str, role: str) -> Text | Image:
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
    if part.image_url:
        return _image(part.image_url, f"{path}.image_url")
    return Text((part.text if part.type == "text" else part.refusal) or "")


def _image(image: schema.ImageUrl, path: str) -> Image:
    if image.detail not in {None, "auto"}:
        raise Unsupported("The detail of an image may only be auto.", param=f"{path}.detail")
    if image.url.lower().startswith(("https://", "http://")):
        return Image(url=image.url)
    if head := _DATA_URL.match(image.url):
        try:
            data = base64.b64decode(image.url[head.end() :], validate=True)
        except (binascii.Error, ValueError):
            raise RequestError("The image is not valid base64.", param=f"{path}.url") from None
        if data:
            return Image(media_type=head[1].lower(), data=data)
    raise RequestError("Must be an http(s) URL or data:image/<type>;base64,<data>.", param=f"{path}.url")
