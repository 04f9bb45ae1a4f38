"""The canary's alarm, over lines that the router really writes, ends it; the dashboard's graphs fill from the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pointsman.domain import CostEvent
from pointsman.metering import sinks
from tests.infra.alarm_evaluator import Data, raised
from tests.infra.conftest import Templates
from tests.unit.metering.test_sinks import refused, served

EVENT = json.loads((Path(__file__).parents[1] / "events" / "cloudwatch_alarm_state_change.json").read_text())


def failed(channel: str | None) -> CostEvent:
    return replace(refused(), status=503, outcome="upstream_overloaded", channel=channel)


def minutes(*failures: tuple[int, int], stable: tuple[int, int] = (0, 100)) -> Data:
    """The canary's failed and answered requests of each minute, beside the stable map's."""
    data = Data()
    for minute, canary in enumerate(failures):
        for channel, (bad, good) in (("canary", canary), ("stable", stable)):
            events = [failed(channel)] * bad + [replace(served(), channel=channel)] * good
            for event in events:
                data.put_line(sinks.line(event, stage="dev"), period=minute)
    return data


@pytest.fixture(scope="module")
def alarm(default: Templates) -> Mapping[str, Any]:
    (found,) = default["data"].find_resources("AWS::CloudWatch::Alarm").values()
    properties: Mapping[str, Any] = found["Properties"]
    return properties


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (minutes((2, 18), (2, 18), (0, 20)), True),
        (minutes((2, 18), (0, 20), (2, 18)), True),
        (minutes((2, 18), (0, 20), (0, 20)), False),
        (minutes((1, 19), (1, 19), (1, 19)), False),
        (minutes((19, 0), (19, 0), (19, 0)), False),
        (minutes((3, 17), (3, 17), (3, 17), stable=(15, 85)), False),
        (minutes((5, 15), (5, 15), (5, 15), stable=(15, 85)), True),
        (minutes((20, 0), (20, 0), (20, 0), stable=(0, 0)), True),
        (minutes((0, 0), (0, 0), (0, 0), stable=(100, 0)), False),
    ],
    ids=["two of three", "not in a row", "once", "five points", "too few", "as bad", "worse", "all traffic", "none"],
)
def test_the_alarm_is_raised_by_a_canary_that_fails_more_often_than_the_stable_map(
    alarm: Mapping[str, Any], data: Data, expected: bool
) -> None:
    assert raised(alarm, data) == expected


def test_without_a_canary_failures_do_not_raise_it(alarm: Mapping[str, Any]) -> None:
    data = Data()
    for minute in range(3):
        for _ in range(50):
            data.put_line(sinks.line(failed(None), stage="dev"), period=minute)
    assert not raised(alarm, data)
    assert not raised(alarm, Data())


def test_the_rule_hands_the_alarms_event_to_the_publisher_with_a_dead_letter_queue(default: Templates) -> None:
    rules = default["data"].find_resources("AWS::Events::Rule").values()
    (rule,) = (rule["Properties"] for rule in rules if "EventPattern" in rule["Properties"])
    (alarm_id,) = default["data"].find_resources("AWS::CloudWatch::Alarm")
    pattern = dict(rule["EventPattern"])
    assert pattern.pop("resources") == [{"Fn::GetAtt": [alarm_id, "Arn"]}]
    assert matches(pattern, EVENT)
    assert not matches(pattern, EVENT | {"detail": EVENT["detail"] | {"state": {"value": "OK"}}})
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"]["Arn"]
    assert "Publisher" in target["Arn"]["Fn::GetAtt"][0]


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """EventBridge's rule for values: each field is one of those listed."""
    return all(
        matches(wanted, event[name]) if isinstance(wanted, Mapping) else event[name] in wanted
        for name, wanted in pattern.items()
    )
