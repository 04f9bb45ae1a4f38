"""The vendors reached over HTTP, as data: a new one that speaks OpenAI's chat completions is a new row.

Base URLs and parameter names are those of the vendors' own references; a quirk says why it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pointsman.errors import UpstreamKind
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
    `thinking_apart`: `completion_tokens` leaves out the reasoning, which only `total_tokens` then holds.
    """

    max_tokens: str = "max_tokens"
    usage_on_request: bool = True
    thinking_apart: bool = False


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
    # `max_tokens` is deprecated there, and reasoning models refuse it.
    Vendor("openai", "https://api.openai.com/v1", max_tokens="max_completion_tokens"),
    # Its v1 surface, https://<resource>.openai.azure.com/openai/v1.
    Vendor("azure_openai", None, key_header="api-key", key_prefix="", max_tokens="max_completion_tokens"),
    Vendor(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        thinking_apart=True,
        # A wrong key is a 400 there.
        failures=(rule(UpstreamKind.AUTH, "400", "api key not valid", "api_key_invalid", "api key expired"),),
    ),
    Vendor(
        "groq",
        "https://api.groq.com/openai/v1",
        max_tokens="max_completion_tokens",
        failures=(rule(UpstreamKind.NOT_FOUND, "model_decommissioned"), rule(UpstreamKind.OVERLOADED, "498")),
    ),
    # It always reports usage, and answers 422 to `stream_options`.
    Vendor("mistral", "https://api.mistral.ai/v1", usage_on_request=False),
    Vendor("deepseek", "https://api.deepseek.com"),
    Vendor("together", "https://api.together.xyz/v1"),
    Vendor("xai", "https://api.x.ai/v1", thinking_apart=True),
    Vendor("ollama", "http://127.0.0.1:11434/v1", needs_key=False),
    Vendor("vllm", "http://127.0.0.1:8000/v1", needs_key=False),
    Vendor("llama_cpp", "http://127.0.0.1:8080/v1", needs_key=False),
    Vendor("openai_compatible", None, needs_key=False),
)

VENDORS = {vendor.name: vendor for vendor in _ROWS}

PROVIDERS = frozenset({BEDROCK, ANTHROPIC.name, *VENDORS})
"""Every name that a model's `provider` may have."""
