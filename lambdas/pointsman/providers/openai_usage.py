"""Token counts as the vendors that speak OpenAI's dialect really report them, made disjoint."""

from __future__ import annotations

from pydantic import BaseModel, NonNegativeInt

from pointsman.domain import Usage
from pointsman.providers.registry import Vendor


class _PromptDetails(BaseModel):
    """`cache_creation_tokens` is how LiteLLM's proxy tells of Claude's cache writes."""

    cached_tokens: NonNegativeInt | None = None
    cache_write_tokens: NonNegativeInt | None = None
    cache_creation_tokens: NonNegativeInt | None = None
    image_tokens: NonNegativeInt | None = None


class _CompletionDetails(BaseModel):
    reasoning_tokens: NonNegativeInt | None = None


class Reported(BaseModel):
    """`usage`. Besides OpenAI's own fields: DeepSeek's `prompt_cache_hit_tokens`, Moonshot's `cached_tokens`, and the
    counts of Anthropic's that some proxies hand through."""

    prompt_tokens: NonNegativeInt | None = None
    completion_tokens: NonNegativeInt | None = None
    total_tokens: NonNegativeInt | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    cached_tokens: NonNegativeInt | None = None
    prompt_cache_hit_tokens: NonNegativeInt | None = None
    cache_read_input_tokens: NonNegativeInt | None = None
    cache_creation_input_tokens: NonNegativeInt | None = None

    @property
    def cached(self) -> int | None:
        details = self.prompt_tokens_details
        return _first(
            details.cached_tokens if details else None,
            self.prompt_cache_hit_tokens,
            self.cached_tokens,
            self.cache_read_input_tokens,
        )

    @property
    def written(self) -> int | None:
        details = self.prompt_tokens_details
        return _first(
            details.cache_write_tokens if details else None,
            details.cache_creation_tokens if details else None,
            self.cache_creation_input_tokens,
        )


def read_usage(vendor: Vendor, told: Reported | None) -> Usage | None:
    """Cached tokens are part of `prompt_tokens`, and so are taken out of `input`; unless the sums say that this vendor
    counts them beside it."""
    if told is None or told.prompt_tokens is None:
        return None
    output = told.completion_tokens or 0
    cached, written = told.cached or 0, told.written or 0
    beside = cached + written > told.prompt_tokens or (
        not vendor.thinking_apart
        and cached + written > 0
        and told.total_tokens == told.prompt_tokens + output + cached + written
    )
    reasoning = told.completion_tokens_details.reasoning_tokens if told.completion_tokens_details else None
    if vendor.thinking_apart and told.total_tokens is not None:
        output = max(output, told.total_tokens - told.prompt_tokens)
        reasoning = reasoning if reasoning is not None else output - (told.completion_tokens or 0)
    return Usage(
        told.prompt_tokens if beside else told.prompt_tokens - cached - written,
        output,
        cache_read=told.cached,
        cache_write_5m=told.written,
        reasoning=reasoning,
        image=told.prompt_tokens_details.image_tokens if told.prompt_tokens_details else None,
    )


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)
