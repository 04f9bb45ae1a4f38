"""One synthesis of each kind, shared by every test: a bundle is not needed to see what would be deployed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aws_cdk import App, assertions
from aws_cdk import aws_lambda as lambda_

from infra.settings import read
from infra.stacks import add_stacks

CONTEXT = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]

Templates: TypeAlias = dict[str, assertions.Template]
Synth: TypeAlias = Callable[..., Templates]


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Synthesises with the given context and returns the templates as `data`, `api` and `observability`."""
    code = tmp_path_factory.mktemp("code")
    (code / "handler.py").write_text("")

    @cache
    def synthesise(**context: Any) -> Templates:
        app = App(
            context={**CONTEXT, "region": "us-east-1", **context},
            outdir=str(tmp_path_factory.mktemp("out")),
            tree_metadata=False,
        )
        stacks = add_stacks(app, read(app.node.try_get_context), lambda _: lambda_.Code.from_asset(str(code)))
        return dict(
            zip(
                ("data", "api", "observability"),
                (assertions.Template.from_stack(stack) for stack in stacks),
                strict=True,
            )
        )

    return synthesise


@pytest.fixture(scope="session")
def default(synth: Synth) -> Templates:
    return synth()


def statements(template: assertions.Template, role_prefix: str) -> list[dict[str, Any]]:
    """Every IAM statement of the policies attached to the role whose logical id starts so."""
    found = []
    for policy in template.find_resources("AWS::IAM::Policy").values():
        properties = policy["Properties"]
        if any(role["Ref"].startswith(role_prefix) for role in properties["Roles"]):
            found += properties["PolicyDocument"]["Statement"]
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
