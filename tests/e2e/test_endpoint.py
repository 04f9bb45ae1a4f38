"""The deployed endpoint, called as a user calls it: with the official SDK, changed in nothing but base URL and key."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest

from pointsman.tiermap.store import MapStore
from tests.e2e.conftest import Deployment, until

pytestmark = pytest.mark.e2e

HARD = "Prove that sqrt(2) is irrational"


@pytest.fixture(scope="module")
def sdk(deployment: Deployment) -> openai.OpenAI:
    return openai.OpenAI(base_url=deployment.endpoint, api_key=deployment.key, max_retries=0)


@pytest.fixture(scope="module")
def store(deployment: Deployment) -> MapStore:
    return MapStore(deployment.table(deployment.outputs.map_table))


def chat(deployment: Deployment, content: str = "What is the capital of Peru?", **changes: Any) -> httpx.Response:
    body = {"model": "auto", "messages": [{"role": "user", "content": content}]} | changes
    return httpx.post(
        f"{deployment.endpoint}/chat/completions",
        json=body,
        headers={"authorization": f"Bearer {deployment.key}"},
        timeout=30,
    )


def log(deployment: Deployment) -> str:
    """Everything that the functions have logged so far, and the emulator's own log."""
    logs = deployment.client("logs")
    lines = [deployment.log.read_text(errors="replace")]
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        lines += [event["message"] for page in pages for event in page["events"]]
    return "\n".join(lines)


def test_the_official_sdk_gets_a_routed_answer(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.with_raw_response.create(
        model="auto", messages=[{"role": "user", "content": "What is the capital of Peru?"}]
    )
    completion = answer.parse()
    assert completion.choices[0].message.content
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens > 0
    assert answer.headers["x-router-tier"] == "economy"


def test_a_hard_prompt_goes_to_a_stronger_tier_and_the_cost_is_the_maps(
    deployment: Deployment, store: MapStore
) -> None:
    response = chat(deployment, HARD)
    model = store.live().models[response.headers["x-router-model"]]
    usage = response.json()["usage"]
    nano = usage["prompt_tokens"] * model.prices.input + usage["completion_tokens"] * model.prices.output
    assert response.headers["x-router-tier"] != "economy"
    assert Decimal(response.headers["x-router-cost-usd"]) == (Decimal(nano) / 10**15).quantize(Decimal("1e-9"))


def test_tier_and_alias_pin(sdk: openai.OpenAI) -> None:
    for name, model in (("tier:premium", "sonnet-4.6"), ("opus-4.7", "opus-4.7")):
        answer = sdk.chat.completions.create(model=name, messages=[{"role": "user", "content": "hi"}])
        assert answer.model == model


def test_models_and_route_and_health(deployment: Deployment, sdk: openai.OpenAI) -> None:
    assert {"auto", "tier:economy", "haiku-4.5"} <= {model.id for model in sdk.models.list()}
    root = deployment.endpoint.removesuffix("/v1")
    assert httpx.get(f"{root}/healthz").json()["map_source"] == "live"
    explained = httpx.post(
        f"{deployment.endpoint}/route",
        json={"model": "auto", "messages": [{"role": "user", "content": HARD}]},
        headers={"x-api-key": deployment.key},
    ).json()
    assert explained["task"] in {"math", "reasoning"}
    assert explained["signals"]


@pytest.mark.parametrize("key", ["", "sk-pm-" + "x" * 43, "nonsense"])
def test_a_wrong_key_is_the_sdks_authentication_error(deployment: Deployment, key: str) -> None:
    sdk = openai.OpenAI(base_url=deployment.endpoint, api_key=key or "-", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        sdk.models.list()
    assert caught.value.code == "invalid_api_key"


def test_bad_requests_are_the_sdks_bad_request_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.chat.completions.create(model="auto", messages=[])
    assert caught.value.param == "messages"
    with pytest.raises(openai.NotFoundError) as missing:
        sdk.chat.completions.create(model="gpt-99", messages=[{"role": "user", "content": "hi"}])
    assert missing.value.code == "model_not_found"


def test_one_edit_moves_the_next_prompt_and_a_broken_one_changes_nothing(
    deployment: Deployment, store: MapStore
) -> None:
    """No deployment in between."""
    economy = next(item for item in store.drafts() if item["sk"] == "TIER#economy")
    before = chat(deployment).headers["x-router-model"]
    other = next(alias for alias in economy["candidates"] if alias != before and store.live().models[alias].enabled)

    store.put_draft(economy | {"candidates": [other]})
    until(lambda: chat(deployment).headers["x-router-model"] == other, seconds=60)
    version = store.live().version

    store.put_draft(economy | {"candidates": ["no-such-model"]})
    status = until(lambda: (found := store.status()).state == "rejected" and found)
    assert any(problem.item == "TIER#economy" for problem in status.problems)
    assert store.live().version == version
    assert chat(deployment).headers["x-router-model"] == other
    until(lambda: "map_rejected" in log(deployment))

    store.put_draft(economy)
    until(lambda: store.status().state == "ok")


def test_each_request_leaves_one_cost_event_without_a_word_of_the_prompt(deployment: Deployment) -> None:
    secret = "the-launch-code-is-4711"
    request_id = chat(deployment, f"Repeat: {secret}").headers["x-router-request-id"]
    event = until(lambda: _event(deployment, request_id))
    assert (event["status"], event["outcome"], event["tokens"]["estimated"]) == (200, "ok", False)
    assert event["cost_nano"] > 0
    assert secret not in log(deployment)
    failed = chat(deployment, model="gpt-99").headers["x-router-request-id"]
    assert until(lambda: _event(deployment, failed))["status"] == 404


def _event(deployment: Deployment, request_id: str) -> dict[str, Any] | None:
    lines = [line for line in log(deployment).splitlines() if request_id in line and "cost_event" in line]
    if not lines:
        return None
    assert len(lines) == 1
    event: dict[str, Any] = json.loads(lines[0][lines[0].index("{") :])
    return event
