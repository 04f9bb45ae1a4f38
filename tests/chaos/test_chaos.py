"""A thousand requests through the whole app and real sockets to a provider that fails in every way there is, their
budgets kept by a table that throttles.

Each must end before its deadline, with an answer or a well-formed error, and the ledger and the budgets must say to the
token what the provider says it was. All of it over httpx and over boto3.
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

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pointsman import app
from pointsman.accounts.counters import Change, Holder, Unavailable
from pointsman.accounts.keys import KeyStore
from pointsman.accounts.quotas import TRIES, Quotas
from pointsman.admission import Admission
from pointsman.app import Services, create_app
from pointsman.domain import Account, CostEvent, Limits, MapView, Publication, TierMap, Usage
from pointsman.invoke import Invoker
from pointsman.metering.prices import cost
from pointsman.providers import Providers
from pointsman.tiermap.read import MapReader
from tests.chaos.upstream import STREAMED, TEXT, WHOLE, Upstream, upstream
from tests.chaos.virtual import clock, in_virtual_time
from tests.chaos.wires import WIRES, Wire
from tests.fakes import classified, tier_map
from tests.unit.accounts.counters_fake import FakeCounters
from tests.unit.accounts.test_quotas import NOON

REQUESTS = 1_000
AT_ONCE = 25
DEADLINE = 10.0
SILENCE = 3.0
PROVIDERS = {"openai": "openai_compatible", "bedrock": "bedrock"}

over_each_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)


def pointing_at(*upstreams: Upstream) -> TierMap:
    """A map whose `small` is at the first of them and whose other models are at the last."""
    plain, first, last = tier_map(), upstreams[0], upstreams[-1]
    models = {
        alias: replace(
            model,
            provider=PROVIDERS[first.wire.name],
            endpoint=f"{(first if alias == 'small' else last).url}/v1" if first.wire.name == "openai" else None,
            region=(first if alias == "small" else last).url if first.wire.name == "bedrock" else None,
            model_id=alias,
        )
        for alias, model in plain.models.items()
    }
    tiers = {
        name: replace(tier, timeout=SILENCE, idle_timeout=SILENCE, attempts=2) for name, tier in plain.tiers.items()
    }
    return replace(plain, models=models, tiers=tiers)


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time waits for Bedrock's alone."""

    async def here(work: Callable[..., Any], *args: Any) -> Any:
        return work(*args)

    monkeypatch.setattr(app, "run_in_threadpool", here)


LIMITS = Limits(daily=10**12, monthly=10**12, tpm=10**9)


def limited(headers: Mapping[str, str]) -> Account:
    return Account("key-1", "team-a", LIMITS, LIMITS)


