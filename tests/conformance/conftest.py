"""The app under uvicorn on a real socket, its providers real too, and the vendors played by a local server."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import boto3
import httpx
import pytest
import uvicorn
from botocore.config import Config

from pointsman.app import Services, create_app
from pointsman.domain import Account, Capability, CostEvent, MapView, Model, Prices, Tier, TierMap
from pointsman.domain.tiermap import Candidate
from pointsman.errors import Unauthenticated
from pointsman.invoke import Invoker
from pointsman.providers import Providers
from pointsman.providers.registry import ANTHROPIC, BEDROCK, VENDORS
from tests.conformance.upstream import SILENCE, Upstream, play
from tests.fakes import classified, tier_map

KEY = "sk-pm-" + "k" * 43
CLAUDE = "anthropic.claude-haiku-4-5-20251001-v1:0"


@dataclass
class Router:
    """`url` is the root; OpenAI's SDKs want `/v1` after it."""

    url: str
    events: list[CostEvent]
    upstream: Upstream

    def event(self, outcome: str) -> CostEvent:
        """The event with this outcome, once it is there."""
        for _ in range(200):
            if found := next((event for event in self.events if event.outcome == outcome), None):
                return found
            time.sleep(0.01)
        raise AssertionError(f"no event {outcome}: {[event.outcome for event in self.events]}")


def _authenticate(headers: Mapping[str, str]) -> Account:
    if KEY not in (headers.get("authorization", "").removeprefix("Bearer "), headers.get("x-api-key")):
        raise Unauthenticated("The API key is not valid.")
    return Account("key-1", "team-a")


def models(url: str) -> dict[str, Model]:
    """One model of every provider, under the provider's name."""
    served = Model("", "", "", Prices(10**9, 5 * 10**9), 200_000, 64_000, frozenset(Capability), secret="secret")
    found = {
        BEDROCK: replace(served, model_id=CLAUDE, secret=None),
        ANTHROPIC.name: replace(served, model_id="claude-haiku-4-5", endpoint=f"{url}/anthropic"),
        **{name: replace(served, model_id=f"{name}-model", endpoint=f"{url}/openai") for name in VENDORS},
    }
    return {name: replace(model, alias=name, provider=name) for name, model in found.items()}


def the_map(url: str) -> TierMap:
    """`auto` asks OpenAI, then Anthropic."""
    plain = tier_map()
    tier = Tier("economy", (Candidate("openai"), Candidate("anthropic")), timeout=30, attempts=1)
    premium = Tier("premium", (Candidate("bedrock"),), timeout=30, attempts=1)
    return replace(
        plain,
        models=models(url),
        tiers={"economy": tier, "premium": premium},
        settings=replace(plain.settings, baseline_model="anthropic"),
    )


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with play() as played:
        yield played


@pytest.fixture(scope="session")
def running(upstream: Upstream) -> Iterator[Router]:
    """The app in a thread of this process."""
    events: list[CostEvent] = []
    bedrock = boto3.client(
        "bedrock-runtime",
        endpoint_url=upstream.url,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64),
    )
    ids = itertools.count(1)
    served = the_map(upstream.url)
    http = httpx.AsyncClient()
    providers = Providers(bedrock_client=lambda region: bedrock, secrets=lambda name: "sk-upstream-secret", http=http)
    app = create_app(
        Services(
            authenticate=_authenticate,
            tier_map=lambda: MapView(served, "live"),
            classify=lambda request, tasks=None: classified(),
            invoker=Invoker(providers.for_model),
            emit=events.append,
            new_id=lambda: str(next(ids)),
            longest=60,
            keep_alive=SILENCE / 3,
        )
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))

    async def serve() -> None:
        async with http:
            await server.serve(sockets=[listening])

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    yield Router(f"http://127.0.0.1:{listening.getsockname()[1]}", events, upstream)
    server.should_exit = True
    thread.join()
    listening.close()
    bedrock.close()


@pytest.fixture
def router(running: Router) -> Iterator[Router]:
    """The app, with no events yet; no vendor may have been sent what it would refuse."""
    running.events.clear()
    for noted in (running.upstream.faults, running.upstream.gone, running.upstream.bodies):
        noted.clear()
    yield running
    assert running.upstream.faults == []
