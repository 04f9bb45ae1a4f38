"""Budgets and rates through the whole app: what is refused, what is reserved, and that each way out settles."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from pointsman.accounts.counters import Change, Holder
from pointsman.accounts.idempotency import Answers, Idempotency
from pointsman.accounts.quotas import Quotas
from pointsman.admission import Admission
from pointsman.app import Services, create_app
from pointsman.domain import Account, Completion, CostEvent, Limits, MapView, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.invoke import Invoker
from tests.fakes import FakeClock, FakeProvider, classified, completion, tier_map
from tests.unit.accounts.counters_fake import FakeCounters

NOON = 1_795_521_600.0
USED = Usage(input=1_000, output=100)
COST = 1_500_000
"""Of `USED` at `small`."""


class World:
    def __init__(self, *script: Completion | Exception | float, limits: Limits, hard: bool = False) -> None:
        self.counters = FakeCounters()
        self.events: list[CostEvent] = []
        self.provider = FakeProvider(*script)
        clock = FakeClock(NOON)

        async def apply(holder: Holder, change: Change) -> Mapping[str, int]:
            return self.counters.apply_now(holder, change)

        services = Services(
            authenticate=lambda headers: Account("key-1", "team-a", limits),
            tier_map=lambda: MapView(tier_map(), "live"),
            classify=lambda request, tasks=(): classified(0.9 if hard else 0.2),
            invoker=Invoker(self.provider, clock=clock, sleep=clock.sleep),
            admission=Admission(Quotas(apply, clock=clock, lifetime=120, sleep=clock.sleep)),
            emit=self.events.append,
            new_id=lambda: "1",
            longest=60,
            now=clock,
            clock=clock,
        )
        self.services = services
        self.client = self.serve(services)

    def serve(self, services: Services) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://router")

    def keep_answers(self) -> None:
        """In a table of moto's."""
        client = boto3.client("dynamodb", region_name="us-east-1")
        attributes: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        client.create_table(
            TableName="accounts", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST"
        )
        self.client = self.serve(replace(self.services, idempotency=Idempotency(Answers("accounts", client))))

    async def chat(
        self, path: str = "/v1/chat/completions", headers: Mapping[str, str] | None = None, **changes: Any
    ) -> httpx.Response:
        body = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]} | changes
        return await self.client.post(path, json=body, headers=headers)

    def count(self, prefix: str) -> int:
        return sum(self.counters.total("USAGE#KEY#key-1", prefix).values())


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_settled_at_its_cost(stream: bool) -> None:
    world = World(completion(usage=USED), limits=Limits(daily=10**9))
    assert (await world.chat(stream=stream)).status_code == 200
    assert (world.count("month"), world.count("held"), world.counters.writes) == (COST, 0, 2)


@pytest.mark.parametrize("stream", [False, True])
async def test_without_limits_nothing_is_written(stream: bool) -> None:
    world = World(limits=Limits())
    await world.chat(stream=stream)
    assert world.counters.writes == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_a_request_that_fails_gives_back_what_it_reserved(stream: bool) -> None:
    world = World(UpstreamError(UpstreamKind.BAD_REQUEST, "no"), limits=Limits(daily=10**9))
    assert (await world.chat(stream=stream)).status_code == 400
    assert (world.count("month"), world.count("held")) == (0, 0)


async def test_an_unexpected_error_gives_it_back_too() -> None:
    world = World(RuntimeError("what?"), limits=Limits(daily=10**9))
    assert (await world.chat()).status_code == 500
    assert (world.count("month"), world.count("held")) == (0, 0)


async def test_a_stream_that_breaks_is_charged_for_what_it_used() -> None:
    world = World(
        completion("one two"), UpstreamError(UpstreamKind.UNAVAILABLE, "broke off"), limits=Limits(daily=10**9)
    )
    await world.chat(stream=True)
    assert world.count("month") == world.events[0].cost_nano > 0
    assert world.count("held") == 0


