"""`ChatRequest` to the parameters of Bedrock's Converse and ConverseStream."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal, TypeAlias

from pointsman.domain import ChatRequest, Image, Json, Message, Model, Part, Text, Tool, ToolCall, ToolResult
from pointsman.errors import Unsupported

Block: TypeAlias = dict[str, Any]

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_TOOL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


def converse_parameters(model: Model, request: ChatRequest) -> dict[str, Any]:
    """Raises `Unsupported` naming the field that Converse has no counterpart for."""
    _refuse_unmappable(request)
    system, turns = _conversation(request.messages)
    inference = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    parameters = {
        "modelId": model.model_id,
        "messages": turns,
        "system": system,
        "inferenceConfig": {name: value for name, value in inference.items() if value is not None},
        "toolConfig": _tool_config(request),
        "outputConfig": _output_config(request),
    }
    return {name: value for name, value in parameters.items() if value}


def _refuse_unmappable(request: ChatRequest) -> None:
    for name in request.extras:
        raise Unsupported(f"`{name}` is not supported by Bedrock.", param=name)
    if request.parallel_tool_calls is False:
        raise Unsupported("Bedrock cannot forbid parallel tool calls.", param="parallel_tool_calls")
    if request.temperature is not None and request.temperature > 1:
        raise Unsupported("Bedrock takes a temperature of at most 1.", param="temperature")


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _conversation(messages: tuple[Message, ...]) -> tuple[list[Block], list[Block]]:
    """The system prompts, and the turns: the user's and the model's must alternate, so neighbours are merged, and what
    a tool gave back is the user's to say."""
    system: list[Block] = []
    turns: list[Block] = []
    for index, message in enumerate(messages):
        where = f"messages.{index}.content"
        blocks = [block for part in message.parts for block in _blocks(part, message.role, where)]
        role: Literal["assistant", "user"] = "assistant" if message.role == "assistant" else "user"
        if message.role == "system":
            system += blocks
        elif turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns or turns[0]["role"] != "user":
        raise Unsupported(
            "A conversation with Bedrock must begin with a user message that says something.", param="messages"
        )
    return system, turns


def _blocks(part: Part, role: str, where: str) -> list[Block]:
    """At most one block: Bedrock refuses empty texts, which say nothing anyway."""
    match part:
        case Text(text):
            return [{"text": text}] if text.strip() else []
        case Image() if role == "user":
            return [_image(part, where)]
        case ToolCall() if role == "assistant":
            return [{"toolUse": {"toolUseId": _tool_id(part.id), "name": part.name, "input": _arguments(part, where)}}]
        case ToolResult() if role == "tool":
            return [_tool_result(part, where)]
    raise Unsupported(f"A {role} message for Bedrock cannot hold this kind of content.", param=where)


def _image(image: Image, where: str) -> Block:
    if image.data is None:
        raise Unsupported("Bedrock takes images as data URLs only: it does not fetch them.", param=where)
    name = _FORMATS.get(image.media_type or "")
    if name is None:
        raise Unsupported("Bedrock takes PNG, JPEG, GIF and WebP images only.", param=where)
    return {"image": {"format": name, "source": {"bytes": image.data}}}


def _tool_result(result: ToolResult, where: str) -> Block:
    content = [block for part in result.parts for block in _blocks(part, "user", where)]
    # Bedrock wants a result to say something.
    said: Block = {"toolUseId": _tool_id(result.call_id), "content": content or [{"text": "(empty)"}]}
    if result.is_error:
        said["status"] = "error"
    return {"toolResult": said}


def _arguments(call: ToolCall, where: str) -> dict[str, Json]:
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise Unsupported("Bedrock takes a tool call's arguments only as a JSON object.", param=where)
    return arguments


def _tool_id(id: str) -> str:
    """An id of another vendor may be longer than Bedrock allows; its hash names the same call."""
    return id if _TOOL_ID.fullmatch(id) else f"call_{hashlib.sha256(id.encode(errors='replace')).hexdigest()[:32]}"


# ── tools and formats ────────────────────────────────────────────────────────────────────────────────────────────


def _tool_config(request: ChatRequest) -> Block | None:
    """Bedrock has no way to say `none` but to leave the tools away, and does not let go of them where the history has
    tool calls."""
    used = any(isinstance(part, ToolCall | ToolResult) for message in request.messages for part in message.parts)
    choice = request.tool_choice
    if choice and choice.mode == "none":
        if used:
            raise Unsupported("Bedrock cannot refrain from tools that the conversation has used.", param="tool_choice")
        return None
    if not request.tools:
        if used:
            raise Unsupported("Bedrock needs the tools that the conversation has used.", param="tools")
        if choice and choice.mode != "auto":
            raise Unsupported("Bedrock cannot choose a tool where there is none.", param="tool_choice")
        return None
    config: Block = {"tools": [_tool(tool) for tool in request.tools]}
    if choice:
        names = {"auto": "auto", "required": "any", "named": "tool"}
        config["toolChoice"] = {names[choice.mode]: {"name": choice.name} if choice.mode == "named" else {}}
    return config


def _tool(tool: Tool) -> Block:
    said: Block = {"name": tool.name, "inputSchema": {"json": dict(tool.parameters) or {"type": "object"}}}
    if tool.description:
        said["description"] = tool.description
    if tool.strict:
        said["strict"] = True
    return {"toolSpec": said}


def _output_config(request: ChatRequest) -> Block | None:
    wanted = request.response_format
    if wanted is None:
        return None
    if wanted.kind != "json_schema" or wanted.schema is None:
        raise Unsupported("Bedrock takes a response format only with a JSON schema.", param="response_format")
    schema: Block = {"schema": json.dumps(wanted.schema)}
    if wanted.name:
        schema["name"] = wanted.name
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": schema}}}
