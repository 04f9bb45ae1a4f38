"""The three stacks of one stage, wired together; code comes in from outside so that tests need no bundle."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import App, Tags
from aws_cdk import aws_lambda as lambda_

from infra import nag
from infra.api_stack import ApiStack
from infra.bedrock import APPLICATION
from infra.data_stack import DataStack
from infra.observability_stack import ObservabilityStack
from infra.settings import Settings


def add_stacks(
    app: App, settings: Settings, code: Callable[[str], lambda_.Code]
) -> tuple[DataStack, ApiStack, ObservabilityStack]:
    """`code` gives a function's code by the name of its folder in `lambdas/`."""
    name = f"Pointsman-{settings.stage}"
    data = DataStack(app, f"{name}-Data", settings=settings, publisher_code=code("publisher"))
    api = ApiStack(app, f"{name}-Api", settings=settings, router_code=code("router"), data=data)
    observability = ObservabilityStack(app, f"{name}-Observability", settings=settings, data=data, api=api)
    Tags.of(app).add("application", APPLICATION)
    Tags.of(app).add("stage", settings.stage)
    nag.check(app)
    return data, api, observability
