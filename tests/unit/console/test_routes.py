"""What the console asks, over ASGI, with a stub of CloudWatch Logs behind the savings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from botocore.stub import Stubber

from pointsman.app import Services, create_app
from pointsman.console.routes import Console
from pointsman.console.savings import QUERY, Savings
from pointsman.domain import Account, MapView, TierMap
from pointsman.errors import MapError, Unauthenticated
from pointsman.invoke import Invoker
from pointsman.metering import sinks
from tests.fakes import FakeProvider, classified, model, tier_map
from tests.unit.metering.test_sinks import refused, served

NOW = datetime(2026, 6, 1, 12, 30, tzinfo=UTC).timestamp()


def live() -> TierMap:
    secretive = replace(model("small"), endpoint="http://10.0.0.7/v1", secret="openai-api-key", guardrail="g-1:1")
    return tier_map(small=secretive)


def version(number: int) -> TierMap:
    if number != 6:
        raise MapError("There is none.")
    return replace(live(), version=6)


def authenticate(headers: Mapping[str, str]) -> Account:
    team = headers.get("authorization", "").removeprefix("Bearer ")
    if not team:
        raise Unauthenticated("No API key.")
    return Account("key-1", team)


LOGS = boto3.client("logs", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def logs() -> Iterator[Stubber]:
    with Stubber(LOGS) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def client(logs: Stubber) -> httpx.AsyncClient:
    services = Services(
        authenticate=authenticate,
        tier_map=lambda: MapView(live(), "live"),
        classify=lambda request, tasks=(): classified(0.4),
        invoker=Invoker(FakeProvider()),
        emit=lambda event: None,
        new_id=lambda: "1",
        longest=60,
        console=Console(version, Savings(lambda: LOGS, "router-log", sleep=lambda seconds: None), lambda: NOW),
    )
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://router", headers={"authorization": "Bearer operators"}
    )


async def test_the_map_is_shown_without_addresses_and_secrets(client: httpx.AsyncClient) -> None:
    shown = await client.get("/v1/map")
    assert shown.json()["source"] == "live"
    assert shown.json()["map"]["tiers"].keys() == {"economy", "premium"}
    assert not [word for word in ("10.0.0.7", "openai-api-key", "g-1:1") if word in shown.text]


async def test_a_published_version_is_shown_and_another_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/map/versions/6")).json()["map"]["version"] == 6
    for none in ("7", "-1", "x", "9" * 5_000):
        missing = await client.get(f"/v1/map/versions/{none}")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "version_not_found")


async def test_prompts_are_decided_by_both_maps(client: httpx.AsyncClient) -> None:
    content = (await client.get("/v1/map")).json()["map"]
    content["settings"]["bands"][0]["below"] = 0.3
    found = (await client.post("/v1/map/simulate", json={"prompts": ["hi", "ho"], "map": content})).json()
    assert [(row["now"]["model"], row["then"]["model"]) for row in found["rows"]] == [("small", "large")] * 2
    assert found["moved"] == 2
    assert 0 < found["cost_nano"]["now"] < found["cost_nano"]["then"]


def _set(content: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split("/")
    for step in way:
        content = content[step]
    content[last] = value


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("settings/baseline_model", "none", "settings.baseline_model: there is no 'none'"),
        ("tiers/economy/candidates", [{"model": "none", "weight": 0}], "tiers.economy.candidates: there is no"),
        ("tiers/premium/escalate_to", "economy", "leads in a circle"),
        ("tiers/premium/escalate_to", "none", "tiers.premium.escalate_to: there is no"),
        ("routes/coding/tiers", {"simple": "none"}, "routes.coding.tiers.simple: there is no"),
        ("routes/coding/tiers", {"none": "economy"}, "routes.coding.tiers: there is no"),
        ("routes", {}, "routes: there is no '*'"),
        ("settings", 7, "cannot be read"),
    ],
)
async def test_an_edited_map_with_a_fault_is_refused_by_name(
    client: httpx.AsyncClient, path: str, value: Any, said: str
) -> None:
    content = (await client.get("/v1/map")).json()["map"]
    _set(content, path, value)
    response = await client.post("/v1/map/simulate", json={"prompts": ["hi"], "map": content})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "map")
    assert said in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("prompts", "param"),
    [(None, "prompts"), ([], "prompts"), (["a"] * 201, "prompts"), ([1], "prompts"), (["a", ""], "prompts[1]")],
)
async def test_prompts_that_are_none_are_refused(client: httpx.AsyncClient, prompts: Any, param: str) -> None:
    response = await client.post("/v1/map/simulate", json={"prompts": prompts, "map": {}})
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


def answers(logs: Stubber, *statuses: str, rows: list[dict[str, str]]) -> None:
    """A query over the last day that goes through these states."""
    day = {"startTime": int(NOW) // 3600 * 3600 - 23 * 3600, "endTime": int(NOW) // 3600 * 3600 + 3599}
    asked = {"logGroupName": "router-log", "queryString": QUERY, **day}
    logs.add_response("start_query", {"queryId": "q"}, asked)
    cells = [[{"field": field, "value": value} for field, value in row.items()] for row in rows]
    for status in statuses:
        found = {"status": status, "results": cells if status == "Complete" else []}
        logs.add_response("get_query_results", found, {"queryId": "q"})


async def test_savings_are_added_up_by_the_log(client: httpx.AsyncClient, logs: Stubber) -> None:
    rows = [
        {"hour": "2026-06-01 12:00:00.000", "tier": "economy", "spent": "2000", "saved": "7000.0"},
        {"hour": "2026-06-01 11:00:00.000", "tier": "economy", "spent": "1.5E3", "saved": "-500"},
        {"hour": "2026-06-01 11:00:00.000", "spent": "10", "saved": "-10"},
    ]
    answers(logs, "Scheduled", "Running", "Complete", rows=rows)
    found = (await client.get("/v1/savings?hours=24")).json()
    assert found["hours"] == [
        {"at": "2026-06-01T11:00:00+00:00", "cost_nano": 1_510, "saved_nano": -510},
        {"at": "2026-06-01T12:00:00+00:00", "cost_nano": 2_000, "saved_nano": 7_000},
    ]
    assert found["tiers"] == [
        {"tier": "economy", "cost_nano": 3_500, "saved_nano": 6_500},
        {"tier": "premium", "cost_nano": 0, "saved_nano": 0},
    ]


async def test_a_log_that_answers_with_its_lines_is_added_up_here(client: httpx.AsyncClient, logs: Stubber) -> None:
    event = replace(served(), timestamp_ms=int(NOW * 1000))
    lines = [sinks.line(event, stage="dev"), "START RequestId: 1", sinks.line(refused(), stage="dev")]
    answers(logs, "Complete", rows=[{"@timestamp": "", "@message": line} for line in lines])
    found = (await client.get("/v1/savings?hours=24")).json()
    assert found["hours"][-1] == {
        "at": "2026-06-01T12:00:00+00:00",
        **{side: json.loads(lines[0])[side] for side in ("cost_nano", "saved_nano")},
    }
    assert sum(tier["saved_nano"] for tier in found["tiers"]) == event.saved_nano


@pytest.mark.parametrize("statuses", [["Running", "Failed"], ["Timeout"], ["Running"] * 40])
async def test_a_log_that_does_not_answer_is_told(
    client: httpx.AsyncClient, logs: Stubber, statuses: list[str]
) -> None:
    answers(logs, *statuses, rows=[])
    told = await client.get("/v1/savings?hours=24")
    assert (told.status_code, told.json()["error"]["code"]) == (503, "log_unavailable")


async def test_a_log_that_cannot_be_asked_is_told(client: httpx.AsyncClient, logs: Stubber) -> None:
    logs.add_client_error("start_query", "LimitExceededException")
    told = await client.get("/v1/savings?hours=24")
    assert (told.status_code, told.json()["error"]["code"]) == (503, "log_unavailable")


async def test_only_operators_see_what_is_spent(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/savings", headers={"authorization": "Bearer search"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("hours", ["0", "-1", "x", "337", "1.5", "²", "9" * 5_000])
async def test_a_stretch_that_is_none_is_refused(client: httpx.AsyncClient, hours: str) -> None:
    response = await client.get("/v1/savings", params={"hours": hours})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "hours")


@pytest.mark.parametrize("path", ["/v1/map", "/v1/savings", "/v1/map/versions/6"])
async def test_no_key_no_data(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers={"authorization": ""})).status_code == 401


async def test_the_page_needs_no_key_and_may_load_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/console/", headers={"authorization": ""})
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await client.get("/console")).headers["location"] == "console/"
    assert (await client.get("/console/console.js")).headers["content-type"].startswith("text/javascript")
    assert (await client.get("/console/../app.py")).status_code == 404
