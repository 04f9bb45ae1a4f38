"""The vendors reached over HTTP, as data: a new one that speaks OpenAI's chat completions is a new row.

Base URLs and parameter names are those of the vendors' own references; a quirk says why it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman.domain import Json
from pointsman.errors import UpstreamKind
from pointsman.providers import hints
from pointsman.providers.failures import Rule, rule

BEDROCK = "bedrock"


@dataclass(frozen=True, slots=True)
class Service:
    """`base_url` is `None` where only the model's `endpoint` can say it. `failures` come before the common table."""

    name: str
    base_url: str | None
    path: str = "/chat/completions"
    needs_key: bool = True
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Vendor(Service):
    """One that speaks OpenAI's chat completions.

    `usage_on_request`: a stream reports usage only if `stream_options` asks for it.
    `counts_all`: it counts the tokens of all choices, not those of one.
    `thinking_apart`: `completion_tokens` leaves out the reasoning, which only `total_tokens` then holds.
    `takes`: the fields of `ChatRequest`, and of what stands in it, that not every vendor knows, by the vendor's name
    for them; of the others, hints are left away (`hints.py`) and the rest is refused. `thinking_off`: what keeps it
    from thinking. `thoughts`: the field of a message that holds them, both ways.
    `documents`: PDFs as `file` parts. `cache_markers`: it knows Anthropic's `cache_control`. `tool_id`: the ids it
    takes.
    """

    max_tokens: str = "max_tokens"
    usage_on_request: bool = True
    counts_all: bool = True
    thinking_apart: bool = False
    takes: Mapping[str, str] = field(default_factory=dict)
    service_tiers: frozenset[str] = frozenset()
    thinking_off: Mapping[str, Json] | None = None
    thoughts: str | None = None
    documents: bool = False
    cache_markers: bool = False
    tool_id: re.Pattern[str] = re.compile(r".{1,40}")


_SAME = ("n", "logprobs", "detail", *sorted(hints.FIELDS | hints.EXTRAS))
_TAKES = {name: name for name in _SAME} | {"reasoning": "reasoning_effort"}
_OPENAI_TIERS = frozenset({"default", "flex", "scale", "priority"})
_NO_EFFORT = {"reasoning_effort": "none"}


def _some(*fields: str, **renamed: str) -> Mapping[str, str]:
    return {name: _TAKES.get(name, name) for name in fields} | renamed


ANTHROPIC = Service(
    "anthropic",
    "https://api.anthropic.com/v1",
    path="/messages",
    key_header="x-api-key",
    key_prefix="",
    # The version after this one refuses `temperature`, `top_p` and `top_k` for every model.
    headers={"anthropic-version": "2023-06-01"},
    failures=(
        rule(UpstreamKind.CONTENT_FILTERED, "400", "content filtering policy"),
        rule(UpstreamKind.AUTH, "400", "credit balance is too low"),
        rule(UpstreamKind.AUTH, "authentication_error permission_error billing_error"),
        rule(UpstreamKind.NOT_FOUND, "not_found_error"),
        rule(UpstreamKind.CONTEXT_TOO_LONG, "request_too_large"),
        rule(UpstreamKind.TIMEOUT, "timeout_error"),
    ),
)

_ROWS = (
    Vendor(
        "openai",
        "https://api.openai.com/v1",
        # `max_tokens` is deprecated there, and reasoning models refuse it.
        max_tokens="max_completion_tokens",
        takes=_TAKES,
        service_tiers=_OPENAI_TIERS,
        thinking_off=_NO_EFFORT,
        documents=True,
    ),
    # Its v1 surface, https://<resource>.openai.azure.com/openai/v1; `model_id` is the deployment's name.
    Vendor(
        "azure_openai",
        None,
        key_header="api-key",
        key_prefix="",
        max_tokens="max_completion_tokens",
        takes=_TAKES,
        service_tiers=_OPENAI_TIERS,
        thinking_off=_NO_EFFORT,
    ),
    Vendor(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        thinking_apart=True,
        takes=_some("reasoning"),
        thinking_off=_NO_EFFORT,
        # A wrong key is a 400 there.
        failures=(rule(UpstreamKind.AUTH, "400", "api key not valid", "api_key_invalid", "api key expired"),),
    ),
    Vendor(
        "groq",
        "https://api.groq.com/openai/v1",
        max_tokens="max_completion_tokens",
        takes=_some("seed", "user", "reasoning", "name", "detail"),
        service_tiers=frozenset({"on_demand", "flex", "performance"}),
        thinking_off=_NO_EFFORT,
        thoughts="reasoning",
        failures=(rule(UpstreamKind.NOT_FOUND, "model_decommissioned"), rule(UpstreamKind.OVERLOADED, "498")),
    ),
    Vendor(
        "mistral",
        "https://api.mistral.ai/v1",
        # It always reports usage, and answers 422 to `stream_options`.
        usage_on_request=False,
        takes=_some("n", "metadata", "detail", seed="random_seed"),
        tool_id=re.compile(r"[a-zA-Z0-9]{9}"),
    ),
    # In a tool loop it wants its thoughts back.
    Vendor(
        "deepseek",
        "https://api.deepseek.com",
        takes=_some("logprobs", "reasoning", "name"),
        thinking_off={"thinking": {"type": "disabled"}},
        thoughts="reasoning_content",
    ),
    Vendor("together", "https://api.together.xyz/v1", takes=_some("n", "seed", "top_k", "reasoning", "name")),
    Vendor(
        "xai",
        "https://api.x.ai/v1",
        thinking_apart=True,
        takes=_some("n", "seed", "logprobs", "user", "reasoning", "name", "detail"),
        thoughts="reasoning_content",
    ),
    Vendor(
        "openrouter",
        "https://openrouter.ai/api/v1",
        takes=_some("seed", "logprobs", "top_k", "user", "reasoning", "name", "detail", "verbosity"),
        thinking_off=_NO_EFFORT,
        thoughts="reasoning",
        documents=True,
        cache_markers=True,
    ),
    Vendor(
        "ollama",
        "http://127.0.0.1:11434/v1",
        needs_key=False,
        takes=_some("seed", "reasoning"),
        thinking_off=_NO_EFFORT,
        thoughts="reasoning",
    ),
    Vendor(
        "vllm",
        "http://127.0.0.1:8000/v1",
        needs_key=False,
        takes=_some("n", "seed", "logprobs", "top_k", "user", "reasoning", "name"),
        thoughts="reasoning_content",
    ),
    Vendor(
        "llama_cpp",
        "http://127.0.0.1:8080/v1",
        needs_key=False,
        counts_all=False,
        takes=_some("n", "seed", "logprobs", "top_k"),
        thoughts="reasoning_content",
    ),
    # Taken at its word: it gets whatever OpenAI takes.
    Vendor(
        "openai_compatible",
        None,
        needs_key=False,
        takes=_TAKES,
        service_tiers=_OPENAI_TIERS,
        thinking_off=_NO_EFFORT,
        thoughts="reasoning_content",
        documents=True,
    ),
)

VENDORS = {vendor.name: vendor for vendor in _ROWS}

PROVIDERS = frozenset({BEDROCK, ANTHROPIC.name, *VENDORS})
"""Every name that a model's `provider` may have."""
