"""A thousand requests through the whole app and real sockets to a provider that fails in every way there is.

Each must end before its deadline, with an answer or a well-formed error, and the ledger must say to the token what the
provider says it was.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
from botocore.exceptions import ClientError

from pointsman import app
from pointsman.accounts.counters import Change, Holder, Unavailable
from pointsman.accounts.keys import KeyStore
from pointsman.accounts.quotas import TRIES, Quotas
from pointsman.admission import Admission
from pointsman.app import Services, create_app
from pointsman.domain import Account, CostEvent, Limits, MapView, Publication, TierMap, Usage
from pointsman.errors import PointsmanError, UpstreamError, UpstreamKind
from pointsman.invoke import Invoker, Ledger
from pointsman.metering.prices import cost
from pointsman.providers import Providers
from pointsman.tiermap.read import MapReader
from tests.chaos.upstream import STREAMED, WHOLE, WORDS, Upstream, upstream
from tests.chaos.virtual import clock, in_virtual_time
from tests.fakes import FakeClock, FakeProvider, chat, classified, target, tier_map
from tests.unit.accounts.counters_fake import FakeCounters
from tests.unit.accounts.test_quotas import NOON

REQUESTS = 1_000
AT_ONCE = 25
DEADLINE = 10.0
SILENCE = 3.0


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


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time does not wait for them."""

    async def here(work: Callable[..., Any], *args: Any) -> Any:
        return work(*args)

    monkeypatch.setattr(app, "run_in_threadpool", here)


class World:
    def __init__(self, client: httpx.AsyncClient, events: list[CostEvent]) -> None:
        self.client = client
        self.events = events
        self.slowest = 0.0

    async def ask(self, stream: bool) -> httpx.Response:
        body = {"model": "auto", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
        began = clock()
        response = await self.client.post(
            "/v1/chat/completions",
            json=body | {"stream": stream},
            headers={"x-router-timeout-ms": str(int(DEADLINE * 1000))},
        )
        self.slowest = max(self.slowest, clock() - began)
        return response

    async def flood(self, stream: bool, requests: int = REQUESTS) -> list[httpx.Response]:
        numbers = itertools.count()
        found: list[httpx.Response] = []

        async def worker() -> None:
            while next(numbers) < requests:
                found.append(await self.ask(stream))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return found


def no_bedrock(region: str | None) -> Any:
    raise AssertionError("no model here is on Bedrock")


@asynccontextmanager
async def world(
    live: TierMap,
    read: Callable[[], MapView] | None = None,
    *,
    bedrock: Callable[[str | None], Any] = no_bedrock,
    authenticate: Callable[[Mapping[str, str]], Account] = lambda headers: Account("key-1", "team-a"),
    admission: Admission | None = None,
) -> AsyncIterator[World]:
    events: list[CostEvent] = []
    numbers = itertools.count()
    async with httpx.AsyncClient(trust_env=False) as http:
        providers = Providers(bedrock_client=bedrock, secrets=str, http=http)
        served = create_app(
            Services(
                authenticate=authenticate,
                tier_map=read or (lambda: MapView(live, "live")),
                classify=lambda request, tasks=(): classified(),
                invoker=Invoker(providers.for_model, clock=clock),
                admission=admission or Admission(),
                clock=clock,
                emit=events.append,
                new_id=lambda: str(next(numbers)),
                longest=60,
            )
        )
        transport = httpx.ASGITransport(served, raise_app_exceptions=False)
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
@in_virtual_time
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
@in_virtual_time
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


class Throttled:
    """A table that refuses every read."""

    def get_item(self, **query: Any) -> Any:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")


async def test_a_throttled_key_table_is_a_clear_503_with_a_time() -> None:
    keys = KeyStore(cast("Any", Throttled()), time.time)
    key = {"x-api-key": "sk-pm-" + "k" * 43}
    async with world(pointing_at("http://127.0.0.1:9/v1"), authenticate=lambda headers: keys.authenticate(key)) as here:
        answers = [await here.client.post(path, json={}) for path in ("/v1/chat/completions", "/v1/messages")]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1"), (529, "1")]
    assert answers[0].json()["error"]["code"] == "keys_unavailable"
    assert answers[1].json()["error"]["type"] == "overloaded_error"
    assert [event.outcome for event in here.events] == ["keys_unavailable"] * 2


LIMITS = Limits(daily=10**12, monthly=10**12, tpm=10**9)


def limited(headers: Mapping[str, str]) -> Account:
    return Account("key-1", "team-a", LIMITS, LIMITS)


@in_virtual_time
async def test_budgets_on_a_table_that_throttles_are_exact_to_the_nano_dollar() -> None:
    """Of each update's tries but the last, one in three is refused."""
    counters, draw = FakeCounters(), random.Random(7)
    refused: Counter[int] = Counter()
    changes: list[Change] = []

    async def apply(holder: Holder, change: Change) -> Mapping[str, int]:
        changes.append(change)  # so that no two have the same id
        if refused[id(change)] < TRIES - 1 and draw.random() < 1 / 3:
            refused[id(change)] += 1
            raise Unavailable("ThrottlingException", unchanged=True)
        return counters.apply_now(holder, change)

    quotas = Quotas(apply, clock=lambda: NOON + clock(), lifetime=120, jitter=draw.random)
    async with upstream(8, WHOLE) as provider:
        live = pointing_at(provider.url)
        async with world(live, authenticate=limited, admission=Admission(quotas)) as here:
            answers = await here.flood(stream=False, requests=300)
        check_ledger(here.events, provider, live)
    assert sum(response.status_code == 200 for response in answers) > 150
    assert max(refused.values()) > 2
    spent = sum(event.cost_nano for event in here.events)
    for holder in ("USAGE#KEY#key-1", "USAGE#TEAM#team-a"):
        assert counters.total(holder, "month").total() == spent
        assert counters.total(holder, "held").total() == 0


@in_virtual_time
async def test_budgets_on_a_table_that_only_throttles_let_nobody_through_and_say_so() -> None:
    async def apply(holder: Holder, change: Change) -> Mapping[str, int]:
        raise Unavailable("ThrottlingException", unchanged=True)

    quotas = Quotas(apply, clock=lambda: NOON + clock(), lifetime=120)
    async with upstream(9, ["ok"]) as provider:
        async with world(pointing_at(provider.url), authenticate=limited, admission=Admission(quotas)) as here:
            answers = [await here.ask(stream) for stream in (False, True)]
        assert provider.calls.total() == 0
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1")] * 2
    assert here.events[0].outcome == answers[0].json()["error"]["code"] == "limits_unavailable"