async def test_a_used_up_budget_is_insufficient_quota_and_not_retried() -> None:
    world = World(limits=Limits(daily=1_000))
    refused = await world.chat()
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert "daily budget of key key-1" in refused.json()["error"]["message"]
    assert refused.headers["x-should-retry"] == "false"
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert (world.events[0].outcome, world.provider.calls) == ("insufficient_quota", [])


async def test_anthropics_dialect_says_it_in_its_own_words() -> None:
    refused = await World(limits=Limits(daily=1_000)).chat("/v1/messages")
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert "daily budget" in refused.json()["error"]["message"]


async def test_rates_are_told_and_refused_with_a_time() -> None:
    world = World(limits=Limits(rpm=1, tpm=5_000))
    headers = (await world.chat()).headers
    assert headers["x-ratelimit-limit-requests"] == "1"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert headers["x-ratelimit-limit-tokens"] == "5000"
    assert headers["x-ratelimit-reset-requests"] == "60s"
    refused = await world.chat()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert "x-should-retry" not in refused.headers


async def test_past_a_soft_limit_the_cheapest_tier_serves_and_says_so() -> None:
    """Of a budget of one dollar nine tenths are spent by the first answer."""
    world = World(completion(usage=Usage(180_000, 0)), completion(), limits=Limits(daily=10**9, soft=80), hard=True)
    first, second = await world.chat(), await world.chat()
    assert (first.headers["x-router-model"], "x-router-budget" in first.headers) == ("large", False)
    assert (second.headers["x-router-model"], second.headers["x-router-budget"]) == ("small", "soft")
    assert second.headers["x-router-reason"].endswith("; budget past its soft limit: cheapest tier")


async def test_with_a_soft_limit_a_budget_too_small_for_a_large_model_serves_a_small_one() -> None:
    answer = await World(limits=Limits(daily=1_000_000, soft=80), hard=True).chat()
    assert (answer.headers["x-router-model"], answer.headers["x-router-budget"]) == ("small", "soft")
    assert answer.headers["x-router-reason"].endswith("; budget without room for a dearer answer: cheapest tier")


async def test_a_pinned_model_stays_pinned() -> None:
    answer = await World(completion(), limits=Limits(daily=3_000_000, soft=1)).chat(model="large")
    assert (answer.headers["x-router-model"], answer.headers["x-router-budget"]) == ("large", "soft")


async def test_an_idempotency_key_on_a_stream_is_refused_by_name() -> None:
    world = World(limits=Limits())
    world.client.headers["idempotency-key"] = "k"
    refused = await world.chat(stream=True)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "Idempotency-Key")