class Throttling:
    """Counters whose every update is refused one time in five, but for its last try."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._counters = FakeCounters()
        self.refused: Counter[int] = Counter()
        self.changes: list[Change] = []
        self.quotas = Quotas(self.apply, clock=lambda: NOON + clock(), lifetime=120, jitter=lambda: 1.0)

    async def apply(self, holder: Holder, change: Change) -> Mapping[str, int]:
        self.changes.append(change)  # so that no two have the same id
        if self.refused[id(change)] < TRIES - 1 and self._draw.random() < 1 / 5:
            self.refused[id(change)] += 1
            raise Unavailable("ThrottlingException", unchanged=True)
        return self._counters.apply_now(holder, change)

    def check(self, spent: int) -> None:
        assert max(self.refused.values()) > 2
        for holder in ("USAGE#KEY#key-1", "USAGE#TEAM#team-a"):
            assert self._counters.total(holder, "month").total() == spent
            assert self._counters.total(holder, "held").total() == 0


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

    async def flood(self, stream: bool) -> list[httpx.Response]:
        numbers = itertools.count()
        found: list[httpx.Response] = []

        async def worker() -> None:
            while next(numbers) < REQUESTS:
                found.append(await self.ask(stream))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return found


def bedrock() -> Callable[[str | None], Any]:
    """Clients of Bedrock whose region is an address."""
    session = boto3.Session()
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=2 * AT_ONCE)
    known: dict[str | None, Any] = {}

    def client(region: str | None) -> Any:
        if region not in known:
            known[region] = session.client("bedrock-runtime", "us-east-1", endpoint_url=region, config=config)
        return known[region]

    return client


@asynccontextmanager
async def world(
    live: TierMap,
    read: Callable[[], MapView] | None = None,
    *,
    authenticate: Callable[[Mapping[str, str]], Account] = lambda headers: Account("key-1", "team-a"),
    admission: Admission | None = None,
) -> AsyncIterator[World]:
    events: list[CostEvent] = []
    numbers = itertools.count()
    async with httpx.AsyncClient(trust_env=False) as http:
        providers = Providers(bedrock_client=bedrock(), secrets=str, http=http)
        served = create_app(
            Services(
                authenticate=authenticate,
                tier_map=read or (lambda: MapView(live, "live")),
                classify=lambda request, tasks=(): classified(),
                invoker=Invoker(providers.for_model, clock=clock, jitter=lambda: 1.0),
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


def check_error(response: httpx.Response) -> None:
    assert response.status_code in {429, 502, 503, 504}
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@over_each_wire
@in_virtual_time
async def test_whole_answers_through_every_fault(wire: Wire) -> None:
    async with upstream(1, WHOLE, wire) as provider:
        live, table = pointing_at(provider), Throttling(1)
        async with world(live, authenticate=limited, admission=Admission(table.quotas)) as here:
            answers = await here.flood(stream=False)
        for response in answers:
            if response.status_code == 200:
                assert response.json()["choices"][0]["message"]["content"] == TEXT
            else:
                check_error(response)
        assert len(here.events) == len(answers) == REQUESTS
        assert here.slowest < DEADLINE
        assert set(provider.calls) == set(WHOLE), "every fault was met"
        assert sum(response.status_code == 200 for response in answers) > REQUESTS / 2
        check_ledger(here.events, provider, live)
        table.check(sum(event.cost_nano for event in here.events))


@over_each_wire
@in_virtual_time
async def test_streams_through_every_fault(wire: Wire) -> None:
    async with upstream(2, STREAMED, wire) as provider:
        live, table = pointing_at(provider), Throttling(2)
        async with world(live, authenticate=limited, admission=Admission(table.quotas)) as here:
            answers = await here.flood(stream=True)
        broken = 0
        for response in answers:
            if response.status_code != 200:
                check_error(response)
                continue
            data = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
            pieces = [json.loads(piece) for piece in data if piece != "[DONE]"]
            text = "".join(
                piece["choices"][0]["delta"].get("content") or "" for piece in pieces if piece.get("choices")
            )
            if data[-1] == "[DONE]":
                assert text == TEXT
            else:
                broken += 1
                assert "error" in pieces[-1]
                assert TEXT.startswith(text)
                assert text
        assert len(here.events) == len(answers) == REQUESTS
        assert here.slowest <= DEADLINE
        assert set(provider.calls) == set(STREAMED), "every fault was met"
        assert broken
        check_ledger(here.events, provider, live)
        table.check(sum(event.cost_nano for event in here.events))


@over_each_wire
@pytest.mark.parametrize("fault", ["429", "500"])
@in_virtual_time
async def test_five_minutes_of_failure_are_sat_out_and_over_within_a_minute(wire: Wire, fault: str) -> None:
    """A request a second: hardly a call more than requests, and back on its feet soon after."""
    requests = 400
    async with upstream(3, [fault], wire) as provider:
        async with world(pointing_at(provider)) as here:
            began, answered_at = clock(), 0.0
            for number in range(requests):
                if clock() >= began + 300:
                    provider.faults = ["ok"]
                response = await here.ask(stream=bool(number % 2))
                if response.status_code != 200:
                    check_error(response)
                elif response.headers["x-router-model"] == "small":
                    answered_at = answered_at or clock()
                await asyncio.sleep(max(0.0, began + number + 1 - clock()))
        assert len(here.events) == requests
        assert here.slowest < DEADLINE
        assert provider.calls.total() <= requests * 1.1
        assert began + 300 <= answered_at < began + 300 + 60 + 1


@over_each_wire
@in_virtual_time
async def test_a_host_that_does_not_exist_is_a_clear_error(wire: Wire) -> None:
    nowhere = Upstream(random.Random(), [], wire, "http://no-such-host.invalid")
    async with world(pointing_at(nowhere)) as here:
        answers = [await here.ask(stream) for stream in (False, True)]
    assert {(one.status_code, one.json()["error"]["code"]) for one in answers} == {(502, "upstream_unavailable")}
    assert sum(event.cost_nano for event in here.events) == 0


@over_each_wire
@in_virtual_time
async def test_expired_credentials_go_to_a_model_that_has_others(wire: Wire) -> None:
    async with upstream(3, ["401"], wire) as expired, upstream(4, ["ok"], wire) as good:
        async with world(pointing_at(expired, good)) as here:
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
        live = pointing_at(provider)
        reader = MapReader(throttled, lambda: live, time.monotonic)
        async with world(live, reader.current) as here:
            response = await here.ask(stream=False)
        assert (response.status_code, response.headers["x-router-map-stale"]) == (200, "packaged")


class Throttled:
    """A table that refuses every read."""

    def get_item(self, **query: Any) -> Any:
        raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")


async def test_a_throttled_key_table_is_a_clear_503_with_a_time() -> None:
    keys = KeyStore(cast("Any", Throttled()), time.time)
    key = {"x-api-key": "sk-pm-" + "k" * 43}
    async with world(tier_map(), authenticate=lambda headers: keys.authenticate(key)) as here:
        answers = [await here.client.post(path, json={}) for path in ("/v1/chat/completions", "/v1/messages")]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1"), (529, "1")]
    assert answers[0].json()["error"]["code"] == "keys_unavailable"
    assert answers[1].json()["error"]["type"] == "overloaded_error"
    assert [event.outcome for event in here.events] == ["keys_unavailable"] * 2


@in_virtual_time
async def test_budgets_on_a_table_that_only_throttles_let_nobody_through_and_say_so() -> None:
    async def apply(holder: Holder, change: Change) -> Mapping[str, int]:
        raise Unavailable("ThrottlingException", unchanged=True)

    quotas = Quotas(apply, clock=lambda: NOON + clock(), lifetime=120)
    async with upstream(9, ["ok"]) as provider:
        async with world(pointing_at(provider), authenticate=limited, admission=Admission(quotas)) as here:
            answers = [await here.ask(stream) for stream in (False, True)]
        assert provider.calls.total() == 0
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1")] * 2
    assert here.events[0].outcome == answers[0].json()["error"]["code"] == "limits_unavailable"
