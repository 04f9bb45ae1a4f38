"""The endpoint: a REST API that hands every path to the router; where it answers itself, in OpenAI's error shape."""

from __future__ import annotations

import json

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_xray as xray
from constructs import Construct

from infra.function import removal, retention
from infra.nag import acknowledge
from infra.router import timeout
from infra.settings import Settings

REFUSALS = (
    (apigateway.ResponseType.THROTTLED, "429", "Too many requests; try again shortly.", "rate_limit_exceeded"),
    (apigateway.ResponseType.REQUEST_TOO_LARGE, "413", "The request is larger than 10 MB.", "payload_too_large"),
    (apigateway.ResponseType.WAF_FILTERED, "403", "The request was refused.", "forbidden"),
    (apigateway.ResponseType.INTEGRATION_TIMEOUT, "504", "The answer took too long.", "timeout"),
    (apigateway.ResponseType.DEFAULT_4_XX, None, None, "invalid_request"),
    (apigateway.ResponseType.DEFAULT_5_XX, None, "The router could not be reached.", "internal_error"),
)
"""Type, status, message and code of what API Gateway says itself; without a message, its own words are passed on."""

_LOGS_POLICY = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


def error_template(message: str | None, code: str, *, fault: str) -> str:
    """A gateway response's mapping template in OpenAI's error shape."""
    words = json.dumps(message) if message else "$context.error.messageString"
    return f'{{"error": {{"message": {words}, "type": "{fault}", "param": null, "code": "{code}"}}}}'


class Endpoint(Construct):
    """`api`: regional, because an edge-optimised one ends streams that are idle for 30 s (regional: 5 min)."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, router: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        self.log_group = logs.LogGroup(
            self, "AccessLog", retention=retention(settings), removal_policy=removal(settings)
        )
        integration = apigateway.LambdaIntegration(
            router,
            response_transfer_mode=apigateway.ResponseTransferMode.STREAM if settings.streaming else None,
            timeout=timeout(settings),
        )
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=f"pointsman-{settings.stage}",
            description=f"Pointsman {settings.stage}",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,  # one an account, so it stays when this stage goes: other APIs may log through it
            default_integration=integration,
            deploy_options=apigateway.StageOptions(
                stage_name=settings.stage,
                throttling_rate_limit=settings.rate,
                throttling_burst_limit=settings.burst,
                tracing_enabled=True,
                metrics_enabled=False,  # by method, each at the price of a custom metric; those by stage are free
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                data_trace_enabled=False,  # it would log prompts and answers
                access_log_destination=apigateway.LogGroupLogDestination(self.log_group),
                access_log_format=_ACCESS_LOG,
            ),
        )
        if settings.target == "aws":
            self._sample(settings)
        self.api.node.try_remove_child("Endpoint")  # its own output; ours says where /v1 is
        self.api.root.add_method("ANY")
        self.api.root.add_proxy(any_method=True)
        for kind, status, message, code in REFUSALS:
            server = (status or kind.response_type)[-3:].startswith("5")
            fault = "server_error" if server else "invalid_request_error"
            self.api.add_gateway_response(
                f"Refusal{kind.response_type.title().replace('_', '')}",
                type=kind,
                status_code=status,
                templates={"application/json": error_template(message, code, fault=fault)},
            )
        in_app = (
            "Keys are checked in the app: one cached read, the same in every host, and a 401 in the caller's dialect."
        )
        acknowledge(
            self.api,
            {
                "APIG2": "The app validates each request and answers in the caller's dialect.",
                "APIG4": in_app,
                "COG4": in_app,
                f"IAM4[Policy::{_LOGS_POLICY}]": (
                    "The only policy that lets API Gateway write its logs; AWS keeps it."
                ),
            },
        )
        if not settings.waf:
            acknowledge(
                self.api, {"APIG3": "A WAF is optional (-c waf=true): every request needs a key, and is throttled."}
            )

    def _sample(self, settings: Settings) -> None:
        """Whether API Gateway records a request, and with it the router, which goes by the header that it is sent. By
        X-Ray's own rule it would be one a second and 5 % of the rest: nearly all of a million requests a month."""
        xray.CfnSamplingRule(
            self,
            "Sampling",
            sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
                rule_name=f"pointsman-{settings.stage}",
                service_type="AWS::ApiGateway::Stage",
                service_name=f"pointsman-{settings.stage}/{settings.stage}",
                fixed_rate=settings.traced_percent / 100,
                reservoir_size=0,
                priority=1_000,
                host="*",
                http_method="*",
                url_path="*",
                resource_arn="*",
                version=1,
            ),
        )


_ACCESS_LOG = apigateway.AccessLogFormat.custom(
    json.dumps(
        {
            "request_id": "$context.requestId",
            "trace_id": "$context.xrayTraceId",
            "time_ms": "$context.requestTimeEpoch",
            "method": "$context.httpMethod",
            "path": "$context.path",
            "status": "$context.status",
            "request_ip": "$context.identity.sourceIp",
            "response_bytes": "$context.responseLength",
            "latency_ms": "$context.responseLatency",
            "integration_ms": "$context.integration.latency",
            "error": "$context.error.responseType",
        }
    )
)
"""Who asked, when and how it ended: no header, no query and no body, so no key and no prompt."""
