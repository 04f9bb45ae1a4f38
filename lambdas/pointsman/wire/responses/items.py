"""Input items → the domain's messages. Everything in them is mapped or refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pointsman.domain import Document, Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from pointsman.errors import RequestError, Unsupported
from pointsman.wire import media
from pointsman.wire.calls import read_id
from pointsman.wire.fields import Role, cache_ttl, message
from pointsman.wire.responses import schema
from pointsman.wire.responses.thoughts import unseal

INPUT = {"input_text", "input_image", "input_file"}
ALLOWED: Mapping[str, set[str]] = {
    "system": {"input_text"},
    "user": INPUT,
    "assistant": {"input_text", "output_text", "refusal"},
    "output": INPUT,
    "summary": {"summary_text"},
    "reasoning": {"reasoning_text"},
}
"""The types of part that may stand in a message of a role, a tool's output or a reasoning item."""


def conversation(items: Iterable[schema.Item]) -> Iterator[Message]:
    """What one side says in a row is one turn. Raises `RequestError` naming the item and its field."""
    calls: set[str] = set()
    said = [_item(item, f"input[{index}]", calls) for index, item in enumerate(items)]
    for role, group in groupby((turn for turn in said if turn[1]), lambda turn: turn[0]):
        turns = [placed for _, placed in group]
        if role in {"assistant", "tool"}:
            yield message(role, (one for placed in turns for one in placed))
        else:
            yield from (message(role, placed) for placed in turns)


def _item(item: schema.Item, path: str, calls: set[str]) -> tuple[Role, Sequence[tuple[Part, str]]]:
    """What it says, each part with its path. `calls`: the ids of those made so far."""
    if item.type not in schema.ITEMS:
        raise Unsupported(f"This type of item is not supported; use {' or '.join(schema.ITEMS)}.", param=f"{path}.type")
    _check(item, schema.ITEMS[item.type], {"id", "status"}, path)
    match item.type:
        case "message":
            if not item.content:
                raise RequestError("The content is empty.", param=f"{path}.content")
            role: Role = "system" if item.role is None or item.role == "developer" else item.role
            parts = _parts(item.content, f"{path}.content", role)
            return role, [(part, f"{path}.content[{index}]") for index, part in enumerate(parts)]
        case "function_call":
            id, signature = read_id(item.call_id or "")
            calls.add(id)
            return "assistant", [(ToolCall(id, item.name or "", item.arguments or "", signature), path)]
        case "function_call_output":
            id, _ = read_id(item.call_id or "")
            if id not in calls:
                raise RequestError("No function_call before it has this call.", param=f"{path}.call_id")
            output = f"{path}.output"
            return "tool", [(ToolResult(id, tuple(_parts(item.output or (), output, "output"))), output)]
        case _:
            return "assistant", [(thought, path) for thought in _thoughts(item, path)]


def _thoughts(item: schema.Item, path: str) -> tuple[Thinking, ...]:
    if item.encrypted_content:
        thinking = unseal(item.encrypted_content)
        if thinking is None:
            raise RequestError("These thoughts were not given out here.", param=f"{path}.encrypted_content")
        return (thinking,)
    said = [
        *_parts(item.summary or (), f"{path}.summary", "summary"),
        *_parts(item.content or (), f"{path}.content", "reasoning"),
    ]
    text = "".join(part.text for part in said if isinstance(part, Text))
    return (Thinking(text),) if text else ()


def _parts(parts: Iterable[schema.Part], path: str, place: str) -> Iterator[Text | Image | Document]:
    for index, part in enumerate(parts):
        yield _part(part, f"{path}[{index}]", place)


def _part(part: schema.Part, path: str, place: str) -> Text | Image | Document:
    if part.type not in ALLOWED[place]:
        known = " or ".join(sorted(ALLOWED[place]))
        raise Unsupported(f"This type of content is not supported here; use {known}.", param=f"{path}.type")
    _check(part, schema.PARTS[part.type], {"cache_control"}, path)
    cache = cache_ttl(part.cache_control)
    match part.type:
        case "input_image":
            return media.image(part.image_url or "", part.detail, cache, f"{path}.image_url")
        case "input_file":
            return _file(part, path)
        case _:
            return Text(part.text or part.refusal or "", cache)


def _file(part: schema.Part, path: str) -> Document:
    if part.detail not in {None, "auto"}:
        raise Unsupported("The detail of a file may only be auto.", param=f"{path}.detail")
    if (part.file_data is None) == (part.file_url is None):
        raise RequestError("Set either file_data or file_url.", param=f"{path}.file_data")
    cache = cache_ttl(part.cache_control)
    if part.file_url is not None:
        return media.document_at(part.file_url, part.filename, cache, f"{path}.file_url")
    return media.document(part.file_data or "", part.filename, cache, f"{path}.file_data")


def _check(said: schema.Item | schema.Part, known: tuple[set[str], set[str]], always: set[str], path: str) -> None:
    required, optional = known
    for name in sorted(required):
        if getattr(said, name) is None:
            raise RequestError("This field is required.", param=f"{path}.{name}")
    for name in sorted(said.model_fields_set - required - optional - always - {"type"}):
        if getattr(said, name) is not None:
            raise RequestError(f"A {said.type} has no {name}.", param=f"{path}.{name}")
