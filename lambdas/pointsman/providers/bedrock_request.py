"""`ChatRequest` to the parameters of Bedrock's Converse and ConverseStream."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pointsman.domain import ChatRequest, Json, Model, Tool, ToolCall, ToolResult
from pointsman.errors import Unsupported
from pointsman.providers import bedrock_models
from pointsman.providers.bedrock_content import Block, conversation, marked
from pointsman.providers.bedrock_metadata import request_metadata
from pointsman.providers.hints import demands
from pointsman.providers.json_object import asked_for

_TIERS = {name: name for name in ("default", "flex", "priority", "reserved")} | {"standard_only": "default"}


def converse_parameters(model: Model, request: ChatRequest) -> dict[str, Any]:
    """Raises `Unsupported` naming the field that Converse has no counterpart for."""
    request = bedrock_models.settled(model, request)
    _refuse_unmappable(request)
    own = bedrock_models.settings(model, request)
    system, turns = conversation(model, request.messages)
    inference = {
        "maxTokens": request.max_tokens or own.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    parameters = {
        "modelId": model.profiles.get(request.tags.get("team", ""), model.model_id),
        "messages": turns,
        "system": system + [{"text": said} for said in asked_for(request)],
        "inferenceConfig": _given(inference),
        "toolConfig": _tool_config(request),
        "outputConfig": _given({"textFormat": _text_format(request), "effort": own.effort}),
        "additionalModelRequestFields": own.fields,
        "additionalModelResponseFieldPaths": own.asks,
        "requestMetadata": request_metadata(request),
        "guardrailConfig": _guardrail(model),
        "performanceConfig": {"latency": model.latency} if model.latency else None,
        "serviceTier": _service_tier(model, request),
    }
    return {name: value for name, value in parameters.items() if value}


def _given(values: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}


def _refuse_unmappable(request: ChatRequest) -> None:
    for name in demands(request.extras):
        raise Unsupported(f"`{name}` is not supported by Bedrock.", param=name)
    if request.logprobs is not None:
        raise Unsupported("`logprobs` is not supported by Bedrock.", param="logprobs")
    if request.n > 1:
        raise Unsupported("Bedrock gives one answer to a request.", param="n")
    if request.temperature is not None and request.temperature > 1:
        raise Unsupported("Bedrock takes a temperature of at most 1.", param="temperature")


def _guardrail(model: Model) -> Block | None:
    if model.guardrail is None:
        return None
    id, _, version = model.guardrail.rpartition(":")
    return {"guardrailIdentifier": id, "guardrailVersion": version}


def _service_tier(model: Model, request: ChatRequest) -> Block | None:
    wanted = model.service_tier if request.service_tier in (None, "auto") else request.service_tier
    if wanted is not None and wanted not in _TIERS:
        raise Unsupported(f"Bedrock knows the service tiers auto, {', '.join(_TIERS)}.", param="service_tier")
    return {"type": _TIERS[wanted]} if wanted else None


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
    config: Block = {"tools": list(_tools(request.tools))}
    if choice:
        names = {"auto": "auto", "required": "any", "named": "tool"}
        config["toolChoice"] = {names[choice.mode]: {"name": choice.name} if choice.mode == "named" else {}}
    return config


def _tools(tools: Iterable[Tool]) -> Iterable[Block]:
    for tool in tools:
        said: Block = {"name": tool.name, "inputSchema": {"json": {"type": "object", **tool.parameters}}}
        if tool.description:
            said["description"] = tool.description
        if tool.strict:
            said["strict"] = True
        yield from marked({"toolSpec": said}, tool.cache)


def _text_format(request: ChatRequest) -> Block | None:
    wanted = request.response_format
    if wanted is None or wanted.schema is None:
        return None
    schema: Block = {"schema": json.dumps(wanted.schema)}
    if wanted.name:
        schema["name"] = wanted.name
    return {"type": "json_schema", "structure": {"jsonSchema": schema}}
