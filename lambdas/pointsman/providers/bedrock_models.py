"""What Converse leaves to each family of models: how much to think, and `top_k`."""

from __future__ import annotations

from dataclasses import dataclass, field

from pointsman.domain import ChatRequest, Json, Model
from pointsman.errors import Unsupported
from pointsman.providers import claude

_EFFORTS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Settings:
    """`fields` go to the model as they are; `asks` are the fields of its own that the answer should tell; `max_tokens`
    must be said where the caller left it open."""

    fields: dict[str, Json] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    effort: str | None = None
    max_tokens: int | None = None


def settled(model: Model, request: ChatRequest) -> ChatRequest:
    """Without what goes without saying to this model."""
    return claude.settled(request) if _is_claude(model) else request


def settings(model: Model, request: ChatRequest) -> Settings:
    if _is_claude(model):
        return _claude(model, request)
    known = model.base_model or model.model_id
    if _one_call_at_once(request):
        raise Unsupported("This model of Bedrock cannot be kept from parallel tool calls.", param="parallel_tool_calls")
    fields: dict[str, Json] = {}
    if request.top_k is not None:
        if "amazon.nova" not in known:
            raise Unsupported("This model of Bedrock takes no `top_k`.", param="top_k")
        fields["inferenceConfig"] = {"topK": request.top_k}
    return Settings(fields | _reasoning(known, request))


def _is_claude(model: Model) -> bool:
    return "claude" in (model.base_model or model.model_id)


def _one_call_at_once(request: ChatRequest) -> bool:
    return request.parallel_tool_calls is False and bool(request.tools)


def _claude(model: Model, request: ChatRequest) -> Settings:
    claude.check_sampling(model, request)
    thinking = claude.thinking(model, request, request.max_tokens or model.max_output)
    fields: dict[str, Json] = {"thinking": thinking.config} if thinking.config else {}
    if request.top_k is not None:
        fields["top_k"] = request.top_k
    if _one_call_at_once(request):
        if (claude.version(model) or (0, 0)) < (4, 5):
            raise Unsupported("This version of Claude cannot be kept from it on Bedrock.", param="parallel_tool_calls")
        # Converse takes a type here only where its own `toolChoice` says nothing.
        fields["tool_choice"] = {"disable_parallel_tool_use": True} | ({} if request.tool_choice else {"type": "auto"})
    return Settings(
        fields,
        asks=("/stop_sequence",) if request.stop else (),
        effort=thinking.effort,
        max_tokens=model.max_output if thinking.on else None,
    )


def _reasoning(known: str, request: ChatRequest) -> dict[str, Json]:
    wanted = request.reasoning
    if wanted is None:
        return {}
    off = wanted.off or wanted.effort == "none"
    effort = {"minimal": "low"}.get(wanted.effort or "", wanted.effort or "medium")
    if wanted.budget is None and wanted.visible is None and (off or effort in _EFFORTS):
        if "amazon.nova-2" in known:
            config = {"type": "disabled"} if off else {"type": "enabled", "maxReasoningEffort": effort}
            return {"reasoningConfig": config}
        if "openai.gpt-oss" in known and not off:
            return {"reasoning_effort": effort}
    raise Unsupported("This model of Bedrock cannot be told to think so.", param="reasoning")
