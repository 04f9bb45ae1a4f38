"""The router's Lambda handler with an event as API Gateway sends it: moto's tables, a stubbed Bedrock."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from pointsman.accounts.keys import KeyStore
from pointsman.tiermap.publish import publish
from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore
from tests.unit.tiermap.conftest import create_table

EVENT = Path(__file__).parents[1] / "events" / "api_gateway_rest_proxy.json"
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Lima."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 14, "outputTokens": 3, "totalTokens": 17},
    "metrics": {"latencyMs": 200},
}


@pytest.fixture
def loop() -> Iterator[None]:
    """The event loop that Mangum finds: one that it makes itself lasts as long as the process and is never closed."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.fixture
def handler(loop: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The handler's module, imported afresh in an account with tables, a live map and one key."""
    with mock_aws():
        tables = boto3.resource("dynamodb")
        map_table = create_table()
        store = MapStore(map_table)
        for item in seed_items():
            store.put_draft(item)
        publish(store, "2026-01-01T00:00:00Z")
        attributes: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        accounts = tables.create_table(
            TableName="accounts", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST"
        )
        key = KeyStore(accounts, time.time).create("team-a", "test").key
        for name, value in {"MAP_TABLE": map_table.name, "ACCOUNTS_TABLE": "accounts", "STAGE": "dev"}.items():
            monkeypatch.setenv(name, value)
        for name in ("router.handler", "router.wiring"):
            sys.modules.pop(name, None)
        module = importlib.import_module("router.handler")
        event = EVENT.read_text().replace("{key}", key)
        yield module.handler, sys.modules["router.wiring"], json.loads(event)


def test_an_api_gateway_event_becomes_a_routed_answer(
    handler: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    handle, wiring, event = handler
    client = wiring._bedrock_client(None)
    with Stubber(client) as stub:
        stub.add_response(
            "converse", ANSWER, {"modelId": "us.amazon.nova-lite-v1:0", "messages": ANY, "requestMetadata": ANY}
        )
        answer = handle(event, None)
    assert answer["statusCode"] == 200, answer
    assert json.loads(answer["body"])["choices"][0]["message"]["content"] == "Lima."
    assert answer["headers"]["x-router-model"] == "nova-lite"
    assert answer["isBase64Encoded"] is False
    written = capsys.readouterr().out
    assert '"message":"cost_event"' in written
    assert "Peru" not in written + str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("length", [5_900_000, 5_999_000, 7_000_000])
def test_an_answer_is_whole_or_an_error_that_says_it_is_too_large(handler: Any, length: int) -> None:
    handle, wiring, event = handler
    said = {"role": "assistant", "content": [{"text": "x" * length}]}
    with Stubber(wiring._bedrock_client(None)) as stub:
        stub.add_response("converse", ANSWER | {"output": {"message": said}})
        answer = handle(event, None)
    assert len(json.dumps(answer)) < 6_291_556
    body = json.loads(answer["body"])
    if length < 6_000_000:
        assert len(body["choices"][0]["message"]["content"]) == length
    else:
        assert (answer["statusCode"], body["error"]["code"]) == (400, "answer_too_large")
        assert float(answer["headers"]["x-router-cost-usd"]) > 0


def test_an_api_gateway_event_without_a_key_is_a_401(handler: Any) -> None:
    handle, _, event = handler
    event["headers"].pop("Authorization")
    event["multiValueHeaders"].pop("Authorization")
    answer = handle(event, None)
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["error"]["code"] == "invalid_api_key"
