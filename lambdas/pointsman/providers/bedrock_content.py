"""Messages to Converse's system prompts and turns."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any, Literal, TypeAlias

from pointsman.domain import (
    CacheTtl,
    Document,
    Image,
    Message,
    Model,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pointsman.errors import Unsupported
from pointsman.providers.ids import arguments, fitting_id

Block: TypeAlias = dict[str, Any]

_IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
_TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9()\[\]-]+")


def conversation(model: Model, messages: tuple[Message, ...]) -> tuple[list[Block], list[Block]]:
    """The system prompts, and the turns: the user's and the model's must alternate, so neighbours are merged, and what
    a tool gave back is the user's to say."""
    writer = _Writer(model)
    system: list[Block] = []
    turns: list[Block] = []
    for index, message in enumerate(messages):
        where = f"messages.{index}"
        parts = enumerate(message.parts)
        blocks = [block for i, part in parts for block in writer.blocks(part, message.role, f"{where}.content.{i}")]
        role: Literal["assistant", "user"] = "assistant" if message.role == "assistant" else "user"
        if message.role == "system":
            system += blocks
        elif turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] != "user":
        raise Unsupported("The conversation must begin with a user message that is not empty.", param="messages")
    if any("document" in block for turn in turns for block in turn["content"] if not _says(turn)):
        raise Unsupported("Bedrock takes a document only beside a text.", param="messages")
    return system, turns


def marked(block: Block, cache: CacheTtl | None) -> list[Block]:
    """The block, and the marker that it carries after it; five minutes go without saying."""
    if cache is None:
        return [block]
    return [block, {"cachePoint": {"type": "default"} | ({"ttl": cache} if cache != "5m" else {})}]


def _says(turn: Block) -> bool:
    return any("text" in block for block in turn["content"])


class _Writer:
    """Writes one conversation's blocks. The names of its documents must differ."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._names: set[str] = set()

    def blocks(self, part: Part, role: str, where: str) -> list[Block]:
        """None for a text that is empty: Bedrock refuses those, which say nothing anyway."""
        match part:
            case Text(text):
                return marked({"text": text}, part.cache) if text.strip() else []
            case Image() if role == "user":
                return marked(_image(part, where), part.cache)
            case Document() if role == "user":
                return marked(self._document(part, where), part.cache)
            case Thinking() if role == "assistant":
                return self._thinking(part, where)
            case ToolCall() if role == "assistant":
                return marked(_tool_use(part, where), part.cache)
            case ToolResult() if role == "tool":
                return marked(self._tool_result(part, where), part.cache)
        raise Unsupported(f"A {role} message for Bedrock cannot hold this kind of content.", param=where)

    def _document(self, document: Document, where: str) -> Block:
        if document.data is None:
            raise Unsupported("Bedrock takes documents as data only: it does not fetch them.", param=where)
        format = _DOCUMENTS.get(document.media_type)
        if format is None:
            raise Unsupported(f"Bedrock takes {', '.join(_DOCUMENTS.values())} documents only.", param=where)
        return {"document": {"format": format, "name": self._name(document), "source": {"bytes": document.data}}}

    def _name(self, document: Document) -> str:
        name = wanted = _NOT_IN_NAMES.sub(" ", document.name or "").strip()[:180] or "document"
        count = 1
        while name in self._names:
            count += 1
            name = f"{wanted} {count}"
        self._names.add(name)
        return name

    def _thinking(self, thought: Thinking, where: str) -> list[Block]:
        """Claude takes back only what it has signed, the thoughts of others are left away; a model that signs nothing
        takes only what nobody has signed."""
        if self._model.signs == "claude":
            if not thought.signed:
                return []
        elif thought.signed:
            raise Unsupported("This model takes back no thoughts that another one has signed.", param=where)
        if thought.redacted is not None:
            try:
                return [{"reasoningContent": {"redactedContent": b64decode(thought.redacted, validate=True)}}]
            except ValueError:
                raise Unsupported("The redacted thoughts are not Claude's.", param=where) from None
        said = {"text": thought.text} | ({"signature": thought.signature} if thought.signature else {})
        return [{"reasoningContent": {"reasoningText": said}}]

    def _tool_result(self, result: ToolResult, where: str) -> Block:
        parts = enumerate(result.parts)
        content = [block for i, part in parts for block in self.blocks(part, "user", f"{where}.{i}")]
        if any("cachePoint" in block for block in content):
            raise Unsupported("Bedrock takes no cache marker within a tool's result, only after it.", param=where)
        # Bedrock wants a result to say something.
        said: Block = {"toolUseId": fitting_id(result.call_id, _TOOL_ID), "content": content or [{"text": "(empty)"}]}
        if result.is_error:
            said["status"] = "error"
        return {"toolResult": said}


def _image(image: Image, where: str) -> Block:
    if image.data is None:
        raise Unsupported("Bedrock takes images as data URLs only: it does not fetch them.", param=where)
    if image.detail not in {None, "high"}:
        raise Unsupported("Bedrock shows images in high detail only.", param=f"{where}.detail")
    name = _IMAGES.get(image.media_type or "")
    if name is None:
        raise Unsupported("Bedrock takes PNG, JPEG, GIF and WebP images only.", param=where)
    return {"image": {"format": name, "source": {"bytes": image.data}}}


def _tool_use(call: ToolCall, where: str) -> Block:
    if call.signature is not None:
        raise Unsupported("Bedrock cannot take a tool call that another vendor has signed.", param=where)
    id = fitting_id(call.id, _TOOL_ID)
    return {"toolUse": {"toolUseId": id, "name": call.name, "input": arguments(call, "Bedrock", where)}}
