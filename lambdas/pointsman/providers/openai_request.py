"""`ChatRequest` to the JSON body of OpenAI's `POST /chat/completions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pointsman.domain import ChatRequest, Json, Model, ResponseFormat, Tool, ToolChoice
from pointsman.errors import Unsupported
from pointsman.providers import hints
from pointsman.providers.openai_messages import messages
from pointsman.providers.registry import Vendor

_UNANSWERABLE: Mapping[str, tuple[Json, ...]] = {
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "modalities": (None, ["text"]),
    "audio": (None,),
}
"""Extras whose answer a `Completion` has no place for, with the values that ask for nothing."""


def request_body(vendor: Vendor, model: Model, request: ChatRequest, *, stream: bool) -> dict[str, Json]:
    """Raises `Unsupported` naming the field that cannot be said in this dialect, or to this vendor."""
    extras = _extras(vendor, request)
    optional = {
        vendor.max_tokens: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tool_calls,
        "response_format": _response_format(request.response_format),
        "stream": stream or None,
        "stream_options": {"include_usage": True} if stream and vendor.usage_on_request else None,
        **dict(_vendors_own(vendor, model, request)),
    }
    return {
        **extras,
        "model": model.model_id,
        "messages": messages(vendor, model, request.messages),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _extras(vendor: Vendor, request: ChatRequest) -> dict[str, Json]:
    """Hints only for a vendor that knows them: some refuse what they do not know."""
    for name, value in request.extras.items():
        if request.dialect not in {"openai", "responses"} or value not in _UNANSWERABLE.get(name, (value,)):
            raise Unsupported(f"`{name}` is not supported.", param=name)
    taken = {name: request.extras[name] for name in request.extras.keys() & hints.EXTRAS & vendor.takes.keys()}
    return hints.demands(request.extras) | taken


def _vendors_own(vendor: Vendor, model: Model, request: ChatRequest) -> Iterator[tuple[str, Json]]:
    """The fields that some vendors know and others do not."""
    hinted = {"seed": request.seed, "user": request.user, "metadata": dict(request.metadata) or None}
    for name, value in hinted.items():
        if value is not None and name in vendor.takes:
            yield vendor.takes[name], value
    if request.top_k is not None:
        yield _name(vendor, "top_k"), request.top_k
    if request.n > 1:
        yield _name(vendor, "n"), request.n
    if request.logprobs is not None:
        yield _name(vendor, "logprobs"), True
        if request.logprobs:
            yield "top_logprobs", request.logprobs
    tier = model.service_tier if request.service_tier in (None, "auto") else request.service_tier
    if tier is not None:
        yield "service_tier", _service_tier(vendor, tier)
    if request.reasoning is not None:
        yield from _reasoning(vendor, request)


def _name(vendor: Vendor, field: str) -> str:
    try:
        return vendor.takes[field]
    except KeyError:
        raise Unsupported(f"The provider {vendor.name} takes no `{field}`.", param=field) from None


def _service_tier(vendor: Vendor, tier: str) -> str:
    """What Anthropic calls `standard_only` is the default here."""
    wanted = "default" if tier == "standard_only" else tier
    if wanted not in vendor.service_tiers:
        raise Unsupported(f"The provider {vendor.name} does not know this service tier.", param="service_tier")
    return wanted


def _reasoning(vendor: Vendor, request: ChatRequest) -> Iterator[tuple[str, Json]]:
    """As the model sees fit is what goes without saying."""
    wanted = request.reasoning
    assert wanted is not None
    if wanted.budget is not None:
        raise Unsupported("This provider takes an effort, no budget of tokens.", param="reasoning")
    if wanted.visible is not None and wanted.visible != (vendor.thoughts is not None):
        can = "hide" if vendor.thoughts else "show"
        raise Unsupported(f"The provider {vendor.name} does not {can} thoughts.", param="reasoning")
    off = wanted.off or wanted.effort == "none"
    if off and vendor.thinking_off is not None:
        yield from vendor.thinking_off.items()
    elif off or wanted.effort:
        if off:
            raise Unsupported(f"The provider {vendor.name} cannot be told not to think.", param="reasoning")
        yield _name(vendor, "reasoning"), wanted.effort


def _tool(tool: Tool) -> dict[str, Json]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": tool.strict,
    }
    return {"type": "function", "function": {name: value for name, value in function.items() if value is not None}}


def _tool_choice(choice: ToolChoice | None) -> Json:
    if choice is None or choice.mode != "named":
        return choice and choice.mode
    return {"type": "function", "function": {"name": choice.name}}


def _response_format(wanted: ResponseFormat | None) -> Json:
    if wanted is None or wanted.kind == "json_object":
        return wanted and {"type": "json_object"}
    schema = {"name": wanted.name or "answer", "schema": wanted.schema, "strict": wanted.strict}
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in schema.items() if value is not None},
    }
