"""cdk-nag finds nothing unexplained, and does find something when there is something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from infra.settings import read
from infra.stacks import add_stacks
from tests.infra.conftest import CONTEXT


def findings(app: App) -> list[str]:
    report = AwsSolutionsChecks(app).validate_scope(app)
    return [f"{v.rule_name}: {r.construct_path}" for v in report.violations for r in v.violating_resources]


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"stage": "prod", "waf": "true"},
        {"streaming": "false"},
        {"streaming": "false", "target": "local"},
        {"events": "s3", "alarm_email": "ops@example.com", "monthly_budget_usd": "1000"},
        {"bedrock_models": "amazon.nova-lite-v1:0,eu.anthropic.claude-x-v1:0"},
    ],
    ids=str,
)
def test_every_finding_is_explained(context: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("")
    app = App(context={**CONTEXT, **context}, tree_metadata=False)
    code: Callable[[str], lambda_.Code] = lambda _: lambda_.Code.from_asset(str(tmp_path))  # noqa: E731
    add_stacks(app, read(app.node.try_get_context), code)
    assert findings(app) == []


def test_an_unexplained_finding_is_seen() -> None:
    app = App(tree_metadata=False)
    s3.Bucket(Stack(app, "Careless"), "Open")
    assert any(line.startswith("AwsSolutions-S1: ") for line in findings(app))
