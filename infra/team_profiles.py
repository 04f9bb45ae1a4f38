"""Bedrock's application inference profiles, one for each team and model: what tells a team's calls on AWS's bill."""

from __future__ import annotations

import re

from aws_cdk import CfnOutput, Stack, Tags
from aws_cdk import aws_bedrock as bedrock_
from constructs import Construct

from infra import bedrock
from infra.settings import Settings

LONGEST_NAME = 64


class TeamProfiles(Construct):
    """Outputs one `TeamProfiles…` a team, from which `pointsman map profiles` writes them into the map. They are tagged
    with `team`, and with `application` and `stage` as all else is."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        models = [model for model in bedrock.models(settings) if not model.startswith("arn:")]
        for team in settings.teams:
            of_team = Construct(self, team)
            arns = {}
            for model in models:
                profile = bedrock_.CfnApplicationInferenceProfile(
                    of_team,
                    _name(model),
                    inference_profile_name=_name(settings.stage, team, model)[:LONGEST_NAME].rstrip("-"),
                    model_source=bedrock_.CfnApplicationInferenceProfile.InferenceProfileModelSourceProperty(
                        copy_from=bedrock.source(stack, model)
                    ),
                )
                arns[model] = profile.attr_inference_profile_arn
            Tags.of(of_team).add("team", team)
            CfnOutput(of_team, "Profiles", value=stack.to_json_string({"team": team, "profiles": arns}))


def _name(*parts: str) -> str:
    """For people: `prod-search-global-anthropic-claude-sonnet-4-6`."""
    return re.sub(r"[^0-9A-Za-z]+", "-", "-".join(parts))
