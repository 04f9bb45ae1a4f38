"""A Chat Completions request → `ChatRequest`, or an error that names the field and echoes nothing of the prompt."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import ChatRequest, Json, ResponseFormat, Tool, ToolChoice
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.fields import check_distinct, extras, read
from pointsman.wire.openai.messages import messages
from pointsman.wire.openai.schema import WireRequest, WireResponseFormat, WireTool

ONLY: Mapping[str, tuple[Json, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "functions": ([],),
    "function_call": (),
}
"""Fields whose effect on the answer could not be carried back, with the values that change nothing."""


def parse_request(body: Mapping[str, Json]) -> ChatRequest:
    """The request in `body`. A field that `ChatRequest` lacks goes to its `extras`; `null` means "not set".

    Raises `RequestError` (`Unsupported` among them) with `param` as a path, such as
    `messages[1].content[0].type`.
    """
    wire = read(WireRequest, body)
    if wire.max_tokens and wire.max_completion_tokens:
        raise RequestError("Set either max_tokens or max_completion_tokens, not both.", param="max_tokens")
    return ChatRequest(
        model=wire.model,
        messages=messages(wire.messages),
        tools=_tools(wire.tools or []),
        tool_choice=_tool_choice(wire),
        parallel_tool_calls=wire.parallel_tool_calls,
        response_format=_response_format(wire.response_format),
        max_tokens=wire.max_completion_tokens or wire.max_tokens,
        temperature=wire.temperature,
        top_p=wire.top_p,
        stop=tuple(wire.stop or ()),
        stream=bool(wire.stream),
        include_usage=_include_usage(wire),
        extras=extras(wire.model_extra or {}, ONLY),
    )


def _tools(tools: list[WireTool]) -> tuple[Tool, ...]:
    check_distinct((tool.function.name for tool in tools), "tools[%d].function.name")
    return tuple(
        Tool(f.name, f.description, f.parameters or {"type": "object", "properties": {}}, f.strict)
        for f in (tool.function for tool in tools)
    )


def _tool_choice(wire: WireRequest) -> ToolChoice | None:
    choice = wire.tool_choice
    if choice is None:
        return None
    if choice.type != "function":
        if wire.tools:
            return ToolChoice(choice.type)
        if choice.type == "required":
            raise RequestError("A tool is required but there are no tools.", param="tool_choice")
        return None
    name = choice.function.name if choice.function else None
    if name not in {tool.function.name for tool in wire.tools or []}:
        raise RequestError("The function is not among the tools.", param="tool_choice.function.name")
    return ToolChoice("named", name)


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
    if spec.description:
        raise Unsupported(
            "Write the description into the schema itself.", param="response_format.json_schema.description"
        )
    return ResponseFormat("json_schema", spec.name, spec.schema_, spec.strict)


def _include_usage(wire: WireRequest) -> bool:
    options = wire.stream_options
    if options is None:
        return False
    if not wire.stream:
        raise RequestError("Only a request with stream: true may have stream_options.", param="stream_options")
    if options.include_obfuscation:
        raise Unsupported("Streams are not obfuscated.", param="stream_options.include_obfuscation")
    return bool(options.include_usage)
