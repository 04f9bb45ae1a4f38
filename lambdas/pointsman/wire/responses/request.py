"""A Responses request → `ChatRequest`, or an error that names the field and echoes nothing of the prompt."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import ChatRequest, Json, Message, Reasoning, ResponseFormat, Text, Tool, ToolChoice
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.fields import NOT_HERE, Harmless, cache_ttl, check_distinct, described, extras, read
from pointsman.wire.responses.items import conversation
from pointsman.wire.responses.schema import TextFormat, WireReasoning, WireRequest, WireTool

STATELESS: Harmless = {
    "background": (False,),
    "conversation": (),
    "previous_response_id": (),
    "prompt": (),
    "store": (False,),
    "truncation": ("disabled",),
}
"""Nothing is kept between two requests; the values that ask for nothing."""
KEPT = {"prompt_cache_key", "prompt_cache_retention"}
"""What OpenAI's Chat Completions, which its models are asked by, calls the same."""


def parse_request(body: Mapping[str, Json]) -> ChatRequest:
    """The request in `body`. Of the fields that `ChatRequest` lacks, its `extras` hold those that Chat Completions has
    too; `null` means "not set".

    Raises `RequestError` (`Unsupported` among them) with `param` as a path, such as `input[1].content[0].type`.
    """
    wire = read(WireRequest, body)
    choice, tools = _tool_choice(wire)
    told = wire.instructions
    system = (Message("system", (Text(told),), places=("instructions",)),) if told else ()
    format = wire.text.format if wire.text else None
    return ChatRequest(
        model=wire.model,
        messages=(*system, *_messages(wire)),
        dialect="responses",
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=wire.parallel_tool_calls,
        response_format=_response_format(format),
        max_tokens=wire.max_output_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        logprobs=_logprobs(wire),
        reasoning=_reasoning(wire.reasoning),
        service_tier=wire.service_tier,
        user=wire.safety_identifier or wire.user,
        metadata=wire.metadata or {},
        stream=bool(wire.stream),
        include_usage=True,
        extras=_extras(wire),
    )


def _messages(wire: WireRequest) -> tuple[Message, ...]:
    messages = tuple(conversation(wire.input))
    if not messages:
        raise RequestError("The input says nothing.", param="input")
    return messages


def _tool_choice(wire: WireRequest) -> tuple[ToolChoice | None, tuple[Tool, ...]]:
    """Where only some tools are allowed, the others are not offered."""
    tools = _tools(wire.tools or [])
    choice = wire.tool_choice
    if choice is None:
        return None, tools
    names = {tool.name for tool in tools}
    if choice.type == "allowed_tools":
        allowed = {tool.name for tool in choice.tools or ()}
        if not allowed or not allowed <= names:
            raise RequestError("Must be some of the tools.", param="tool_choice.tools")
        return ToolChoice(choice.mode or "auto"), tuple(tool for tool in tools if tool.name in allowed)
    if choice.type == "function":
        if choice.name not in names:
            raise RequestError("The function is not among the tools.", param="tool_choice.name")
        return ToolChoice("named", choice.name), tools
    if not tools:
        if choice.type == "required":
            raise RequestError("A tool is required but there are no tools.", param="tool_choice")
        return None, tools
    return ToolChoice(choice.type), tools


def _tools(tools: list[WireTool]) -> tuple[Tool, ...]:
    for index, tool in enumerate(tools):
        if tool.type != "function":
            raise Unsupported("Only function tools are supported.", param=f"tools[{index}].type")
        if tool.name is None:
            raise RequestError("This field is required.", param=f"tools[{index}].name")
    check_distinct((tool.name or "" for tool in tools), "tools[%d].name")
    return tuple(
        Tool(
            tool.name or "",
            tool.description,
            tool.parameters or {"type": "object", "properties": {}},
            tool.strict,
            cache_ttl(tool.cache_control),
        )
        for tool in tools
    )


def _response_format(format: TextFormat | None) -> ResponseFormat | None:
    if format is None or format.type == "text":
        return None
    if format.type == "json_object":
        return ResponseFormat("json_object")
    for name, value in (("name", format.name), ("schema", format.schema_)):
        if value is None:
            raise RequestError("This field is required.", param=f"text.format.{name}")
    return ResponseFormat("json_schema", format.name, described(format.schema_, format.description), format.strict)


def _logprobs(wire: WireRequest) -> int | None:
    if "message.output_text.logprobs" in (wire.include or ()):
        return wire.top_logprobs or 0
    return wire.top_logprobs or None


def _reasoning(wanted: WireReasoning | None) -> Reasoning | None:
    if wanted is None:
        return None
    visible = True if wanted.summary or wanted.generate_summary else None
    if wanted.effort == "none":
        return Reasoning(off=True)
    return Reasoning(wanted.effort, visible=visible) if wanted.effort or visible else None


def _extras(wire: WireRequest) -> dict[str, Json]:
    kept = extras(wire.model_extra or {}, STATELESS, {})
    for name in kept:
        if name not in STATELESS and name not in KEPT:
            raise Unsupported(NOT_HERE, param=name[:64])
    found = {name: value for name, value in kept.items() if name in KEPT}
    if wire.text and wire.text.verbosity:
        found["verbosity"] = wire.text.verbosity
    return found
