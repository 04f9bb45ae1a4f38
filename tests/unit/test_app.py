"""The whole app over ASGI, with fakes for everything that leaves the process."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pointsman.domain import Candidate, Capability, Feedback, Route, SecondStage, ShadowCost, Trial, Usage
from pointsman.errors import UpstreamError, UpstreamKind
from tests.fakes import completion, tier_map
from tests.world import SECRET_PROMPT, World


async def test_a_prompt_is_routed_answered_and_costed() -> None:
    world = World(completion(usage=Usage(input=1_000, output=100)))
    response = await world.chat()
    assert response.status_code == 200
    body = response.json()
    assert body["choices"][0]["message"]["content"] == "Paris."
    assert body["usage"]["prompt_tokens"] == 1_000
    headers = {name: value for name, value in response.headers.items() if name.startswith("x-router-")}
    assert headers == {
        "x-router-request-id": "chatcmpl-1",
        "x-router-map-version": "7",
        "x-router-task": "question_answering",
        "x-router-complexity": "0.200",
        "x-router-confidence": "0.900",
        "x-router-reason": "route *: complexity 0.20 is simple",
        "x-router-model": "small",
        "x-router-tier": "economy",
        "x-router-cost-usd": "0.001500000",
        "x-router-baseline-cost-usd": "0.007500000",
    }
    assert (world.event.status, world.event.cost_nano, world.event.saved_nano) == (200, 1_500_000, 6_000_000)
    assert (world.event.key_id, world.event.model, world.event.task) == ("key-1", "small", "question_answering")


async def test_the_provider_is_told_whose_bill_it_is() -> None:
    world = World()
    await world.chat()
    assert world.provider.requests[0].tags == {"team": "team-a", "key_id": "key-1", "stage": "dev"}


async def test_a_canarys_conversations_are_routed_and_recorded_as_its() -> None:
    dearer = replace(tier_map(), version=8, routes={"*": Route("*", {"simple": "premium", "complex": "premium"})})
    world = World(canary=Trial(dearer, 50, "salt"))
    seen = set()
    for n in range(20):
        messages = [{"role": "user", "content": f"chat {n}"}]
        later = [*messages, {"role": "assistant", "content": "."}, {"role": "user", "content": "go on"}]
        first, second = await world.chat(messages=messages), await world.chat(messages=later)
        ways = {
            (answer.headers["x-router-map-version"], answer.headers["x-router-map-channel"], answer.json()["model"])
            for answer in (first, second)
        }
        assert len(ways) == 1, "one conversation never flips"
        seen |= ways
    assert seen == {("7", "stable", "small"), ("8", "canary", "large")}
    assert {(event.map_version, event.channel) for event in world.events} == {(7, "stable"), (8, "canary")}


async def test_a_shadow_decides_and_is_priced_but_not_called() -> None:
    dearer = replace(tier_map(), version=0, routes={"*": Route("*", {"simple": "premium", "complex": "premium"})})
    world = World(completion(usage=Usage(input=1_000, output=100)), shadow=Trial(dearer, 100, "salt"))
    response = await world.chat()
    assert response.headers["x-router-model"] == "small"
    assert world.provider.calls == ["small"]
    assert world.event.shadow == ShadowCost(0, dearer.hash, "ok", "large", "premium", 7_500_000)
    assert world.event.cost_nano == 1_500_000


async def test_what_a_shadow_refuses_is_recorded_and_answered_all_the_same() -> None:
    world = World(shadow=Trial(replace(tier_map(), tiers={}), 100, "salt"))
    assert (await world.chat(model="tier:economy")).status_code == 200
    assert world.event.shadow == ShadowCost(7, "0" * 64, "model_not_found")


async def test_a_shadow_of_no_share_decides_nothing() -> None:
    world = World(shadow=Trial(tier_map(), 0, "salt"))
    await world.chat()
    assert world.event.shadow is None


async def test_a_conversation_keeps_the_candidate_that_was_drawn_for_it() -> None:
    base = tier_map()
    even = replace(base.tiers["premium"], candidates=(Candidate("large", 1), Candidate("spare", 1)))
    world = World()
    world.map = replace(base, tiers={**base.tiers, "premium": even})
    drawn = set()
    for n in range(20):
        opening = [{"role": "user", "content": f"prompt {n}"}]
        later = [*opening, {"role": "assistant", "content": "yes"}, {"role": "user", "content": "and then?"}]
        models = [
            (await world.chat(model="tier:premium", messages=messages)).json()["model"] for messages in (opening, later)
        ]
        assert len(set(models)) == 1
        drawn.update(models)
    assert drawn == {"large", "spare"}


async def test_a_stream_ends_with_its_cost_and_leaves_one_event() -> None:
    world = World(completion("one two", usage=Usage(input=1_000, output=100)))
    response = await world.chat(stream=True, stream_options={"include_usage": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-router-model"] == "small"
    assert "x-router-cost-usd" not in response.headers
    lines = response.text.strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    assert "cost-usd=0.001500000 baseline-cost-usd=0.007500000 request-id=chatcmpl-1" in lines[-2]
    assert (world.event.outcome, world.event.stream, world.event.cost_nano) == ("ok", True, 1_500_000)
    assert world.event.first_chunk_ms is not None


async def test_a_stream_that_breaks_says_so_and_is_charged() -> None:
    world = World(completion("one two"), UpstreamError(UpstreamKind.UNAVAILABLE, "The model broke off."))
    response = await world.chat(stream=True)
    assert response.status_code == 200
    assert '"error"' in response.text
    assert "[DONE]" not in response.text
    assert world.event.outcome == "unavailable"
    assert world.event.cost_nano > 0


async def test_a_fallback_is_said_and_both_attempts_are_in_the_event() -> None:
    busy = UpstreamError(UpstreamKind.OVERLOADED, "busy")
    world = World(busy, busy)
    response = await world.chat()
    assert response.headers["x-router-model"] == "large"
    assert response.headers["x-router-reason"].endswith("after small overloaded, small overloaded")
    assert [attempt.outcome for attempt in world.event.attempts] == ["overloaded", "overloaded", "ok"]


async def test_a_failure_of_all_models_is_an_error_in_the_dialect() -> None:
    world = World(*[UpstreamError(UpstreamKind.RATE_LIMITED, "All are busy.", retry_after=7.0)] * 9)
    response = await world.chat()
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.json()["error"]["code"] == "upstream_rate_limited"
    assert (world.event.status, world.event.saved_nano) == (429, 0)


@pytest.mark.parametrize(
    ("content", "status", "param"),
    [
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[]", 400, None),
        (b'{"model": "auto", "messages": []}', 400, "messages"),
        (b'{"model": "auto", "messages": "hi"}', 400, "messages"),
        (b'{"model": 5, "messages": [{"role": "user", "content": "hi"}]}', 400, "model"),
        (b'{"model": "auto", "messages": [{"role": "user", "content": 5}]}', 400, "messages[0].content"),
        (b'{"model": "gpt-99", "messages": [{"role": "user", "content": "hi"}]}', 404, "model"),
        (b'{"model": "auto", "messages": [{"role": "user", "content": "' + b"x" * 6_300_000 + b'"}]}', 413, None),
    ],
    ids=["json", "utf8", "array", "empty", "string", "model-type", "content-type", "unknown-model", "6MB"],
)
async def test_bad_input_is_a_clear_4xx_and_one_event(content: bytes, status: int, param: str | None) -> None:
    world = World()
    response = await world.client.post("/v1/chat/completions", content=content)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (status, param)
    assert error["message"]
    assert world.event.status == status
    assert world.provider.calls == []


@pytest.mark.parametrize("headers", [{"authorization": ""}, {"authorization": "Bearer wrong"}, {"x-api-key": "wrong"}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/chat/completions"), ("POST", "/v1/route"), ("GET", "/v1/models")]
)
async def test_without_a_good_key_nothing_is_served(headers: dict[str, str], method: str, path: str) -> None:
    world = World()
    response = await world.client.request(method, path, headers={"authorization": ""} | headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"
    assert [event.status for event in world.events] == ([401] if path.endswith("completions") else [])


async def test_route_explains_and_calls_no_model() -> None:
    world = World()
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
    explained = (await world.client.post("/v1/route", json=body)).json()
    assert (explained["model"], explained["tier"], explained["task"]) == ("small", "economy", "question_answering")
    assert [fallback["model"] for fallback in explained["fallbacks"]] == ["large", "spare"]
    assert (world.provider.calls, world.events) == ([], [])


@pytest.mark.parametrize(
    ("model", "below", "asked"), [("auto", 1.0, "small"), ("auto", 0.1, None), ("large", 1.0, None)]
)
async def test_route_says_which_model_would_be_asked_first(model: str, below: float, asked: str | None) -> None:
    world = World()
    world.map = replace(tier_map(), settings=replace(tier_map().settings, second_stage=SecondStage("small", below)))
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    assert (await world.client.post("/v1/route", json=body)).json()["second_stage"] == asked
    assert world.provider.calls == []


async def test_route_passes_over_what_a_model_would_refuse_and_refuses_what_all_would() -> None:
    world = World()
    body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
    world.provider.refuses = {"small": "logprobs", "spare": "logprobs"}
    explained = (await world.client.post("/v1/route", json=body)).json()
    assert (explained["model"], explained["fallbacks"]) == ("large", [])
    assert explained["reason"].endswith("; after small unsupported")
    world.provider.refuses = dict.fromkeys(world.map.models, "max_tokens")
    for path, asked, field in (
        ("/v1/route", body, "max_tokens"),
        ("/v1/route", {"model": "auto", "input": "hi"}, "max_output_tokens"),
    ):
        refused = await world.client.post(path, json=asked)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, field)
    assert (world.provider.calls, world.events) == ([], [])


async def test_models_lists_every_name_that_can_be_asked_for() -> None:
    names = [entry["id"] for entry in (await World().client.get("/v1/models")).json()["data"]]
    assert names == ["auto", "tier:economy", "tier:premium", "small", "large", "spare"]


async def test_a_synonym_is_served_listed_and_kept_in_the_event() -> None:
    world = World()
    world.map = replace(tier_map(), settings=replace(tier_map().settings, synonyms={"gpt-4o": "auto", "big": "large"}))
    response = await world.chat(model="gpt-4o")
    assert (response.status_code, response.json()["model"]) == (200, "small")
    assert world.event.requested_model == "gpt-4o"
    listed = (await world.client.get("/v1/models")).json()["data"]
    assert [(entry["id"], entry["owned_by"]) for entry in listed[-2:]] == [("gpt-4o", "pointsman"), ("big", "fake")]
    anthropic = await world.client.get("/v1/models/big", headers={"anthropic-version": "2023-06-01"})
    assert anthropic.json()["max_tokens"] == 1_000


async def test_health_needs_no_key_and_a_stale_map_is_said() -> None:
    world = World(source="last-known-good")
    health = await world.client.get("/healthz", headers={"authorization": ""})
    assert health.json() == {"status": "ok", "map_version": 7, "map_source": "last-known-good"}
    assert (await world.chat()).headers["x-router-map-stale"] == "last-known-good"


async def test_a_model_that_is_not_there_is_named() -> None:
    world = World()
    world.map = tier_map(off=replace(tier_map().models["small"], alias="off", enabled=False))
    assert "'gpt-99' does not exist" in (await world.chat(model="gpt-99")).json()["error"]["message"]
    assert "'off' is disabled" in (await world.chat(model="off")).json()["error"]["message"]
    assert "'gpt-99'" in (await world.client.get("/v1/models/gpt-99")).json()["error"]["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nope", 404), ("GET", "/v1/chat/completions", 405)])
async def test_what_is_not_served_is_said_in_the_dialect(method: str, path: str, status: int) -> None:
    response = await World().client.request(method, path)
    assert response.status_code == status
    assert "is not served here" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/route", "/v1/v1/route", "/v1//route"])
async def test_a_base_url_with_a_v1_too_few_or_too_many_is_told(path: str) -> None:
    message = (await World().client.post(path, json={})).json()["error"]["message"]
    assert "Did you mean /v1/route? The endpoint's base URL ends in /v1" in message
    assert "Did you mean" not in (await World().client.post("/v1/nope")).json()["error"]["message"]


async def test_an_unexpected_error_tells_nothing_and_leaves_an_event() -> None:
    world = World(RuntimeError(SECRET_PROMPT))
    response = await world.chat()
    assert response.status_code == 500
    assert "PIN" not in response.text
    assert response.headers["x-router-request-id"] == response.headers["x-request-id"] == "chatcmpl-1"
    assert "chatcmpl-1" in response.json()["error"]["message"]
    assert (world.event.status, world.event.outcome) == (500, "RuntimeError")


async def test_no_event_carries_a_word_of_the_prompt_or_the_answer() -> None:
    for world in (World(completion("the answer is 4711")), World(UpstreamError(UpstreamKind.BAD_REQUEST, "no"))):
        await world.chat(user=SECRET_PROMPT)
        assert "4711" not in json.dumps(str(world.event))


async def test_feedback_is_stored_for_its_key_and_is_no_metered_request() -> None:
    world = World()
    response = await world.client.post("/v1/feedback", json={"request_id": "chatcmpl-7", "verdict": "bad"})
    assert response.status_code == 200
    assert response.json() == {"object": "router.feedback", "request_id": "chatcmpl-7", "prompt_stored": False}
    assert world.feedback == [("key-1", Feedback("chatcmpl-7", "bad"))]
    assert world.events == []
    refused = await world.client.post("/v1/feedback", json={"request_id": "chatcmpl-7", "prompt": SECRET_PROMPT})
    assert refused.status_code == 400
    assert SECRET_PROMPT not in refused.text
    assert len(world.feedback) == 1


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        ({"task": "coding", "tier": "premium", "answered_by": "economy"}, None),
        ({"task": "summarisation", "answered_by": "pinned"}, None),
        ({"task": "shipping", "tier": "tried"}, None),
        ({"task": "codign"}, "task"),
        ({"task": "*"}, "task"),
        ({"tier": "premum"}, "tier"),
        ({"tier": "pinned"}, "tier"),
        ({"answered_by": "small"}, "answered_by"),
    ],
)
async def test_feedback_names_what_the_map_or_its_canary_knows(named: dict[str, str], refused: str | None) -> None:
    tried = replace(
        tier_map(),
        tiers={"tried": replace(tier_map().tiers["premium"], name="tried")},
        routes={"*": tier_map().routes["*"], "shipping": Route("shipping", {})},
    )
    world = World(canary=Trial(tried, 50, "salt"))
    body = {"request_id": "chatcmpl-7", "verdict": "bad"} | named
    response = await world.client.post("/v1/feedback", json=body)
    assert (response.status_code, response.json().get("error", {}).get("param")) == (400 if refused else 200, refused)
    assert len(world.feedback) == (refused is None)


async def test_a_router_whose_map_may_be_out_of_date_takes_any_name() -> None:
    body = {"request_id": "chatcmpl-7", "verdict": "bad", "task": "shipping"}
    response = await World(source="packaged").client.post("/v1/feedback", json=body)
    assert response.status_code == 200


async def test_the_second_stage_decides_and_its_cost_is_the_request_s() -> None:
    world = World(completion("coding 9", Usage(input=100, output=3)), completion(usage=Usage(input=10, output=2)))
    doubtful = replace(tier_map().settings, second_stage=SecondStage("small", 1.0))
    world.map = replace(tier_map(), settings=doubtful)
    response = await world.chat()
    assert response.headers["x-router-task"] == "coding"
    assert response.headers["x-router-model"] == "large"
    assert [attempt.tier for attempt in world.event.attempts] == ["second_stage", "premium"]
    assert world.event.cost_nano == sum(attempt.cost_nano for attempt in world.event.attempts)


SEVERAL = replace(
    completion("Heads it", usage=Usage(input=1_000, output=200)), others=(completion("Tails it", usage=None),)
)


async def test_several_choices_are_answered_and_paid_for_together() -> None:
    world = World(SEVERAL)
    body = (await world.chat(n=2)).json()
    assert [choice["message"]["content"] for choice in body["choices"]] == ["Heads it", "Tails it"]
    assert body["usage"]["completion_tokens"] == 200
    assert world.event.cost_nano == 1_000 * 1_000 + 200 * 5_000
    assert world.provider.requests[0].n == 2


async def test_several_streamed_choices_are_told_apart_by_index() -> None:
    world = World(SEVERAL)
    text = (await world.chat(n=2, stream=True)).text
    said = {0: "", 1: ""}
    for line in text.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line.removeprefix("data: "))["choices"]:
                said[choice["index"]] += choice["delta"].get("content") or ""
    assert said == {0: "Headsit", 1: "Tailsit"}
    assert world.event.cost_nano == 1_000 * 1_000 + 200 * 5_000


@pytest.mark.parametrize("stream", [False, True])
async def test_tokens_that_nobody_counted_are_estimated_over_all_choices(stream: bool) -> None:
    world = World(replace(SEVERAL, usage=None))
    await world.chat(n=2, stream=stream)
    assert world.event.usage
    assert (world.event.usage.output, world.event.usage.estimated) == (4, True)


async def test_several_choices_where_no_model_gives_them_are_refused_by_name() -> None:
    world = World()
    single = frozenset(Capability) - {Capability.CHOICES}
    models = {alias: replace(model, capabilities=single) for alias, model in world.map.models.items()}
    world.map = replace(world.map, models=models)
    response = await world.chat(n=2)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "n"
    assert "small, large, spare: gives one answer to a request" in response.json()["error"]["message"]
    assert world.provider.calls == []
