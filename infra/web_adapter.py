"""The Lambda Web Adapter: the layer that lets an ASGI server stream its answer out of a Lambda function.

Layer versions and regions as of its release 1.0.0 (2026-03): https://github.com/aws/aws-lambda-web-adapter
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_

ACCOUNT = "753240598075"
CURRENT_VERSION = 27
_NAMES = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
"""
REGIONS = frozenset(_NAMES.split())
"""Where AWS publishes the arm64 layer."""

ENVIRONMENT = {
    "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
    "AWS_LWA_INVOKE_MODE": "response_stream",
    "AWS_LWA_READINESS_CHECK_PATH": "/healthz",
    "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200",
    "PORT": "8080",
}


def layer(stack: Stack, version: int) -> lambda_.ILayerVersion:
    """The layer in the stack's own region, known or not at synth."""
    arn = f"arn:aws:lambda:{stack.region}:{ACCOUNT}:layer:LambdaAdapterLayerArm64:{version}"
    return lambda_.LayerVersion.from_layer_version_arn(stack, "WebAdapter", arn)
