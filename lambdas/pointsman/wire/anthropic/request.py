"""A Messages request → `ChatRequest`, or an error that names the field and echoes nothing of the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pointsman.domain import (
    CacheTtl,
    ChatRequest,
    Json,
    Message,
    Reasoning,
    ResponseFormat,
    Thinking,
    Tool,
    ToolChoice,
)
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.anthropic.messages import conversation
from pointsman.wire.anthropic.schema import CountRequest, OutputConfig, WireRequest, WireTool
from pointsman.wire.fields import Harmless, cache_ttl, check_distinct, extras, read

ONLY: Harmless = {
    "container": (),
    "diagnostics": (),
    "mcp_servers": ([],),
    "speed": ("standard",),
}
"""Fields whose effect on the answer could not be carried back, with the values that change nothing."""

_CHOICES: Mapping[str, Literal["auto", "required", "none", "named"]] = {
    "auto": "auto",
    "any": "required",
    "none": "none",
    "tool": "named",
}


def parse_request(body: Mapping[str, Json]) -> ChatRequest:
    """The request in `body`. A field that `ChatRequest` lacks goes to its `extras`; `null` means "not set".

    Raises `RequestError` (`Unsupported` among them) with `param` as a path, such as `messages[1].content[0].type`.
    """
    wire = read(WireRequest, body)
    return replace(
        _prompt(wire),
        max_tokens=wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        service_tier=wire.service_tier,
        user=wire.metadata.user_id if wire.metadata else None,
        stop=tuple(wire.stop_sequences or ()),
        stream=bool(wire.stream),
        include_usage=True,
    )


def parse_count(body: Mapping[str, Json]) -> ChatRequest:
    """What `count_tokens` is asked about."""
    return _prompt(read(CountRequest, body))


def _prompt(wire: CountRequest) -> ChatRequest:
    choice = wire.tool_choice
    messages = conversation(wire)
    return ChatRequest(
        model=wire.model,
        messages=_marked(messages, cache_ttl(wire.cache_control)),
        dialect="anthropic",
        tools=_tools(wire.tools or []),
        tool_choice=_tool_choice(wire),
        parallel_tool_calls=False if choice and choice.disable_parallel_tool_use else None,
        response_format=_response_format(wire.output_config),
        reasoning=_reasoning(wire),
        extras=extras(wire.model_extra or {}, ONLY, {}),
    )


def _marked(messages: tuple[Message, ...], ttl: CacheTtl | None) -> tuple[Message, ...]:
    """A marker on the request stands for one on the last part that can carry it."""
    *before, last = messages
    *parts, part = last.parts
    if ttl is None or isinstance(part, Thinking) or part.cache:
        return messages
    return (*before, replace(last, parts=(*parts, replace(part, cache=ttl))))


def _tools(tools: list[WireTool]) -> tuple[Tool, ...]:
    check_distinct((tool.name for tool in tools), "tools[%d].name")
    found = []
    for index, tool in enumerate(tools):
        if tool.type not in {None, "custom"}:
            raise Unsupported("Only tools of the caller's own are supported.", param=f"tools[{index}].type")
        if tool.input_schema is None:
            raise RequestError("This field is required.", param=f"tools[{index}].input_schema")
        found.append(Tool(tool.name, tool.description, tool.input_schema, tool.strict, cache_ttl(tool.cache_control)))
    return tuple(found)


def _tool_choice(wire: CountRequest) -> ToolChoice | None:
    choice = wire.tool_choice
    if choice is None:
        return None
    if (choice.name is None) == (choice.type == "tool"):
        raise RequestError("A name stands beside the type tool, and only there.", param="tool_choice.name")
    names = {tool.name for tool in wire.tools or []}
    if choice.type == "tool" and choice.name not in names:
        raise RequestError("The tool is not among the tools.", param="tool_choice.name")
    if not names:
        if choice.type == "any":
            raise RequestError("A tool is required but there are no tools.", param="tool_choice")
        return None
    return ToolChoice(_CHOICES[choice.type], choice.name)


def _response_format(config: OutputConfig | None) -> ResponseFormat | None:
    return ResponseFormat("json_schema", schema=config.format.schema_) if config and config.format else None


def _reasoning(wire: CountRequest) -> Reasoning | None:
    thinking, effort = wire.thinking, wire.output_config.effort if wire.output_config else None
    if thinking is None:
        return Reasoning(effort=effort) if effort else None
    if (thinking.budget_tokens is None) == (thinking.type == "enabled"):
        raise RequestError("A budget stands beside the type enabled, and only there.", param="thinking.budget_tokens")
    visible = {"summarized": True, "omitted": False}.get(thinking.display or "")
    off, adaptive = thinking.type == "disabled", thinking.type == "adaptive"
    return Reasoning(effort, thinking.budget_tokens, off=off, visible=visible, adaptive=adaptive)