async def test_the_same_key_gives_the_same_answer_and_charges_once() -> None:
    world = World(completion(usage=USED), limits=Limits(daily=10**9))
    with mock_aws():
        world.keep_answers()
        first, second = [await world.chat(headers={"idempotency-key": "k"}) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["x-router-model"] == "small"
    assert ("idempotent-replayed" in first.headers, second.headers["idempotent-replayed"]) == (False, "true")
    assert (len(world.provider.calls), world.count("month")) == (1, COST)
    assert [event.cost_nano for event in world.events] == [COST, 0]


async def test_a_refusal_by_a_rate_tells_the_rate() -> None:
    world = World(completion(usage=USED), limits=Limits(rpm=5, tpm=1_500))
    await world.chat()
    refused = await world.chat(max_tokens=900)
    assert (refused.status_code, refused.headers["x-ratelimit-limit-tokens"]) == (429, "1500")
    assert refused.headers["x-ratelimit-remaining-tokens"] == "400"
    assert refused.headers["x-ratelimit-reset-tokens"] == f"{refused.headers['retry-after']}s"


@pytest.mark.parametrize(
    ("path", "type"), [("/v1/chat/completions", "invalid_request_error"), ("/v1/messages", "request_too_large")]
)
async def test_a_request_larger_than_a_minutes_tokens_is_refused_for_good(path: str, type: str) -> None:
    world = World(limits=Limits(tpm=99))
    refused = await world.chat(path)
    assert (refused.status_code, refused.json()["error"]["type"]) == (413, type)
    assert "retry-after" not in refused.headers
    assert world.provider.calls == []


async def test_a_client_that_leaves_mid_stream_is_charged_for_what_was_written_and_holds_nothing() -> None:
    world = World(completion("one two three", usage=USED), limits=Limits(daily=10**9, tpm=10_000))
    world.provider.hangs_after = 2
    app = create_app(world.services)
    sent: list[Mapping[str, Any]] = []
    written = asyncio.Event()
    body = {"model": "auto", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    asked = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await written.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if b"two" in message.get("body", b""):
            written.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/chat/completions",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await app(scope, receive, send)
    (event,) = world.events
    assert (event.status, event.outcome, world.provider.closed) == (499, "abandoned", 1)
    assert event.attempts[0].usage
    assert world.count("month") == event.cost_nano > 0
    assert world.count("held") == 0
    assert world.count("tokens") == event.attempts[0].usage.prompt + event.attempts[0].usage.output


def verifying(world: World, hedge_after: float | None = None) -> None:
    base = tier_map()
    tiers = {name: replace(tier, hedge_after=hedge_after) for name, tier in base.tiers.items()}
    live = replace(base, tiers=tiers, routes={**base.routes, "*": replace(base.routes["*"], verify=True)})
    world.client = world.serve(replace(world.services, tier_map=lambda: MapView(live, "live")))


async def test_a_flawed_answer_goes_one_tier_up_and_the_bill_and_the_headers_hold_both() -> None:
    world = World(completion("Sure!", usage=USED), completion("{}", usage=USED), limits=Limits(daily=10**9))
    verifying(world)
    answer = await world.chat(response_format={"type": "json_object"})
    assert answer.json()["choices"][0]["message"]["content"] == "{}"
    assert answer.headers["x-router-model"] == "large"
    assert answer.headers["x-router-reason"].endswith("; verified: small's answer was not valid JSON")
    assert answer.headers["x-router-cost-usd"] == "0.009000000"
    (event,) = world.events
    assert [(attempt.model.alias, attempt.outcome) for attempt in event.attempts] == [
        ("small", "invalid_json"),
        ("large", "ok"),
    ]
    assert event.cost_nano == world.count("month") == 6 * COST


@pytest.mark.parametrize(("hedge_after", "answers"), [(None, 2), (1.0, 3)])
async def test_what_is_reserved_covers_every_answer_that_may_be_asked_for(
    hedge_after: float | None, answers: int
) -> None:
    """At most one of each model that the map has, the dearest first."""
    world = World(limits=Limits(daily=1, tpm=10**6))
    refused = await world.chat()
    one = Decimal(refused.json()["error"]["message"].split("up to $")[1].split(". ")[0])
    verifying(world, hedge_after)
    refused = await world.chat()
    all_ = Decimal(refused.json()["error"]["message"].split("up to $")[1].split(". ")[0])
    assert all_ / one * 25 == sum([25, 20, 5][:answers])


@pytest.mark.parametrize("max_tokens", [None, 100])
async def test_what_is_reserved_is_for_all_choices(max_tokens: int | None) -> None:
    """Beyond the prompt, four times as much for four."""

    async def reserved(world: World, n: int) -> Decimal:
        refused = await world.chat(n=n, max_tokens=max_tokens)
        return Decimal(refused.json()["error"]["message"].split("up to $")[1].split(". ")[0])

    world = World(limits=Limits(daily=1))
    one, two, four = [await reserved(world, n) for n in (1, 2, 4)]
    assert two > one
    assert four - one == 3 * (two - one)


async def test_what_is_learnt_of_answers_is_the_length_of_one() -> None:
    world = World(completion(usage=Usage(input=1_000, output=400)), limits=Limits(daily=10**12, tpm=10**6))
    await world.chat(model="small", n=4, max_tokens=None)
    left = (await world.chat(model="small", max_tokens=None)).headers["x-ratelimit-remaining-tokens"]
    assert 100 <= 10**6 - int(left) - 1_400 < 200
