"""A Chat Completions request → `ChatRequest`, or an error that names the field and echoes nothing of the prompt."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import ChatRequest, Json, Reasoning, ResponseFormat, Tool, ToolChoice
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.fields import Harmless, cache_ttl, check_distinct, described, extras, read
from pointsman.wire.openai.messages import messages
from pointsman.wire.openai.schema import WireRequest, WireResponseFormat, WireTool

ONLY: Harmless = {
    "modalities": (["text"],),
    "audio": (),
    "functions": ([],),
    "function_call": (),
    "web_search_options": (),
    "moderation": (),
}
"""Fields whose effect on the answer could not be carried back, with the values that change nothing."""
IDLE: Harmless = {
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "store": (False,),
}
"""What clients write out although it is how things are anyway; every other value is an extra."""


def parse_request(body: Mapping[str, Json]) -> ChatRequest:
    """The request in `body`. A field that `ChatRequest` lacks goes to its `extras`; `null` means "not set".

    Raises `RequestError` (`Unsupported` among them) with `param` as a path, such as
    `messages[1].content[0].type`.
    """
    wire = read(WireRequest, body)
    if wire.max_tokens and wire.max_completion_tokens:
        raise RequestError("Set either max_tokens or max_completion_tokens, not both.", param="max_tokens")
    choice, tools = _tool_choice(wire)
    return ChatRequest(
        model=wire.model,
        messages=messages(wire.messages),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=wire.parallel_tool_calls,
        response_format=_response_format(wire.response_format),
        n=wire.n or 1,
        max_tokens=wire.max_completion_tokens or wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        top_k=wire.top_k,
        seed=wire.seed,
        logprobs=_logprobs(wire),
        reasoning=_reasoning(wire),
        service_tier=wire.service_tier,
        user=wire.safety_identifier or wire.user,
        metadata=wire.metadata or {},
        stop=tuple(wire.stop or ()),
        stream=bool(wire.stream),
        include_usage=_include_usage(wire),
        extras=extras(wire.model_extra or {}, ONLY, IDLE),
    )


def _tools(tools: list[WireTool]) -> tuple[Tool, ...]:
    check_distinct((tool.function.name for tool in tools), "tools[%d].function.name")
    return tuple(
        Tool(
            tool.function.name,
            tool.function.description,
            tool.function.parameters or {"type": "object", "properties": {}},
            tool.function.strict,
            cache_ttl(tool.cache_control or tool.function.cache_control),
        )
        for tool in tools
    )


def _tool_choice(wire: WireRequest) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """Where only some tools are allowed, the others are not offered."""
    tools, choice = _tools(wire.tools or []), wire.tool_choice
    names = {tool.name for tool in tools}
    if choice is None:
        return None, tools
    if choice.type == "allowed_tools":
        allowed = {tool.function.name for tool in choice.allowed_tools.tools} if choice.allowed_tools else set()
        if not choice.allowed_tools or not allowed <= names:
            raise RequestError("Must be some of the tools.", param="tool_choice.allowed_tools")
        return ToolChoice(choice.allowed_tools.mode), tuple(tool for tool in tools if tool.name in allowed)
    if choice.type == "function":
        name = choice.function.name if choice.function else None
        if name not in names:
            raise RequestError("The function is not among the tools.", param="tool_choice.function.name")
        return ToolChoice("named", name), tools
    if not tools:
        if choice.type == "required":
            raise RequestError("A tool is required but there are no tools.", param="tool_choice")
        return None, tools
    return ToolChoice(choice.type), tools


def _logprobs(wire: WireRequest) -> int | None:
    if wire.logprobs:
        return wire.top_logprobs or 0
    if wire.top_logprobs:
        raise RequestError("Only a request with logprobs: true may have top_logprobs.", param="top_logprobs")
    return None


def _reasoning(wire: WireRequest) -> Reasoning | None:
    effort, thinking = wire.reasoning_effort, wire.thinking
    if thinking is None:
        return Reasoning(off=True) if effort == "none" else (Reasoning(effort) if effort else None)
    if (thinking.budget_tokens is None) == (thinking.type == "enabled"):
        raise RequestError("A budget stands beside the type enabled, and only there.", param="thinking.budget_tokens")
    return Reasoning(effort, thinking.budget_tokens, off=thinking.type == "disabled")


def _response_format(wire: WireResponseFormat | None) -> ResponseFormat | None:
    if wire is None or wire.type == "text":
        return None
    if wire.type == "json_object":
        return ResponseFormat("json_object")
    spec = wire.json_schema
    if spec is None:
        raise RequestError("This field is required.", param="response_format.json_schema")
    if spec.schema_ is None:
        raise RequestError("This field is required.", param="response_format.json_schema.schema")
    return ResponseFormat("json_schema", spec.name, described(spec.schema_, spec.description), spec.strict)


def _include_usage(wire: WireRequest) -> bool:
    options = wire.stream_options
    if options is None:
        return False
    if not wire.stream:
        raise RequestError("Only a request with stream: true may have stream_options.", param="stream_options")
    if options.include_obfuscation:
        raise Unsupported("Streams are not obfuscated.", param="stream_options.include_obfuscation")
    return bool(options.include_usage)
