"""The publisher's handler over a moto table, with a stream event as DynamoDB sends it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from pointsman.errors import MapError
from pointsman.tiermap.edit import Edit
from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore
from tests.unit.tiermap.conftest import create_table

CONTEXT = SimpleNamespace(
    function_name="publisher",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:publisher",
    aws_request_id="r-1",
)
RECORD = {
    "eventID": "1",
    "eventName": "MODIFY",
    "eventVersion": "1.1",
    "eventSource": "aws:dynamodb",
    "awsRegion": "us-east-1",
    "dynamodb": {
        "ApproximateCreationDateTime": 1764000000,
        "Keys": {"pk": {"S": "DRAFT"}, "sk": {"S": "TIER#economy"}},
        "SequenceNumber": "100",
        "SizeBytes": 26,
        "StreamViewType": "KEYS_ONLY",
    },
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MapStore]:
    monkeypatch.setenv("MAP_TABLE", "map")
    from publisher import handler

    with mock_aws():
        store = MapStore(create_table())
        for item in seed_items():
            store.put_draft(item)
        handler._store.cache_clear()
        handler._settings.cache_clear()
        yield store
        handler._store.cache_clear()


def run(capsys: pytest.CaptureFixture[str], *records: dict[str, Any]) -> list[dict[str, Any]]:
    """One invocation by the stream; what it wrote to standard output, line by line."""
    return invoke(capsys, {"Records": list(records)})


def invoke(capsys: pytest.CaptureFixture[str], event: dict[str, Any]) -> list[dict[str, Any]]:
    from publisher import handler

    capsys.readouterr()
    log = handler.logger.registered_handler
    assert isinstance(log, logging.StreamHandler)
    log.stream = sys.stdout
    handler.handler(event, CONTEXT)  # type: ignore[arg-type]
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(lines: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [
        (directive["Namespace"], metric["Name"], sorted(directive["Dimensions"][0]))
        for line in lines
        if "_aws" in line
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    ]


def test_a_good_draft_is_published_and_counted(store: MapStore, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, RECORD)
    assert store.live().version == 1
    assert metrics(lines) == [("Pointsman", "MapPublished", ["service"])]
    (log,) = [line for line in lines if line.get("message") == "map_published"]
    assert (log["version"], log["author"], log["records"]) == (1, "unknown", 1)


def test_a_bad_draft_is_logged_with_its_problems_counted_and_not_published(
    store: MapStore, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, RECORD)
    store.put_draft({"sk": "TIER#economy", "candidates": ["nova-lit"], "timeout": Decimal(30)})
    lines = run(capsys, RECORD)
    assert metrics(lines) == [("Pointsman", "InvalidMap", ["service"])]
    (log,) = [line for line in lines if line.get("message") == "map_rejected"]
    assert (log["level"], log["live_version"]) == ("WARNING", 1)
    assert log["problems"] == [
        {
            "item": "TIER#economy",
            "field": "candidates[0].model",
            "reason": "there is no model 'nova-lit'",
            "suggestion": "nova-lite",
        }
    ]
    assert store.live().version == 1
    assert store.status().state == "rejected"


def test_repeated_records_publish_once(store: MapStore, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, RECORD, RECORD)
    lines = run(capsys, RECORD)
    assert metrics(lines) == []
    assert [line["message"] for line in lines] == ["map_unchanged"]
    assert store.live().version == 1


POISON: list[dict[str, Any]] = [
    {},
    {"dynamodb": None},
    {"dynamodb": {"Keys": {"pk": {"S": "DRAFT"}, "sk": {"B": "////"}}}},
    {"eventName": "NO_SUCH", "dynamodb": {"Keys": {}, "NewImage": {"sk": {"N": "not a number"}}}},
    RECORD | {"dynamodb": {"Keys": {"pk": {"S": "DRAFT"}, "sk": {"S": "TIER#long-gone"}}}},
]


@pytest.mark.parametrize("poison", POISON)
def test_a_poison_record_holds_no_later_one_up(
    store: MapStore, capsys: pytest.CaptureFixture[str], poison: dict[str, Any]
) -> None:
    """What a record says is not read: before, between or alone, the draft as it is now is published."""
    run(capsys, poison, RECORD)
    economy = next(item for item in store.drafts() if item["sk"] == "TIER#economy")
    for seconds, records in ((7, (poison,)), (8, (RECORD, poison, RECORD))):
        store.put_draft(economy | {"timeout": seconds})
        run(capsys, *records)
        assert store.live().tiers["economy"].timeout == seconds


def test_an_item_that_can_never_be_published_holds_only_the_draft_up_until_it_is_mended(
    store: MapStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no failure of the publisher's, so its records are not repeated and not put on the dead-letter queue."""
    run(capsys, RECORD)
    store.put_draft({"sk": "\u0000", "nonsense": [{"a": None}, b"\x00"]})
    (rejected,) = [line for line in run(capsys, RECORD) if line.get("message") == "map_rejected"]
    assert rejected["live_version"] == 1
    store.delete_draft("\u0000")
    economy = next(item for item in store.drafts() if item["sk"] == "TIER#economy")
    store.put_draft(economy | {"timeout": 9})
    run(capsys, RECORD)
    assert store.live().tiers["economy"].timeout == 9


def test_a_failure_is_raised_so_that_lambda_repeats_the_batch(
    store: MapStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: MapStore) -> None:
        raise MapError("no table")

    monkeypatch.setattr(MapStore, "drafts", fail)
    with pytest.raises(MapError):
        run(capsys, RECORD)


ALARM = json.loads((Path(__file__).parents[1] / "events" / "cloudwatch_alarm_state_change.json").read_text())


def start_canary(store: MapStore, started_at: str) -> None:
    economy = next(item for item in store.drafts() if item["sk"] == "TIER#economy")
    canary = {"mode": "canary", "percent": 5, "salt": "s", "started_at": started_at}
    store.edit(Edit(store.desired(), release=canary))
    store.put_draft(economy | {"timeout": 7})


@pytest.mark.parametrize(
    ("started_at", "state", "aborted"),
    [
        ("2026-11-24T11:59:00+00:00", "ALARM", True),
        ("2026-11-24T12:00:01+00:00", "ALARM", False),
        ("2026-11-24T11:59:00+00:00", "OK", False),
    ],
)
def test_the_canarys_alarm_ends_it_unless_it_was_an_earlier_ones(
    store: MapStore, capsys: pytest.CaptureFixture[str], started_at: str, state: str, aborted: bool
) -> None:
    run(capsys, RECORD)
    start_canary(store, started_at)
    run(capsys, RECORD)
    assert store.publication().canary
    detail = ALARM["detail"] | {"state": ALARM["detail"]["state"] | {"value": state}}
    for _ in range(2):
        invoke(capsys, ALARM | {"detail": detail})
        assert (store.publication().canary is None) == aborted
        assert store.live().version == 1
    release = store.desired().release
    assert (release["mode"], release.get("updated_by")) == (
        ("hold", "alarm CanaryAlarm") if aborted else ("canary", None)
    )
