from __future__ import annotations

import json
import re

import pytest
from aws_cdk.assertions import Match

from infra.dashboard import ASKED
from infra.queries import EVENTS, SAVED
from pointsman.console.savings import QUERY
from pointsman.metering import names
from pointsman.metering.record import AttemptRecord, CostRecord, Tokens
from tests.infra.conftest import Synth, Templates

FIELDS = {
    "@timestamp",
    *CostRecord.model_fields,
    *(f"tokens.{name}" for name in Tokens.model_fields),
    *(f"attempts.0.{name}" for name in AttemptRecord.model_fields),
}
SHOWN = [query for _, query, _ in ASKED]
COMMANDS = {"filter", "fields", "stats", "sort", "limit"}
WORDS = {"and", "or", "as", "by", "desc", "asc", "sum", "count", "avg", "pct", "bin", "ispresent"}


@pytest.mark.parametrize("query", [*SAVED.values(), *SHOWN, QUERY], ids=str.splitlines)
def test_a_query_asks_for_fields_that_events_have(query: str) -> None:
    assert query.startswith(EVENTS)
    steps = [step.strip() for step in query.split("\n|")]
    assert {step.split()[0] for step in steps} <= COMMANDS
    plain = re.sub(r'"[^"]*"', "", query)
    made = set(re.findall(r"\bas (\w+)", plain))
    used = set(re.findall(r"@?[A-Za-z_][\w.]*", plain))
    assert used - made - COMMANDS - WORDS - FIELDS - {"e9", "m", "h"} == set()


def test_queries_are_saved_for_the_routers_log(default: Templates) -> None:
    found = default["observability"].find_resources("AWS::Logs::QueryDefinition").values()
    assert {one["Properties"]["Name"] for one in found} == {f"Pointsman-dev/{name}" for name in SAVED}
    assert all(len(one["Properties"]["LogGroupNames"]) == 1 for one in found)


def test_the_dashboard_shows_every_figure(default: Templates) -> None:
    text = dashboard(default)
    for query in SHOWN:
        assert json.dumps(query)[1:-1] in text
    assert "SEARCH(" not in text
    for name in (names.FAILED, "InvalidMap", "Errors", "Duration", "Throttles"):
        assert f'"{name}"' in text
    for name in ("fallbacks", "breaker_open", "stale_map", "budget_refused", "rate_limited", "estimated", "unpriced"):
        assert f"sum({name})" in text


def dashboard(templates: Templates) -> str:
    """Its body as text, with the references in it left out."""
    (found,) = templates["observability"].find_resources("AWS::CloudWatch::Dashboard").values()
    body = found["Properties"]["DashboardBody"]
    return body if isinstance(body, str) else "".join(part for part in body["Fn::Join"][1] if isinstance(part, str))


def test_what_metrics_are_kept_by_comes_from_the_context(synth: Synth, default: Templates) -> None:
    for templates, expected in ((default, ""), (synth(metrics_by="tier,model"), "tier,model")):
        drawn = re.findall(r"\{Pointsman,stage,(\w+)\}", dashboard(templates))
        assert ",".join(drawn) == expected
        templates["api"].has_resource_properties(
            "AWS::Lambda::Function",
            {"Environment": {"Variables": Match.object_like({"METRICS_BY": expected})}},
        )


def test_two_stages_in_one_account_do_not_ring_each_others_alarms(synth: Synth) -> None:
    for stage in ("dev", "prod"):
        templates = synth(stage=stage)
        templates["observability"].has_resource_properties(
            "AWS::CloudWatch::Alarm",
            {"MetricName": "InvalidMap", "Dimensions": [{"Name": "service", "Value": f"publisher-{stage}"}]},
        )
        templates["data"].has_resource_properties(
            "AWS::Lambda::Function",
            {"Environment": {"Variables": Match.object_like({"POWERTOOLS_SERVICE_NAME": f"publisher-{stage}"})}},
        )
