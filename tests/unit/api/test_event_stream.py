"""Streams whose models are slow, and callers who leave, in virtual time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from pointsman.domain import Usage
from pointsman.errors import Unsupported, UpstreamError, UpstreamKind
from tests.chaos.virtual import clock, in_virtual_time
from tests.fakes import completion
from tests.world import KEY, World

COMMENT = ": keep-alive"
ANSWER = completion("one two", usage=Usage(input=1_000, output=100))
SAID = [{"role": "user", "content": "hi"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": SAID},
    "/v1/responses": {"input": "hi"},
    "/v1/messages": {"messages": SAID, "max_tokens": 9},
}
LATE = 60.0
"""Seconds, longer than a tier waits: five in the map of these tests."""


def said(text: str) -> tuple[int, list[str]]:
    """How many comments came first, and what came after them."""
    events = text.strip().split("\n\n")
    rest = [event for event in events if event != COMMENT]
    assert events == [COMMENT] * (len(events) - len(rest)) + rest
    return len(events) - len(rest), rest


@in_virtual_time
async def test_a_quick_answer_is_told_in_the_headers_and_nothing_is_said_before_it() -> None:
    response = await World(ANSWER, keep_alive=1).chat(stream=True)
    assert response.headers["x-router-model"] == "small"
    silences, events = said(response.text)
    assert silences == 0
    assert "model=" not in events[-2]


@in_virtual_time
async def test_a_slow_model_gets_its_head_and_comments_before_the_first_chunk() -> None:
    world = World(3.5, keep_alive=1)
    response = await world.chat(stream=True)
    assert response.status_code == 200
    assert not {"x-router-model", "x-router-tier"} & response.headers.keys()
    silences, events = said(response.text)
    assert silences == 2
    assert events[-1] == "data: [DONE]"
    assert 'request-id=chatcmpl-1 model=small tier=economy reason="route *' in events[-2]
    assert json.loads(events[0].removeprefix("data: "))["model"] == "small"
    assert (world.event.status, world.event.outcome, world.event.tier) == (200, "ok", "economy")


@in_virtual_time
async def test_another_model_takes_over_unseen_and_the_end_says_so() -> None:
    world = World(LATE, LATE, ANSWER, keep_alive=2)
    response = await world.chat(stream=True)
    silences, events = said(response.text)
    assert silences == 4
    assert json.loads(events[0].removeprefix("data: "))["model"] == "large"
    assert 'model=large tier=premium reason="route *' in events[-2]
    assert events[-2].endswith('after small timeout, small timeout"')
    assert [attempt.outcome for attempt in world.event.attempts] == ["timeout", "timeout", "ok"]


@pytest.mark.parametrize("path", BODIES)
def test_a_failure_after_the_head_is_the_dialects_error_event(path: str) -> None:
    @in_virtual_time
    async def run() -> None:
        busy = UpstreamError(UpstreamKind.RATE_LIMITED, "All are busy.")
        world = World(LATE, busy, busy, busy, keep_alive=2)
        response = await world.client.post(path, json={"model": "auto", "stream": True, **BODIES[path]})
        assert response.status_code == 200
        silences, events = said(response.text)
        assert silences == 1
        assert events[0].startswith(": pointsman cost-usd=0.0")
        assert "All are busy." in events[1]
        assert '"error"' in events[1]
        assert len(events) == 2
        assert (world.event.status, world.event.outcome) == (200, "upstream_rate_limited")
        assert world.event.cost_nano > 0

    run()


@in_virtual_time
async def test_a_field_refused_after_the_head_is_named_in_the_callers_words() -> None:
    world = World(LATE, *[Unsupported("Not so.", param="stop")] * 3, keep_alive=2)
    response = await world.client.post("/v1/messages", json={"model": "auto", "stream": True, **BODIES["/v1/messages"]})
    assert "stop_sequences: Not so." in response.text


@in_virtual_time
async def test_a_failure_that_nobody_foresaw_is_in_the_event() -> None:
    world = World(LATE, RuntimeError("?"), keep_alive=2)
    await world.chat(stream=True)
    assert (world.event.status, world.event.outcome) == (200, "RuntimeError")


@in_virtual_time
async def test_a_model_that_falls_silent_is_covered_for_until_it_is_given_up() -> None:
    world = World(ANSWER, keep_alive=4)
    world.provider.hangs_after = 1
    events = (await world.chat(stream=True)).text.strip().split("\n\n")
    assert events[2:-2] == [COMMENT] * 7
    assert "silent" in events[-1]


@in_virtual_time
async def test_a_host_that_gives_answers_whole_waits_for_the_status() -> None:
    world = World(*[LATE] * 9, largest=10_000, keep_alive=1)
    response = await world.chat(stream=True)
    assert response.status_code == 504


async def asked(
    world: World, path: str, body: dict[str, Any], leaves: float, *, broken: bool = False
) -> list[dict[str, Any]]:
    """What the app sends to a caller who leaves so many seconds after it was first listened for; where the connection
    is `broken`, sending fails, as hosts of ASGI's newer versions tell it."""
    gone = asyncio.Event()
    timers: list[asyncio.TimerHandle] = []
    sent: list[dict[str, Any]] = []
    given = [{"type": "http.request", "body": json.dumps({"model": "auto", **body}).encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if given:
            return given.pop()
        if not timers:
            timers.append(asyncio.get_running_loop().call_later(leaves, gone.set))
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if broken:
            raise OSError
        sent.append(message)

    headers = [(b"authorization", f"Bearer {KEY}".encode())]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    scope["asgi"] = {"spec_version": "2.4" if broken else "2.3"}
    await world.app(scope, receive, send)
    return sent


@pytest.mark.parametrize(("stream", "keep_alive"), [(False, 1), (True, 10), (True, 1)])
@pytest.mark.parametrize("path", BODIES)
def test_who_leaves_before_there_is_an_answer_lets_the_model_go(path: str, stream: bool, keep_alive: float) -> None:
    @in_virtual_time
    async def run() -> None:
        world = World(4.0, keep_alive=keep_alive)
        started = clock()
        await asked(world, path, {"stream": stream, **BODIES[path]}, leaves=2)
        assert clock() - started < 2.1
        assert (world.event.status, world.event.outcome) == (499, "abandoned")
        assert [attempt.outcome for attempt in world.event.attempts] == ["abandoned"]
        assert world.event.cost_nano > 0

    run()


@in_virtual_time
async def test_a_model_that_is_still_looked_for_is_let_go_where_the_head_cannot_be_sent() -> None:
    world = World(4.0, keep_alive=1)
    with pytest.raises(ClientDisconnect):
        await asked(world, "/v1/messages", {"stream": True, **BODIES["/v1/messages"]}, leaves=100, broken=True)
    assert (world.event.status, world.event.outcome) == (499, "abandoned")
    assert [attempt.outcome for attempt in world.event.attempts] == ["abandoned"]


@in_virtual_time
async def test_nothing_is_said_after_the_last_byte() -> None:
    body = {"stream": True, **BODIES["/v1/messages"]}
    sent = await asked(World(1.5, keep_alive=1), "/v1/messages", body, leaves=100)
    await asyncio.sleep(10)
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert [message.get("more_body") for message in sent].count(False) == 1
