"""Which Bedrock models the router may call: the seed map's, or those given as context, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.bundle import LAMBDAS
from infra.settings import Settings

APPLICATION = "pointsman"
"""What everything of ours carries as the tag `application`."""
SEED = LAMBDAS / "pointsman" / "tiermap" / "seed.json"
ACTIONS = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
"""Converse and ConverseStream are authorised by these two."""
GEOGRAPHIES = frozenset({"us", "eu", "apac", "jp", "au", "ca", "sa", "me", "global", "us-gov"})
"""First parts of inference profile ids: `us.anthropic.claude-…` sends a call to any US region."""


def seed_models(seed: Path = SEED) -> tuple[str, ...]:
    """Bedrock model ids in the seed map, in order, once each."""
    items = json.loads(seed.read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(item["model_id"] for item in items if item.get("provider") == "bedrock"))


def models(settings: Settings) -> tuple[str, ...]:
    return settings.bedrock_models or seed_models()


def source(stack: Stack, model: str) -> str:
    """The ARN of a model in the stack's region, or of the inference profile of a geography."""
    geography = model.partition(".")[0]
    kind = f"{stack.account}:inference-profile" if geography in GEOGRAPHIES else ":foundation-model"
    return f"arn:{stack.partition}:bedrock:{stack.region}:{kind}/{model}"


def teams_profiles(stack: Stack) -> str:
    """The application inference profiles of the account."""
    return f"arn:{stack.partition}:bedrock:*:{stack.account}:application-inference-profile/*"


def statements(stack: Stack, models: Iterable[str], stage: str) -> list[iam.PolicyStatement]:
    """The IAM statements that allow calling these models: ids, inference profile ids, or whole ARNs.

    A profile needs rights on itself and on the model in every region it may choose; the latter are granted only for
    calls that come through that profile. The tier map may name any guardrail of the account, and any application
    inference profile that is tagged as this stage's.
    """
    direct: list[str] = []
    profiles: list[str] = []
    behind: list[str] = []
    teams = teams_profiles(stack)
    for model in models:
        geography, _, foundation = model.partition(".")
        if model.startswith("arn:"):
            direct.append(model)
        elif geography in GEOGRAPHIES:
            profiles.append(f"arn:{stack.partition}:bedrock:*:{stack.account}:inference-profile/{model}")
            behind.append(f"arn:{stack.partition}:bedrock:*::foundation-model/{foundation}")
        else:
            direct.append(f"arn:{stack.partition}:bedrock:*::foundation-model/{model}")
    result = []
    if direct or profiles:
        guardrails = f"arn:{stack.partition}:bedrock:*:{stack.account}:guardrail/*"
        result.append(iam.PolicyStatement(actions=["bedrock:ApplyGuardrail"], resources=[guardrails]))
        result.append(iam.PolicyStatement(actions=ACTIONS, resources=[*direct, *profiles]))
        tags = {"aws:ResourceTag/application": APPLICATION, "aws:ResourceTag/stage": stage}
        result.append(iam.PolicyStatement(actions=ACTIONS, resources=[teams], conditions={"StringEquals": tags}))
    if behind:
        result.append(
            iam.PolicyStatement(
                actions=ACTIONS,
                resources=list(dict.fromkeys(behind)),
                conditions={"StringLike": {"bedrock:InferenceProfileArn": [*profiles, teams]}},
            )
        )
    return result
