"""Where a connection breaks: before a vendor has begun to answer nothing is charged, after it the prompt may be. And
how often a vendor's key is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest

from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.providers.anthropic import Anthropic
from pointsman.providers.openai_compatible import OpenAICompatible
from pointsman.providers.registry import VENDORS
from tests.fakes import chat, model

MODEL = replace(model("small"), endpoint="http://vendor/v1", secret="key")
ANSWER = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]}
Break = Callable[[httpx.Request], httpx.Response]


class Body(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"id": "1", '
        raise httpx.ReadError("cut")


def cut(status: int) -> Break:
    return lambda request: httpx.Response(status, stream=Body())


def reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


@pytest.mark.parametrize("vendor", ["openai_compatible", "anthropic"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("breaks", "begun"), [(reset, False), (cut(200), True), (cut(500), False)])
async def test_only_what_broke_off_within_an_answer_had_begun(
    breaks: Break, begun: bool, streamed: bool, vendor: str
) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(breaks)) as http:
        compatible = OpenAICompatible(VENDORS["openai_compatible"], http, str)
        provider = Anthropic(http, str) if vendor == "anthropic" else compatible
        with pytest.raises(UpstreamError) as failed:
            await asked(provider, streamed)
    assert (failed.value.kind, failed.value.begun) == (UpstreamKind.UNAVAILABLE, begun)


async def asked(provider: Anthropic | OpenAICompatible, streamed: bool) -> None:
    if streamed:
        [_ async for _ in provider.stream(MODEL, chat(max_tokens=5), 5)]
    else:
        await provider.complete(MODEL, chat(max_tokens=5), 5)


async def test_a_key_is_fetched_once_and_again_when_the_vendor_refuses_it() -> None:
    fetched = iter(["old", "new"])
    valid = "old"

    def vendor(request: httpx.Request) -> httpx.Response:
        known = request.headers["authorization"] == f"Bearer {valid}"
        return httpx.Response(200, json=ANSWER) if known else httpx.Response(401)

    async with httpx.AsyncClient(transport=httpx.MockTransport(vendor)) as http:
        provider = OpenAICompatible(VENDORS["openai_compatible"], http, lambda name: next(fetched))
        await asked(provider, streamed=False)
        await asked(provider, streamed=False)
        valid = "new"
        with pytest.raises(UpstreamError) as refused:
            await asked(provider, streamed=False)
        await asked(provider, streamed=False)
    assert refused.value.kind is UpstreamKind.AUTH
