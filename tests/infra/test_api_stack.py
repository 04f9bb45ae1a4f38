from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from infra.bundle import PYTHON
from infra.endpoint import REFUSALS, error_template
from tests.infra.conftest import Synth, Templates, as_list, statements

PROFILE = "AWS::Bedrock::ApplicationInferenceProfile"
ROUTER = "RouteRouterRole"


def test_streaming_runs_the_app_behind_the_web_adapter(default: Templates) -> None:
    default["api"].has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Handler": "router/run.sh",
            "Runtime": f"python{PYTHON}",
            "Architectures": ["arm64"],
            "Timeout": 900,
            "TracingConfig": {"Mode": "Active"},
            "Layers": [
                {
                    "Fn::Join": [
                        "",
                        [
                            "arn:aws:lambda:",
                            {"Ref": "AWS::Region"},
                            Match.string_like_regexp(r":753240598075:.*Arm64:27"),
                        ],
                    ]
                }
            ],
            "Environment": {
                "Variables": Match.object_like(
                    {
                        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
                        "AWS_LWA_INVOKE_MODE": "response_stream",
                        "STAGE": "dev",
                    }
                )
            },
        },
    )
    default["api"].all_resources_properties(
        "AWS::ApiGateway::Method",
        {"HttpMethod": "ANY", "Integration": {"ResponseTransferMode": "STREAM", "TimeoutInMillis": 900_000}},
    )


def test_buffered_uses_the_plain_handler(synth: Synth) -> None:
    api = synth(streaming="false")["api"]
    api.has_resource_properties(
        "AWS::Lambda::Function", {"Handler": "router.handler.handler", "Timeout": 29, "Layers": Match.absent()}
    )
    api.all_resources_properties(
        "AWS::ApiGateway::Method", {"Integration": {"ResponseTransferMode": Match.absent(), "TimeoutInMillis": 29_000}}
    )


def test_an_emulator_runs_this_machines_python(synth: Synth) -> None:
    api = synth(streaming="false", target="local", emulator_url="http://localhost:1234")["api"]
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    api.has_resource_properties("AWS::Lambda::Function", {"Runtime": runtime})
    url = json.dumps(api.find_outputs("EndpointUrl"))
    assert "http://localhost:1234/restapis/" in url
    assert url.count("/dev/_user_request_/v1") == 1


def test_nothing_that_was_said_is_logged(default: Templates) -> None:
    stage = next(iter(default["api"].find_resources("AWS::ApiGateway::Stage").values()))["Properties"]
    logged = re.findall(r"\$context[\w.]+", stage["AccessLogSetting"]["Format"])
    assert logged
    assert not any("authorizer" in name or "header" in name or "body" in name for name in logged)
    assert all(not method["DataTraceEnabled"] for method in stage["MethodSettings"])
    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] == 100


