"""A stand-in for the token counts that a provider did not report."""

from __future__ import annotations

import json

from pointsman.domain import ChatRequest, Document, Image, Message, Part, Text, Thinking, ToolCall, ToolResult, Usage

BYTES_PER_TOKEN = 4
"""Of UTF-8: the usual four characters a token in English, and fewer where a script needs more bytes a character."""
MESSAGE_TOKENS = 4
"""What a chat template adds around each message."""
IMAGE_TOKENS = 1_000
"""A mid-sized image; vendors count from under a hundred to several thousand."""
DOCUMENT_BYTES_PER_TOKEN = 40
"""Of a file that is not plain text: a page of PDF is some 60 kB and vendors count 1,500 to 3,000 tokens for one."""


def estimate(request: ChatRequest, output_text: str) -> Usage:
    """Tokens from the lengths of the prompt and of what the model wrote; a rough figure, flagged `estimated`.

    Tool schemas, tool calls and results count by their length, images at a flat `IMAGE_TOKENS`.
    """
    prompt = sum(MESSAGE_TOKENS + _message(message) for message in request.messages)
    prompt += sum(
        _text(tool.name + (tool.description or "") + json.dumps(dict(tool.parameters))) for tool in request.tools
    )
    return Usage(input=prompt, output=_text(output_text), estimated=True)


def _message(message: Message) -> int:
    return sum(_part(part) for part in message.parts)


def _part(part: Part) -> int:
    match part:
        case Text(text) | Thinking(text):
            return _text(text)
        case Document():
            return _document(part)
        case Image():
            return IMAGE_TOKENS
        case ToolCall(name=name, arguments=arguments):
            return _text(name + arguments)
        case ToolResult(parts=parts):
            return sum(_part(inner) for inner in parts)


def _document(document: Document) -> int:
    """One behind a URL is of unknown length and counts as an image does."""
    if document.data is None:
        return IMAGE_TOKENS
    plain = document.media_type.startswith("text/")
    return -(-len(document.data) // (BYTES_PER_TOKEN if plain else DOCUMENT_BYTES_PER_TOKEN))


def _text(text: str) -> int:
    return tokens(size(text))


def size(text: str) -> int:
    """Its bytes, which add up over the pieces of a text."""
    return len(text.encode(errors="replace"))


def tokens(size: int) -> int:
    return -(-size // BYTES_PER_TOKEN)
