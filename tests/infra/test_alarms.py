"""Every alarm is raised by the condition it is for, by nothing less, and leads to its runbook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from pointsman.domain import CostEvent, Usage
from pointsman.metering import sinks
from pointsman.tiermap.names import INVALID_MAP
from publisher import handler as publisher
from tests.infra.alarm_evaluator import Data, raised
from tests.infra.conftest import Synth, Templates
from tests.unit.metering.test_sinks import refused, served

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")

FAILED = replace(refused(), status=503, outcome="upstream_overloaded")
UNPRICED = served(Usage(9, 9, cache_write_1h=9))
STALE = replace(served(), map_source="last-known-good")


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """By what each is called in code."""
    found = template.find_resources("AWS::CloudWatch::Alarm")
    return {re.sub(r"^Alarms|[0-9A-F]{8}$", "", id): resource["Properties"] for id, resource in found.items()}


def lines(event: CostEvent, times: int = 1, *, periods: int = 1) -> Data:
    data = Data()
    for period in range(periods):
        for _ in range(times):
            data.put_line(sinks.line(event, stage="dev"), period=period)
    return data


def mixed(failed: int, answered: int) -> Data:
    data = lines(FAILED, failed)
    for _ in range(answered):
        data.put_line(sinks.line(served(), stage="dev"))
    return data


def aws(alarm: dict[str, Any], name: str, value: float) -> Data:
    """What an AWS service itself would send for the first of the alarm's metrics that is called so."""
    stats = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query] or [alarm]
    metric = next(metric for metric in stats if metric["MetricName"] == name)
    data = Data()
    dimensions = {item["Name"]: str(item["Value"]) for item in metric["Dimensions"]}
    data.put(metric["Namespace"], name, dimensions, value)
    return data


@pytest.mark.parametrize(
    ("name", "enough", "too_little"),
    [
        ("ErrorBudget", mixed(2, 20), mixed(1, 20)),
        ("ErrorBudget", mixed(20, 0), mixed(19, 0)),
        ("UnpricedModel", lines(UNPRICED), lines(served())),
        ("StaleMap", lines(STALE, periods=3), lines(STALE, periods=2)),
    ],
)
def test_what_the_router_writes_raises_an_alarm(default: Templates, name: str, enough: Data, too_little: Data) -> None:
    alarm = alarms(default["observability"])[name]
    assert raised(alarm, enough)
    assert not raised(alarm, too_little)
    assert not raised(alarm, Data())


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("RouterErrors", "Errors"),
        ("DeadLetters", "ApproximateNumberOfMessagesVisible"),
        ("Throttles", "Throttles"),
        ("Throttles", "ReadThrottleEvents"),
        ("Throttles", "WriteThrottleEvents"),
    ],
)
def test_what_aws_counts_raises_an_alarm(default: Templates, name: str, metric: str) -> None:
    alarm = alarms(default["observability"])[name]
    assert raised(alarm, aws(alarm, metric, 1))
    assert not raised(alarm, aws(alarm, metric, 0))


def test_a_rejected_edit_raises_an_alarm(
    default: Templates, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what the publisher's own metric writes."""
    monkeypatch.setattr(publisher.metrics.provider, "service", "publisher-dev")
    publisher._count(INVALID_MAP)
    data = Data()
    data.put_line(capsys.readouterr().out)
    alarm = alarms(default["observability"])["InvalidMap"]
    assert raised(alarm, data)
    assert not raised(alarm, Data())


def test_a_stages_alarms_hear_that_stage_alone(synth: Synth) -> None:
    alarm = alarms(synth(stage="prod")["observability"])["UnpricedModel"]
    assert not raised(alarm, lines(UNPRICED))


def test_spend_above_a_days_share_of_the_budget_raises_an_alarm(synth: Synth) -> None:
    alarm = alarms(synth(monthly_budget_usd="300")["observability"])["SpendAboveForecast"]
    cost = served().cost_nano
    ten_dollars = 10 * 10**9
    assert raised(alarm, lines(replace(served(), cost_nano=ten_dollars + cost)))
    assert not raised(alarm, lines(replace(served(), cost_nano=ten_dollars)))


def test_without_a_budget_unusual_spend_raises_an_alarm(default: Templates) -> None:
    alarm = alarms(default["observability"])["SpendAboveForecast"]
    assert alarm["ComparisonOperator"] == "GreaterThanUpperThreshold"
    band = next(query for query in alarm["Metrics"] if "Expression" in query)
    assert band["Expression"].startswith("ANOMALY_DETECTION_BAND(")
    assert alarm["ThresholdMetricId"] == band["Id"]
    usual = 3 * served().cost_nano
    assert raised(alarm, lines(served(), 4, periods=2), upper_edge=usual)
    assert not raised(alarm, lines(served(), 3, periods=2), upper_edge=usual)


def test_every_alarm_tells_the_topic_and_links_its_runbook(default: Templates) -> None:
    found = alarms(default["observability"])
    headings = {re.sub(r"\W+", "-", line[3:].lower()) for line in OPERATIONS.splitlines() if line.startswith("## ")}
    for name, alarm in found.items():
        assert alarm["AlarmActions"] == alarm["OKActions"] != []
        anchor = alarm["AlarmDescription"].split("docs/operations.md#")[1]
        assert anchor in headings, name
        assert alarm["TreatMissingData"] == "notBreaching"


def test_who_is_told_comes_from_the_context(synth: Synth, default: Templates) -> None:
    default["observability"].resource_count_is("AWS::SNS::Subscription", 0)
    synth(alarm_email="ops@example.com")["observability"].has_resource_properties(
        "AWS::SNS::Subscription", {"Endpoint": "ops@example.com", "Protocol": "email", "TopicArn": Match.any_value()}
    )
