"""Two hundred edits in random order, sound and broken, while clients call: no request fails, and no version that a
client sees is older than one it saw before. A rollback brings old content under a new number."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from local.seed import seed_map
from pointsman.classify import embedding
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.edit import Edit
from pointsman.tiermap.store import MapStore
from tests.e2e.conftest import Deployment, Host, seed

pytestmark = pytest.mark.e2e

EDITS = 200
CLIENTS = 3
PAUSE = 0.05
"""Seconds between edits, so that clients see some of the versions between the first and the last."""
SECONDS = 30
"""The longest that the publisher or a client may take to follow."""

Items = dict[str, dict[str, Any]]


class Client:
    """Calls without a pause, and notes each answer's status and version."""

    def __init__(self, url: str, key: str) -> None:
        self.seen: list[tuple[int, int]] = []
        self._url, self._key = url, key

    def run(self, stop: threading.Event) -> None:
        with httpx.Client(headers={"authorization": f"Bearer {self._key}"}, timeout=30) as http:
            while not stop.is_set():
                body = {"model": "auto", "messages": [{"role": "user", "content": f"Name river {len(self.seen)}."}]}
                response = http.post(f"{self._url}/chat/completions", json=body)
                self.seen.append((response.status_code, int(response.headers.get("x-router-map-version", -1))))

    @property
    def version(self) -> int:
        return self.seen[-1][1] if self.seen else 0


@pytest.fixture
def store(deployment: Deployment) -> Iterator[MapStore]:
    """The map's store; afterwards the seed is live as before."""
    store = MapStore(deployment.table(deployment.outputs.map_table))
    yield store
    release(store, mode="live")
    for item in store.drafts():
        store.delete_draft(str(item["sk"]))
    seed_map(deployment.emulator, deployment.outputs, seed())


def release(store: MapStore, **fields: Any) -> None:
    store.edit(Edit(store.desired(), release=fields))


def until(check: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not check():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def edits(seed: Items, order: random.Random) -> list[dict[str, Any]]:
    """Whole items, one an edit: other limits, other candidates, other routes, and every tenth broken."""
    made = []
    for n in range(EDITS):
        tier = seed[f"TIER#{('economy', 'standard', 'premium')[n % 3]}"]
        if n % 10 == 0:
            made.append(tier | {"candidates": ["no-such-model"]})
        elif n % 4 == 0:
            made.append(tier | {"candidates": order.sample(tier["candidates"], len(tier["candidates"]))})
        elif n % 5 == 0:
            made.append(seed["ROUTE#coding"] | {"tiers": {"simple": order.choice(["economy", "standard", "premium"])}})
        else:
            made.append(tier | {"timeout": Decimal(20 + n)})
    order.shuffle(made)
    return made


def test_two_hundred_edits_and_a_rollback_under_load(deployment: Deployment, host: Host, store: MapStore) -> None:
    items: Items = {str(item["sk"]): item for item in seed()}
    first = seed_map(deployment.emulator, deployment.outputs, seed())
    wanted = store.live().hash
    clients = [Client(host.url, deployment.key) for _ in range(CLIENTS)]
    lambda_client = Client(deployment.endpoint, deployment.key)
    stop = threading.Event()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        running = [pool.submit(client.run, stop) for client in (*clients, lambda_client)]
        try:
            todo = edits(items, random.Random(11))
            for number, item in enumerate(todo):
                store.put_draft(item)
                time.sleep(PAUSE)
                if number == EDITS // 2:
                    release(store, mode="pin", version=first)
                    until(lambda: store.live().version > first and store.live().hash == wanted, "the rollback")
                    back = store.live().version
                    until(lambda: {client.version for client in clients} == {store.live().version}, "clients follow")
                    release(store, mode="live")
            for item in items.values():
                store.put_draft(item | {"updated_by": "the last"})
            final = compile_map(store.drafts(), version=0, author="", published_at="", encoder=embedding.load()).hash
            until(lambda: store.status().state == "ok" and store.live().hash == final, "the last edit is live")
            last = store.live().version
            until(lambda: all(client.version == last for client in clients), "clients see the last version")
        finally:
            stop.set()
    for done in running:
        done.result()
    for client in (*clients, lambda_client):
        assert {status for status, _ in client.seen} == {200}
    for client in clients:
        versions = [version for _, version in client.seen]
        assert all(one <= later for one, later in pairwise(versions))
        assert len(set(versions)) > 3, "the map did change under the client"
    assert first < back < last == store.record().latest
