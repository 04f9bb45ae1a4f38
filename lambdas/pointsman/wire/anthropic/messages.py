"""Messages and their blocks → the domain's. Everything in them is mapped or refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from pointsman.domain import Document, Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from pointsman.errors import RequestError, Unsupported
from pointsman.wire import media
from pointsman.wire.anthropic.schema import BLOCKS, Block, CountRequest, WireMessage
from pointsman.wire.calls import read_id
from pointsman.wire.fields import cache_ttl, message

ALLOWED = {
    "system": {"text"},
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use"},
    "tool_result": {"text", "image", "document"},
}
"""The types of block that may stand in a message of a role, or in a tool's result."""
SOURCES = {"image": {"base64", "url"}, "document": {"base64", "url", "text"}}
PDF = "application/pdf"


def conversation(wire: CountRequest) -> tuple[Message, ...]:
    """The system prompt, then the turns. Raises `RequestError` naming the message and its field."""
    calls: set[str] = set()
    found = [message("system", _parts(wire.system, "system", "system"))] if wire.system else []
    for index, turn in enumerate(wire.messages):
        found += _messages(turn, f"messages[{index}]", calls)
    return tuple(found)


def _messages(turn: WireMessage, path: str, calls: set[str]) -> Iterator[Message]:
    """One turn; a user's is several where it tells what tools gave back. `calls`: the ids of those made so far."""
    if not turn.content:
        raise RequestError("The content is empty.", param=f"{path}.content")
    placed = list(_parts(turn.content, f"{path}.content", turn.role))
    for index, (part, _) in enumerate(placed):
        if isinstance(part, ToolResult) and part.call_id not in calls:
            raise RequestError("No message before it has this call.", param=f"{path}.content[{index}].tool_use_id")
    calls.update(part.id for part, _ in placed if isinstance(part, ToolCall))
    for is_result, group in groupby(placed, lambda one: isinstance(one[0], ToolResult)):
        yield message("tool" if is_result else turn.role, group)


def _parts(blocks: Iterable[Block], path: str, place: str) -> Iterator[tuple[Part, str]]:
    """Each part with its path, a tool's result with that of its content."""
    for index, block in enumerate(blocks):
        where = f"{path}[{index}]"
        yield _part(block, where, place), f"{where}.content" if block.type == "tool_result" else where


def _part(block: Block, path: str, place: str) -> Part:
    _check(block, path, place)
    cache = cache_ttl(block.cache_control)
    match block.type:
        case "text":
            return Text(block.text or "", cache)
        case "image":
            return _image(block, f"{path}.source")
        case "document":
            return _document(block, f"{path}.source")
        case "thinking":
            return Thinking(block.thinking or "", block.signature or None)
        case "redacted_thinking":
            return Thinking(redacted=block.data)
        case "tool_use":
            id, signature = read_id(block.id or "")
            arguments = json.dumps(block.input, ensure_ascii=False)
            return ToolCall(id, block.name or "", arguments, signature, cache)
        case _:
            inner = _parts(block.content or (), f"{path}.content", "tool_result")
            said = tuple(part for part, _ in inner if isinstance(part, Text | Image | Document))
            return ToolResult(read_id(block.tool_use_id or "")[0], said, bool(block.is_error), cache)


def _check(block: Block, path: str, place: str) -> None:
    if block.type not in ALLOWED[place]:
        known = " or ".join(sorted(ALLOWED[place]))
        raise Unsupported(f"This type of block is not supported here; use {known}.", param=f"{path}.type")
    required, optional = BLOCKS[block.type]
    for name in sorted(required):
        if getattr(block, name) is None:
            raise RequestError("This field is required.", param=f"{path}.{name}")
    if block.type not in {"thinking", "redacted_thinking"}:
        optional = optional | {"cache_control"}
    for name in sorted(block.model_fields_set - required - optional - {"type"}):
        if getattr(block, name) is not None:
            raise RequestError(f"A {block.type} block has no {name}.", param=f"{path}.{name}")


def _image(block: Block, path: str) -> Image:
    media_type, data, url = _source(block, path)
    if data is not None and not (media_type or "").startswith("image/"):
        raise RequestError("Must be the type of an image.", param=f"{path}.media_type")
    return Image(media_type, data, url, cache_ttl(block.cache_control))


def _document(block: Block, path: str) -> Document:
    media_type, data, url = _source(block, path)
    if data is not None and media_type is None:
        raise RequestError("This field is required.", param=f"{path}.media_type")
    return Document(media_type or PDF, data, url, block.title, cache_ttl(block.cache_control))


def _source(block: Block, path: str) -> tuple[str | None, bytes | None, str | None]:
    """Media type, data and URL. Files of Anthropic's Files API and documents of blocks are not supported."""
    source = block.source
    assert source
    if source.type not in SOURCES[block.type]:
        known = " or ".join(sorted(SOURCES[block.type]))
        raise Unsupported(f"Use {known}.", param=f"{path}.type")
    wanted = "url" if source.type == "url" else "data"
    for name in ("data", "url", "file_id", "content"):
        present = getattr(source, name) is not None
        if present != (name == wanted):
            problem = "A source holds only what its type says." if present else "This field is required."
            raise RequestError(problem, param=f"{path}.{name}")
    if source.url is not None:
        if not media.is_web(source.url):
            raise RequestError("Must be an http(s) URL.", param=f"{path}.url")
        return source.media_type, None, source.url
    text = source.data or ""
    data = text.encode() if source.type == "text" else media.decode(text, f"{path}.data")
    return (source.media_type or "").lower() or None, data, None
