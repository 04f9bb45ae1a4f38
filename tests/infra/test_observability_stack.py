from __future__ import annotations

import json

from aws_cdk.assertions import Match

from pointsman.metering import names
from tests.infra.conftest import Synth, Templates


def test_alarms_watch_the_router_the_dead_letters_and_the_map(default: Templates) -> None:
    alarms = [a["Properties"] for a in default["observability"].find_resources("AWS::CloudWatch::Alarm").values()]
    assert {alarm["MetricName"] for alarm in alarms} == {
        "Errors",
        "ApproximateNumberOfMessagesVisible",
        "InvalidMap",
    }
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms)


def test_the_dashboard_shows_cost_and_saving(default: Templates) -> None:
    text = json.dumps(default["observability"].find_resources("AWS::CloudWatch::Dashboard"))
    for name in (names.COST_NANO, names.SAVED_NANO):
        assert name in text


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
