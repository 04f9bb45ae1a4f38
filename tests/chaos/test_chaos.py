"""A thousand requests through the whole app and real sockets to a provider that fails in every way there is.

Each must end before its deadline, with an answer or a well-formed error, and the ledger must say to the token what the
provider says it was.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pointsman.app import Services, create_app
from pointsman.domain import Account, CostEvent, MapView, Publication, TierMap, Usage
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger
from pointsman.metering.prices import cost
from pointsman.providers import Providers
from pointsman.tiermap.read import MapReader
from tests.chaos.upstream import STREAMED, WHOLE, WORDS, Upstream, upstream
from tests.fakes import FakeClock, FakeProvider, chat, classified, target, tier_map

REQUESTS = 1_000
AT_ONCE = 25
DEADLINE = 10.0
SILENCE = 3.0
"""Seconds. Generous: a busy machine must not turn a slow answer into a silence."""


def pointing_at(url: str) -> TierMap:
    plain = tier_map()
    models = {
        alias: replace(model, provider="openai_compatible", endpoint=url, model_id=alias)
        for alias, model in plain.models.items()
    }
    tiers = {
        name: replace(tier, timeout=SILENCE, idle_timeout=SILENCE, attempts=2) for name, tier in plain.tiers.items()
    }
    return replace(plain, models=models, tiers=tiers)


class World:
    def __init__(self, client: httpx.AsyncClient, events: list[CostEvent]) -> None:
        self.client = client
        self.events = events
        self.slowest = 0.0

    async def ask(self, stream: bool) -> httpx.Response:
        body = {"model": "auto", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
        began = time.monotonic()
        response = await self.client.post(
            "/v1/chat/completions",
            json=body | {"stream": stream},
            headers={"x-router-timeout-ms": str(int(DEADLINE * 1000))},
        )
        self.slowest = max(self.slowest, time.monotonic() - began)
        return response

    async def flood(self, stream: bool) -> list[httpx.Response]:
        numbers = itertools.count()
        found: list[httpx.Response] = []

        async def worker() -> None:
            while next(numbers) < REQUESTS:
                found.append(await self.ask(stream))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return found


@asynccontextmanager
async def world(live: TierMap, read: Callable[[], MapView] | None = None, key: str = "key") -> AsyncIterator[World]:
    events: list[CostEvent] = []
    numbers = itertools.count()

    def no_bedrock(region: str | None) -> Any:
        raise AssertionError("no model here is on Bedrock")

    async with httpx.AsyncClient(trust_env=False) as http:
        providers = Providers(bedrock_client=no_bedrock, secrets=lambda name: key, http=http)
        app = create_app(
            Services(
                authenticate=lambda headers: Account("key-1", "team-a"),
                tier_map=read or (lambda: MapView(live, "live")),
                classify=lambda request, tasks=(): classified(),
                invoker=Invoker(providers.for_model),
                emit=events.append,
                new_id=lambda: str(next(numbers)),
                longest=60,
            )
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://router", timeout=None) as client:
            yield World(client, events)


def check_ledger(events: list[CostEvent], provider: Upstream, live: TierMap) -> None:
    """What the router charged is what the provider billed: each call, its tokens and its price."""
    charged = Counter(
        (attempt.model.alias, attempt.usage.input, attempt.usage.output)
        for event in events
        for attempt in event.attempts
        if attempt.usage
    )
    assert charged == provider.bill
    billed = sum(
        times * cost(Usage(prompt, answer), live.models[alias].prices)
        for (alias, prompt, answer), times in provider.bill.items()
    )
    assert sum(event.cost_nano for event in events) == billed
    assert sum(len(event.attempts) for event in events) == provider.calls.total()


@pytest.mark.parametrize("seed", [1])
async def test_whole_answers_through_every_fault(seed: int) -> None:
    async with upstream(seed, WHOLE) as provider:
        live = pointing_at(provider.url)
        async with world(live) as here:
            answers = await here.flood(stream=False)
        for response in answers:
            if response.status_code == 200:
                assert response.json()["choices"][0]["message"]["content"] == "".join(WORDS)
            else:
                assert set(response.json()["error"]) == {"message", "type", "param", "code"}
        assert len(here.events) == len(answers) == REQUESTS
        assert here.slowest < DEADLINE
        assert set(provider.calls) == set(WHOLE), "every fault was met"
        assert sum(response.status_code == 200 for response in answers) > REQUESTS / 2
        check_ledger(here.events, provider, live)


@pytest.mark.parametrize("seed", [2])
async def test_streams_through_every_fault(seed: int) -> None:
    async with upstream(seed, STREAMED) as provider:
        live = pointing_at(provider.url)
        async with world(live) as here:
            answers = await here.flood(stream=True)
        broken = 0
        for response in answers:
            if response.status_code != 200:
                assert set(response.json()["error"]) == {"message", "type", "param", "code"}
                continue
            data = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
            pieces = [json.loads(piece) for piece in data if piece != "[DONE]"]
            text = "".join(
                piece["choices"][0]["delta"].get("content") or "" for piece in pieces if piece.get("choices")
            )
            if data[-1] == "[DONE]":
                assert text == "".join(WORDS)
            else:
                broken += 1
                assert "error" in pieces[-1]
                assert "".join(WORDS).startswith(text)
                assert text
        assert len(here.events) == len(answers) == REQUESTS
        assert here.slowest < DEADLINE
        assert set(provider.calls) == set(STREAMED), "every fault was met"
        assert broken
        check_ledger(here.events, provider, live)


async def test_a_host_that_does_not_exist_is_a_clear_error() -> None:
    async with world(pointing_at("http://no-such-host.invalid/v1")) as here:
        response = await here.ask(stream=False)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_unavailable")
    assert here.events[0].cost_nano == 0


async def test_expired_credentials_go_to_a_model_that_has_others() -> None:
    async with upstream(3, ["401"]) as expired, upstream(4, ["ok"]) as good:
        live = pointing_at(expired.url)
        live = replace(live, models={**live.models, "large": replace(live.models["large"], endpoint=good.url)})
        async with world(live) as here:
            answers = [await here.ask(stream) for stream in (False, True) * 10]
        assert {response.status_code for response in answers} == {200}
        assert expired.calls.total() < 10, "once known to be expired, it is asked no more"
        assert Counter(attempt.usage is None for event in here.events for attempt in event.attempts) == {
            True: expired.calls.total(),
            False: good.calls.total(),
        }


async def test_a_throttled_table_stops_nobody() -> None:
    def throttled() -> Publication:
        raise RuntimeError("ProvisionedThroughputExceededException")

    async with upstream(5, ["ok"]) as provider:
        live = pointing_at(provider.url)
        reader = MapReader(throttled, lambda: live, time.monotonic)
        async with world(live, reader.current) as here:
            response = await here.ask(stream=False)
        assert (response.status_code, response.headers["x-router-map-stale"]) == (200, "packaged")


@pytest.mark.parametrize("kind", [UpstreamKind.UNAVAILABLE, UpstreamKind.RATE_LIMITED])
async def test_five_minutes_of_failure_are_sat_out_and_over_within_a_minute(kind: UpstreamKind) -> None:
    """In virtual time, ten requests a second: hardly a call more than requests, and back on its feet soon after."""
    clock, provider = FakeClock(), FakeProvider()
    invoker = Invoker(provider, clock=clock, sleep=clock.sleep, jitter=lambda: 0.5)
    began, answered_at, requests = clock(), None, 0
    targets = [target(alias, attempts=3) for alias in ("small", "large")]
    while clock() < began + 400:
        requests += 1
        sick = clock() < began + 300
        provider.script = [UpstreamError(kind, "no") for _ in range(20)] if sick else []
        try:
            chosen, _ = await invoker.complete(targets, Ledger(chat(), clock), clock() + 10)
        except PointsmanError:
            assert sick
        else:
            if chosen.model.alias == "small":
                answered_at = answered_at or clock()
        clock.advance(0.1)
    assert len(provider.calls) <= requests * 1.1
    assert answered_at is not None
    assert answered_at < began + 300 + 60 + 1
