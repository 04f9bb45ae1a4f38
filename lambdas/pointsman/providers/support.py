"""What each provider makes of what a request can say: the table that the documentation shows and the tests hold it to.

`mapped` has a counterpart there, `emulated` comes about by other means, `dropped` is left away, as it has no place
there and the conversation does without, `refused` is an error that names the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pointsman.providers import hints
from pointsman.providers.registry import ANTHROPIC, BEDROCK, VENDORS, Vendor


class How(StrEnum):
    MAPPED = "mapped"
    EMULATED = "emulated"
    DROPPED = "dropped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Support:
    how: How
    note: str = ""


Table = Mapping[str, Support]
MAPPED, DROPPED, REFUSED = Support(How.MAPPED), Support(How.DROPPED), Support(How.REFUSED)

_EVERYWHERE: Table = {
    "tools": MAPPED,
    "tools.strict": MAPPED,
    "tool_choice": MAPPED,
    "response_format.json_schema": MAPPED,
    "max_tokens": MAPPED,
    "temperature": MAPPED,
    "top_p": MAPPED,
    "stop": MAPPED,
    "messages.image": MAPPED,
    "messages.image_detail": Support(How.EMULATED, "`high` is how every image is seen; others refused"),
    "messages.name": DROPPED,
    "n": REFUSED,
    "seed": DROPPED,
    "extras.hints": DROPPED,
    "messages.signed_call": REFUSED,
}
_CLAUDE = "Claude 4.7 and later take no sampling parameters; 4.1 and later not both `temperature` and `top_p`"
_TOLD = Support(How.EMULATED, "an instruction behind the system messages")
_THINKING = "an effort from Claude 4.6 on, a budget before 4.7; what stands in for an effort before is a budget"

ANTHROPIC_SUPPORT: Table = {
    **_EVERYWHERE,
    "max_tokens": Support(How.MAPPED, "the model's most where the request leaves it open"),
    "temperature": Support(How.MAPPED, _CLAUDE),
    "top_p": Support(How.MAPPED, _CLAUDE),
    "top_k": Support(How.MAPPED, _CLAUDE),
    "tool_choice.none": MAPPED,
    "parallel_tool_calls": MAPPED,
    "response_format.json_object": _TOLD,
    "logprobs": REFUSED,
    "reasoning.effort": Support(How.MAPPED, _THINKING),
    "reasoning.budget": Support(How.MAPPED, _THINKING),
    "reasoning.off": MAPPED,
    "service_tier": Support(How.MAPPED, "`auto`, and `default` as `standard_only`"),
    "user": MAPPED,
    "metadata": DROPPED,
    "messages.image_url": MAPPED,
    "messages.pdf": MAPPED,
    "messages.text_document": MAPPED,
    "messages.document_url": Support(How.MAPPED, "PDFs"),
    "messages.signed_thoughts": MAPPED,
    "messages.unsigned_thoughts": DROPPED,
    "messages.tool_error": MAPPED,
    "cache": MAPPED,
    "extras": Support(How.MAPPED, "those of the Anthropic dialect"),
}

BEDROCK_SUPPORT: Table = {
    **_EVERYWHERE,
    "temperature": Support(How.MAPPED, _CLAUDE),
    "top_p": Support(How.MAPPED, _CLAUDE),
    "top_k": Support(How.MAPPED, "Claude up to 4.6, Nova"),
    "tool_choice.none": Support(How.EMULATED, "the tools are left away; refused once the conversation has used one"),
    "parallel_tool_calls": Support(How.MAPPED, "Claude from 4.5 on"),
    "response_format.json_object": _TOLD,
    "logprobs": REFUSED,
    "reasoning.effort": Support(How.MAPPED, f"Claude: {_THINKING}; Nova 2; gpt-oss"),
    "reasoning.budget": Support(How.MAPPED, "Claude before 4.7"),
    "reasoning.off": Support(How.MAPPED, "Claude, Nova 2"),
    "service_tier": Support(How.MAPPED, "`default`, `flex`, `priority`, `reserved`"),
    "user": Support(How.EMULATED, "as request metadata, in the invocation log"),
    "metadata": Support(How.MAPPED, "as request metadata, in the invocation log"),
    "messages.image_url": REFUSED,
    "messages.pdf": Support(How.MAPPED, "beside a text"),
    "messages.text_document": Support(How.MAPPED, "beside a text"),
    "messages.document_url": REFUSED,
    "messages.signed_thoughts": Support(How.MAPPED, "Claude's, by Claude"),
    "messages.unsigned_thoughts": Support(How.DROPPED, "mapped for models that sign nothing"),
    "messages.tool_error": MAPPED,
    "cache": Support(How.MAPPED, "as a `cachePoint`"),
    "extras": REFUSED,
}


def vendor_support(vendor: Vendor) -> Table:
    """Read off the vendor's row."""

    def taken(field: str) -> Support:
        name = vendor.takes.get(field)
        if name is None:
            return DROPPED if field in hints.FIELDS else REFUSED
        return Support(How.MAPPED, "" if name == field else f"as `{name}`")

    cache = Support(How.EMULATED, "the vendor caches by itself, the marker is left away")
    return {
        **_EVERYWHERE,
        "top_k": taken("top_k"),
        "tool_choice.none": MAPPED,
        "parallel_tool_calls": MAPPED,
        "response_format.json_object": MAPPED,
        "n": taken("n"),
        "seed": taken("seed"),
        "logprobs": taken("logprobs"),
        "reasoning.effort": taken("reasoning"),
        "reasoning.budget": REFUSED,
        "reasoning.off": MAPPED if vendor.thinking_off else REFUSED,
        "service_tier": Support(How.MAPPED, ", ".join(f"`{tier}`" for tier in sorted(vendor.service_tiers)))
        if vendor.service_tiers
        else REFUSED,
        "user": taken("user"),
        "metadata": taken("metadata"),
        "messages.image_url": MAPPED,
        "messages.image_detail": taken("detail"),
        "messages.name": taken("name"),
        "messages.pdf": MAPPED if vendor.documents else REFUSED,
        "messages.text_document": Support(How.EMULATED, "as text"),
        "messages.document_url": REFUSED,
        "messages.signed_thoughts": REFUSED,
        "messages.unsigned_thoughts": Support(How.MAPPED, f"as `{vendor.thoughts}`") if vendor.thoughts else DROPPED,
        "messages.signed_call": Support(How.MAPPED, "Gemini's, by Gemini") if vendor.name == "gemini" else REFUSED,
        "messages.tool_error": Support(How.EMULATED, "the text says that the tool failed"),
        "cache": Support(How.MAPPED, "on texts, images and documents") if vendor.cache_markers else cache,
        "extras": Support(How.MAPPED, "those of OpenAI's Chat Completions dialect"),
        "extras.hints": _hints(vendor),
    }


def _hints(vendor: Vendor) -> Support:
    known = hints.EXTRAS & vendor.takes.keys()
    note = "" if known == hints.EXTRAS else ", ".join(f"`{name}`" for name in sorted(known))
    return Support(How.MAPPED, note) if known else DROPPED


SUPPORT: Mapping[str, Table] = {
    BEDROCK: BEDROCK_SUPPORT,
    ANTHROPIC.name: ANTHROPIC_SUPPORT,
    **{name: vendor_support(vendor) for name, vendor in VENDORS.items()},
}
"""By provider, then by what is said: the fields of `ChatRequest`, `messages.…` for what stands in a message, and
`cache` for the markers wherever they stand."""
