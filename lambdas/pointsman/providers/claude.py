"""What the versions of Claude can be told: sampling, and how much to think. It is the same at Anthropic and Bedrock."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pointsman.domain import ChatRequest, Json, Model, Reasoning
from pointsman.errors import Unsupported

_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?")

_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
_BUDGETS = {"low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 32_768, "max": 32_768}
"""What stands in for an effort where only budgets are known, in tokens."""
LEAST_BUDGET = 1_024


@dataclass(frozen=True, slots=True)
class Thinking:
    """`config` is the `thinking` of Anthropic's Messages API, `effort` that of its `output_config`."""

    config: dict[str, Json] | None = None
    effort: str | None = None

    @property
    def on(self) -> bool:
        return self.config is not None and self.config["type"] != "disabled"


def version(model: Model) -> tuple[int, int] | None:
    """Major and minor, as `claude-sonnet-4-6` and `claude-3-5-haiku-20241022` name them; `None` where none is named."""
    found = _VERSION.search(model.base_model or model.model_id)
    return (int(found[1]), int(found[2] or 0)) if found else None


def settled(request: ChatRequest) -> ChatRequest:
    """Without a temperature and a `top_p` of 1, which is what goes without saying: some versions refuse to hear it."""
    temperature, top_p = (None if value == 1 else value for value in (request.temperature, request.top_p))
    return replace(request, temperature=temperature, top_p=top_p)


def check_sampling(model: Model, request: ChatRequest) -> None:
    """Raises `Unsupported` for what this version of Claude refuses; one not known is left to the vendor."""
    known = version(model)
    for name in ("temperature", "top_p", "top_k"):
        if getattr(request, name) is not None and known and known >= (4, 7):
            raise Unsupported("This version of Claude takes no sampling parameters.", param=name)
    if known and known >= (4, 1) and request.temperature is not None and request.top_p is not None:
        raise Unsupported("This version of Claude takes a temperature or `top_p`, not both.", param="top_p")
    if request.temperature is not None and request.temperature > 1:
        raise Unsupported("Claude takes a temperature of at most 1.", param="temperature")


def thinking(model: Model, request: ChatRequest, max_tokens: int) -> Thinking:
    """How to ask for the thinking wanted: by effort from 4.6 on, by a budget before 4.7."""
    wanted = request.reasoning
    if wanted is None:
        return Thinking()
    known = version(model) or (99, 0)
    off = wanted.off or wanted.effort == "none"
    effort = _effort(None if wanted.effort == "none" else wanted.effort)
    if off or (request.dialect == "anthropic" and wanted == Reasoning(effort=wanted.effort) and effort):
        if effort and known < (4, 6):
            raise Unsupported("This version of Claude takes no effort.", param="reasoning")
        return Thinking({"type": "disabled"} if off and known >= (3, 7) else None, effort)
    if known < (3, 7):
        raise Unsupported("This version of Claude does not think.", param="reasoning")
    config: dict[str, Json]
    if wanted.budget is not None:
        if known >= (4, 7):
            raise Unsupported("This version of Claude takes an effort, no budget of tokens.", param="reasoning")
        config = {"type": "enabled", "budget_tokens": _fitting(wanted.budget, max_tokens)}
        effort = effort if known >= (4, 6) else None
    elif known >= (4, 6):
        config = {"type": "adaptive"}
    else:
        budget = min(_BUDGETS[effort or "medium"], max(LEAST_BUDGET, max_tokens // 2))
        config, effort = {"type": "enabled", "budget_tokens": _fitting(budget, max_tokens)}, None
    if wanted.visible is not None and known >= (4, 6):
        config["display"] = "summarized" if wanted.visible else "omitted"
    elif wanted.visible is False:
        raise Unsupported("This version of Claude does not hide its thoughts.", param="reasoning")
    _check_company(request)
    return Thinking(config, effort)


def _effort(word: str | None) -> str | None:
    if word is not None and word not in _EFFORTS:
        raise Unsupported(f"Claude knows the efforts {', '.join(_EFFORTS)}.", param="reasoning")
    return word and _EFFORTS[word]


def _fitting(budget: int, max_tokens: int) -> int:
    if not LEAST_BUDGET <= budget < max_tokens:
        raise Unsupported(
            f"A thinking budget must be at least {LEAST_BUDGET} tokens and less than the answer's most.",
            param="reasoning",
        )
    return budget


def _check_company(request: ChatRequest) -> None:
    """What Claude refuses beside thinking."""
    if request.temperature not in (None, 1):
        raise Unsupported("Claude takes no temperature but 1 while it thinks.", param="temperature")
    if request.top_k is not None:
        raise Unsupported("Claude takes no `top_k` while it thinks.", param="top_k")
    if request.tool_choice and request.tool_choice.mode in ("required", "named"):
        raise Unsupported("Claude cannot be made to call a tool while it thinks.", param="tool_choice")
