"""What goes wrong between a router and the map's table, injected at the emulator's edge: requests go on with the last
good map, none is held up, answers and cost events say that the map is stale, and it ends with the fault."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.e2e.conftest import Deployment, Host, hosted
from tests.e2e.fault_proxy import FAULTS, HANG, FaultProxy

pytestmark = pytest.mark.e2e

SECONDS = 20
STALE = "x-router-map-stale"
HELD_UP = 1_000
"""Milliseconds of the router's own time that only a request could need that waits for the table."""


@pytest.fixture(scope="module")
def proxy(deployment: Deployment) -> Iterator[FaultProxy]:
    """Between the router and the tables."""
    with FaultProxy(deployment.emulator.port, deployment.outputs.map_table) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def router(deployment: Deployment, proxy: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    log = tmp_path_factory.mktemp("faults") / "log"
    with hosted(deployment, log, AWS_ENDPOINT_URL_DYNAMODB=proxy.url) as host:
        yield host


def chat(deployment: Deployment, host: Host) -> httpx.Response:
    body = {"model": "auto", "messages": [{"role": "user", "content": "Name three rivers."}]}
    response = httpx.post(
        f"{host.url}/chat/completions", json=body, headers={"authorization": f"Bearer {deployment.key}"}, timeout=30
    )
    assert response.status_code == 200, response.text
    return response


def chat_until(deployment: Deployment, host: Host, done: Callable[[httpx.Response], bool]) -> list[httpx.Response]:
    """Every answer up to the first that will do."""
    answers = [chat(deployment, host)]
    deadline = time.monotonic() + SECONDS
    while not done(answers[-1]):
        assert time.monotonic() < deadline, answers[-1].headers
        answers.append(chat(deployment, host))
    return answers


@pytest.mark.parametrize("fault", FAULTS)
def test_requests_go_on_while_the_table_fails_and_say_so_until_it_does_not(
    deployment: Deployment, proxy: FaultProxy, router: Host, fault: str
) -> None:
    assert STALE not in chat(deployment, router).headers
    version = chat(deployment, router).headers["x-router-map-version"]
    proxy.fault = fault
    answers = chat_until(deployment, router, lambda answer: STALE in answer.headers)
    answers += [chat(deployment, router) for _ in range(5)]
    assert answers[-1].headers[STALE] == "last-known-good"
    assert {answer.headers["x-router-map-version"] for answer in answers} == {version}
    proxy.fault = None
    answers += chat_until(deployment, router, lambda answer: STALE not in answer.headers)
    events = router.events()
    for answer in answers:
        event = events[answer.headers["x-router-request-id"]]
        assert event["stale_map"] == (STALE in answer.headers)
        assert event["overhead_ms"] < HELD_UP < HANG * 1_000
    assert proxy.injected[fault] > 0


def test_a_cold_start_without_a_table_serves_the_packaged_map(
    deployment: Deployment, proxy: FaultProxy, router: Host, tmp_path_factory: pytest.TempPathFactory
) -> None:
    proxy.fault = "gone"
    try:
        with hosted(deployment, tmp_path_factory.mktemp("cold") / "log", AWS_ENDPOINT_URL_DYNAMODB=proxy.url) as cold:
            answer = chat(deployment, cold)
            assert (answer.headers[STALE], answer.headers["x-router-map-version"]) == ("packaged", "0")
            assert cold.events()[answer.headers["x-router-request-id"]]["stale_map"] == 1
    finally:
        proxy.fault = None
