"""Which provider serves a model."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from pointsman.errors import Unsupported, UpstreamError, UpstreamKind
from pointsman.providers import Providers
from pointsman.providers.anthropic import Anthropic
from pointsman.providers.bedrock import Bedrock
from pointsman.providers.openai_compatible import OpenAICompatible
from pointsman.providers.registry import ANTHROPIC, BEDROCK, PROVIDERS
from tests.fakes import chat, model


def never(*_: object) -> str:
    raise AssertionError("nothing may be fetched before a call needs it")


@pytest.fixture
def providers() -> Providers:
    return Providers(bedrock_client=never, secrets=never, http=httpx.AsyncClient())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_registered_provider_is_there(providers: Providers, name: str) -> None:
    found = providers.for_model(replace(model("small"), provider=name))
    assert isinstance(found, {BEDROCK: Bedrock, ANTHROPIC.name: Anthropic}.get(name, OpenAICompatible))


def test_an_unknown_provider(providers: Providers) -> None:
    with pytest.raises(UpstreamError) as raised:
        providers.for_model(replace(model("small"), provider="nobody"))
    assert raised.value.kind is UpstreamKind.NOT_FOUND


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_request_is_checked_without_being_sent(providers: Providers, name: str) -> None:
    """By a provider that has no key and no client."""
    served = replace(model("small"), provider=name)
    providers.for_model(served).check(served, chat())
    with pytest.raises(Unsupported) as refused:
        providers.for_model(served).check(served, chat(service_tier="gold"))
    assert refused.value.param == "service_tier"
