"""The models' vendors: one adapter each for Bedrock, for Anthropic and for all that speak OpenAI's dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx

from pointsman.domain import Model
from pointsman.errors import UpstreamKind
from pointsman.providers.anthropic import Anthropic
from pointsman.providers.base import Provider
from pointsman.providers.bedrock import Bedrock
from pointsman.providers.failures import upstream_error
from pointsman.providers.openai_compatible import OpenAICompatible
from pointsman.providers.registry import ANTHROPIC, BEDROCK, VENDORS

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient


class Providers:
    """Every provider by the name a model gives it.

    `bedrock_client` gives the client of a region (`None`: the default one), with botocore's retries off; `secrets` the
    value of a named secret. Both are asked only when a call needs them, off the event loop; a secret once, and
    again after its vendor refused it.
    """

    def __init__(
        self,
        *,
        bedrock_client: Callable[[str | None], BedrockRuntimeClient],
        secrets: Callable[[str], str],
        http: httpx.AsyncClient,
    ) -> None:
        self._known: dict[str, Provider] = {
            BEDROCK: Bedrock(bedrock_client),
            ANTHROPIC.name: Anthropic(http, secrets),
            **{name: OpenAICompatible(vendor, http, secrets) for name, vendor in VENDORS.items()},
        }

    def for_model(self, model: Model) -> Provider:
        """Raises `UpstreamError` (not found) for a provider that `registry.py` does not know."""
        try:
            return self._known[model.provider]
        except KeyError:
            raise upstream_error(model.provider, UpstreamKind.NOT_FOUND) from None