@pytest.mark.parametrize(("kind", "status", "message", "code"), REFUSALS)
def test_the_gateway_refuses_in_openais_words(
    default: Templates, kind: Any, status: str | None, message: str | None, code: str
) -> None:
    capture = next(
        response["Properties"]
        for response in default["api"].find_resources("AWS::ApiGateway::GatewayResponse").values()
        if response["Properties"]["ResponseType"] == kind.response_type
    )
    body = capture["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"words"')
    error = json.loads(body)["error"]
    assert error["message"] == (message or "words")
    assert error["code"] == code
    server = (status or kind.response_type[-3:])[0] == "5"
    assert error["type"] == ("server_error" if server else "invalid_request_error")
    assert set(error) == {"message", "type", "param", "code"}


def test_an_error_template_escapes_its_message() -> None:
    assert json.loads(error_template('say "please"', "c", fault="f"))["error"]["message"] == 'say "please"'


def test_the_router_touches_these_items_and_no_other(default: Templates) -> None:
    reads = [s for s in statements(default["api"], ROUTER) if any("dynamodb" in a for a in as_list(s["Action"]))]
    assert [(s["Action"], s["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) for s in reads] == [
        ("dynamodb:GetItem", ["MAP"]),
        ("dynamodb:GetItem", ["KEY#*", "TEAM#*"]),
        (["dynamodb:GetItem", "dynamodb:UpdateItem"], ["HEALTH"]),
        ("dynamodb:UpdateItem", ["USAGE#*"]),
        (["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], ["IDEMPOTENCY#*"]),
        ("dynamodb:PutItem", ["FEEDBACK#*"]),
    ]


def test_keys_are_used_through_dynamodb_only(default: Templates) -> None:
    uses = [s for s in statements(default["api"], ROUTER) if "kms:Decrypt" in as_list(s["Action"])]
    assert uses
    assert all("kms:ViaService" in use["Condition"]["StringEquals"] for use in uses)


def test_secrets_of_this_stage_only(synth: Synth) -> None:
    (secrets,) = [
        s
        for s in statements(synth(stage="test")["api"], ROUTER)
        if "secretsmanager:GetSecretValue" in as_list(s["Action"])
    ]
    assert json.dumps(secrets["Resource"]).count(":secret:pointsman/test/*") == 1


def test_only_what_knows_no_resources_is_allowed_on_everything(default: Templates) -> None:
    for statement in statements(default["api"], ROUTER):
        families = {action for action in as_list(statement["Action"]) if action.endswith("*")}
        assert families <= {"kms:GenerateDataKey*", "kms:ReEncrypt*"}
        if "*" in as_list(statement["Resource"]):
            assert {"logs:GetQueryResults"} >= {
                action for action in as_list(statement["Action"]) if not action.startswith("xray:")
            }


def bedrock(template: Template) -> list[dict[str, Any]]:
    return [s for s in statements(template, ROUTER) if "bedrock:InvokeModel" in as_list(s["Action"])]


def test_bedrock_is_allowed_for_the_seed_maps_models_alone(default: Templates) -> None:
    for statement in bedrock(default["api"]):
        assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
        if "aws:ResourceTag/stage" in json.dumps(statement):
            continue
        for resource in as_list(statement["Resource"]):
            kind, _, model = json.dumps(resource).rstrip('"]}').partition("/")
            assert kind.endswith(("foundation-model", "inference-profile"))
            assert "*" not in model


def test_the_accounts_own_guardrails_may_be_applied(default: Templates) -> None:
    (allowed,) = [s for s in statements(default["api"], ROUTER) if "bedrock:ApplyGuardrail" in as_list(s["Action"])]
    assert json.dumps(allowed["Resource"]).endswith(':guardrail/*"]]}')


def test_context_replaces_the_models(synth: Synth) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    direct, _, behind = bedrock(synth(bedrock_models=f"amazon.nova-lite-v1:0,eu.anthropic.claude-x-v1:0,{arn}")["api"])
    assert arn in direct["Resource"]
    text = json.dumps(direct["Resource"])
    assert "::foundation-model/amazon.nova-lite-v1:0" in text
    assert ":inference-profile/eu.anthropic.claude-x-v1:0" in text
    assert json.dumps(behind["Resource"]).count("::foundation-model/anthropic.claude-x-v1:0") == 1
    assert "eu.anthropic.claude-x-v1:0" in json.dumps(behind["Condition"]["StringLike"]["bedrock:InferenceProfileArn"])


def test_a_firewall_is_there_when_asked_for(synth: Synth, default: Templates) -> None:
    default["api"].resource_count_is("AWS::WAFv2::WebACL", 0)
    api = synth(waf="true")["api"]
    api.has_resource_properties("AWS::WAFv2::WebACLAssociation", {"WebACLArn": Match.any_value()})
    assert "CommonRuleSet" not in json.dumps(api.find_resources("AWS::WAFv2::WebACL"))


def test_x_ray_records_the_share_that_the_context_says(synth: Synth, default: Templates) -> None:
    for templates, rate in ((default, 0.05), (synth(traced_percent="100"), 1)):
        rule = {"ServiceName": "pointsman-dev/dev", "FixedRate": rate, "ReservoirSize": 0}
        templates["api"].has_resource_properties("AWS::XRay::SamplingRule", {"SamplingRule": Match.object_like(rule)})
        templates["api"].has_resource_properties("AWS::ApiGateway::RestApi", {"Name": "pointsman-dev"})


def test_the_routers_memory_comes_from_the_context(synth: Synth) -> None:
    synth(memory_mb="256")["api"].has_resource_properties("AWS::Lambda::Function", {"MemorySize": 256})


def test_no_metric_is_paid_for_by_method(default: Templates) -> None:
    (stage,) = default["api"].find_resources("AWS::ApiGateway::Stage").values()
    (settings,) = stage["Properties"]["MethodSettings"]
    assert settings["MetricsEnabled"] is False


def test_each_team_has_a_profile_of_each_model_tagged_for_the_bill(synth: Synth) -> None:
    api = synth(teams="search,support.eu", bedrock_models="us.amazon.nova-lite-v1:0,amazon.nova-pro-v1:0")["api"]
    made = [profile["Properties"] for profile in api.find_resources(PROFILE).values()]
    assert [profile["InferenceProfileName"] for profile in made] == [
        f"dev-{team}-{model}"
        for team in ("search", "support-eu")
        for model in ("us-amazon-nova-lite-v1-0", "amazon-nova-pro-v1-0")
    ]
    assert {tag["Key"]: tag["Value"] for tag in made[2]["Tags"]} == {
        "application": "pointsman",
        "stage": "dev",
        "team": "support.eu",
    }
    sources = ["".join(str(part) for part in one["ModelSource"]["CopyFrom"]["Fn::Join"][1]) for one in made]
    assert sources[0].endswith("{'Ref': 'AWS::AccountId'}:inference-profile/us.amazon.nova-lite-v1:0")
    assert sources[1].endswith("{'Ref': 'AWS::Region'}::foundation-model/amazon.nova-pro-v1:0")
    told = [output for name, output in api.find_outputs("*").items() if name.startswith("TeamProfiles")]
    assert len(told) == 2
    said = "".join(part if isinstance(part, str) else "arn" for part in told[0]["Value"]["Fn::Join"][1])
    assert json.loads(said) == {
        "team": "search",
        "profiles": {"us.amazon.nova-lite-v1:0": "arn", "amazon.nova-pro-v1:0": "arn"},
    }


def test_profiles_of_this_stage_alone_may_be_called(synth: Synth, default: Templates) -> None:
    default["api"].resource_count_is(PROFILE, 0)
    for stage, templates in (("dev", default), ("prod", synth(stage="prod"))):
        _, profiles, behind = bedrock(templates["api"])
        assert json.dumps(profiles["Resource"]).endswith(':application-inference-profile/*"]]}')
        tags = {"aws:ResourceTag/application": "pointsman", "aws:ResourceTag/stage": stage}
        assert profiles["Condition"] == {"StringEquals": tags}
        assert profiles["Resource"] in behind["Condition"]["StringLike"]["bedrock:InferenceProfileArn"]
