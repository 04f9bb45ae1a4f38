"""`ChatRequest` to the JSON body of Anthropic's `POST /messages`."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable

from pointsman.domain import (
    CacheTtl,
    ChatRequest,
    Document,
    Image,
    Json,
    Message,
    Model,
    Part,
    ResponseFormat,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from pointsman.errors import Unsupported
from pointsman.providers import claude
from pointsman.providers.hints import demands
from pointsman.providers.ids import arguments, fitting_id
from pointsman.providers.json_object import asked_for

Block = dict[str, Json]

_TOOL_ID = re.compile(r"[a-zA-Z0-9_-]+")
_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_CHOICES = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}
_TIERS = {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}


def request_body(model: Model, request: ChatRequest, *, stream: bool) -> dict[str, Json]:
    """Raises `Unsupported` naming the field that has no counterpart here."""
    request = claude.settled(request)
    _refuse_unmappable(model, request)
    max_tokens = request.max_tokens or model.max_output
    thinking = claude.thinking(model, request, max_tokens)
    system, turns = _conversation(request.messages)
    output = {"effort": thinking.effort, "format": _format(request.response_format)}
    optional = {
        "system": system + [{"type": "text", "text": said} for said in asked_for(request)],
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "stop_sequences": list(request.stop),
        "tools": [_tool(tool) for tool in request.tools],
        "tool_choice": _tool_choice(request),
        "thinking": thinking.config,
        "output_config": {name: value for name, value in output.items() if value is not None},
        "service_tier": _service_tier(request.service_tier or model.service_tier),
        "metadata": {"user_id": request.user} if request.user else None,
        "stream": stream or None,
    }
    return {
        **demands(request.extras),
        "model": model.model_id,
        "max_tokens": max_tokens,
        "messages": turns,
        **{name: value for name, value in optional.items() if value not in (None, [], {})},
    }


def _refuse_unmappable(model: Model, request: ChatRequest) -> None:
    if request.dialect != "anthropic":
        for name in demands(request.extras):
            raise Unsupported(f"`{name}` has no counterpart at Anthropic.", param=name)
    if request.logprobs is not None:
        raise Unsupported("`logprobs` has no counterpart at Anthropic.", param="logprobs")
    if request.n > 1:
        raise Unsupported("Anthropic gives one answer to a request.", param="n")
    claude.check_sampling(model, request)


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _conversation(messages: Iterable[Message]) -> tuple[list[Block], list[Block]]:
    """The system prompts, and the turns. Neighbours of one side are one turn, as results must follow their calls at
    once; what a tool gave back is the user's to say."""
    system: list[Block] = []
    turns: list[Block] = []
    for index, message in enumerate(messages):
        where = f"messages.{index}"
        parts = enumerate(message.parts)
        blocks = [block for i, part in parts for block in _blocks(part, message.role, f"{where}.content.{i}")]
        role = "assistant" if message.role == "assistant" else "user"
        if message.role == "system":
            system += blocks
        elif turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns:
        raise Unsupported("The conversation needs a message that is not empty.", param="messages")
    return system, turns


def _blocks(part: Part, role: str, where: str) -> list[Block]:
    """At most one block: Anthropic refuses empty texts, which say nothing anyway, and has no place for the thoughts of
    models that sign nothing."""
    match part:
        case Text(text):
            return [_marked({"type": "text", "text": text}, part.cache)] if text.strip() else []
        case Image() if role == "user":
            return [_image(part, where)]
        case Document() if role == "user":
            return [_document(part, where)]
        case Thinking() if role == "assistant":
            return [_thinking(part)] if part.signed else []
        case ToolCall() if role == "assistant":
            return [_tool_use(part, where)]
        case ToolResult() if role == "tool":
            return [_tool_result(part, where)]
    raise Unsupported(f"A {role} message for Anthropic cannot hold this kind of content.", param=where)


def _marked(block: Block, cache: CacheTtl | None) -> Block:
    return block | {"cache_control": {"type": "ephemeral", "ttl": cache}} if cache else block


def _image(image: Image, where: str) -> Block:
    media_type = "image/jpeg" if image.media_type == "image/jpg" else image.media_type
    if image.detail not in {None, "high"}:
        raise Unsupported("Claude sees images in high detail only.", param=f"{where}.detail")
    if image.url is None and media_type not in _IMAGES:
        raise Unsupported("Anthropic takes PNG, JPEG, GIF and WebP images only.", param=where)
    return _marked({"type": "image", "source": _source(image.url, media_type, image.data)}, image.cache)


def _source(url: str | None, media_type: str | None, data: bytes | None) -> Block:
    if url is not None:
        return {"type": "url", "url": url}
    return {"type": "base64", "media_type": media_type, "data": b64encode(data or b"").decode()}


def _document(document: Document, where: str) -> Block:
    """Any kind of text is plain text to Anthropic."""
    if document.media_type == "application/pdf":
        source = _source(document.url, document.media_type, document.data)
    elif document.media_type.startswith("text/") and document.data is not None:
        text = document.data.decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": text}
    else:
        raise Unsupported("Anthropic takes documents as PDF or as text.", param=where)
    title = {"title": document.name} if document.name else {}
    return _marked({"type": "document", "source": source, **title}, document.cache)


def _thinking(thought: Thinking) -> Block:
    if thought.redacted is not None:
        return {"type": "redacted_thinking", "data": thought.redacted}
    return {"type": "thinking", "thinking": thought.text, "signature": thought.signature}


def _tool_use(call: ToolCall, where: str) -> Block:
    if call.signature is not None:
        raise Unsupported("Claude cannot take a tool call that another vendor has signed.", param=where)
    id, given = fitting_id(call.id, _TOOL_ID), arguments(call, "Anthropic", where)
    return _marked({"type": "tool_use", "id": id, "name": call.name, "input": given}, call.cache)


def _tool_result(result: ToolResult, where: str) -> Block:
    said: Block = {"type": "tool_result", "tool_use_id": fitting_id(result.call_id, _TOOL_ID)}
    parts = enumerate(result.parts)
    if content := [block for i, part in parts for block in _blocks(part, "user", f"{where}.{i}")]:
        said["content"] = content
    if result.is_error:
        said["is_error"] = True
    return _marked(said, result.cache)


# ── tools and formats ────────────────────────────────────────────────────────────────────────────────────────────


def _tool(tool: Tool) -> Block:
    said: Block = {"name": tool.name, "input_schema": {"type": "object", **tool.parameters}}
    if tool.description:
        said["description"] = tool.description
    if tool.strict is not None:
        said["strict"] = tool.strict
    return _marked(said, tool.cache)


def _tool_choice(request: ChatRequest) -> Block | None:
    choice = request.tool_choice
    if not request.tools:
        if choice and choice.mode in ("required", "named"):
            raise Unsupported("A tool cannot be chosen where there is none.", param="tool_choice")
        return None
    if choice is None and request.parallel_tool_calls is not False:
        return None
    said: Block = {"type": _CHOICES[choice.mode if choice else "auto"]}
    if choice and choice.mode == "named":
        said["name"] = choice.name
    if request.parallel_tool_calls is False and said["type"] != "none":
        said["disable_parallel_tool_use"] = True
    return said


def _format(wanted: ResponseFormat | None) -> Block | None:
    if wanted is None or wanted.schema is None:
        return None
    return {"type": "json_schema", "schema": dict(wanted.schema)}


def _service_tier(tier: str | None) -> str | None:
    if tier is not None and tier not in _TIERS:
        raise Unsupported(f"Anthropic knows the service tiers {', '.join(_TIERS)}.", param="service_tier")
    return tier and _TIERS[tier]
