"""What `cdk … -c name=value` may say, checked before anything is built.

stage           dev (default), prod, or any other short name; prod keeps its data when the stack goes
streaming       true (default): answers stream through the Lambda Web Adapter; false: whole answers, 29 s at most
target          aws (default), or local for an emulator that runs functions on this machine
bedrock_models  comma-separated Bedrock model ids, inference profiles or ARNs, in place of the seed map's
teams           comma-separated: an application inference profile for each team and Bedrock model, tagged for the bill
waf             true puts a WAF in front of the endpoint; false (default) does not
lwa_version     version of the Lambda Web Adapter layer
region          where the stacks go, when the credentials do not say; only used to check that all of it exists there
rate, burst     requests per second, and at once, that the endpoint lets through
alarm_email     who is told of alarms; anyone can subscribe to the topic later
monthly_budget_usd  what may be spent on models in a month; without it, unusual spend raises the alarm
memory_mb       the router's memory, and with it its share of a CPU (default 512)
traced_percent  the share of requests that X-Ray records (default 5)
metrics_by      what spend is broken down by as metrics: any of tier, task, model (default none); logs have all
events          logs (default): cost events stay in CloudWatch; s3: they go to S3 as Parquet as well, for Athena
emulator_url    where the emulator listens (target=local)
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infra.web_adapter import CURRENT_VERSION, REGIONS


class BadSetting(Exception):
    """One line a problem, each naming the context value to change."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


BedrockModel = Annotated[
    str, Field(pattern=r"^(arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:[\w./:-]+|[a-z0-9-]+(\.[\w-]+)+(:\d+)*)$")
]

Team = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$", max_length=24)]


class Settings(BaseModel):
    """One deployment's settings; the defaults are for a first deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,15}$")] = "dev"
    streaming: bool = True
    target: Literal["aws", "local"] = "aws"
    bedrock_models: Annotated[tuple[BedrockModel, ...], BeforeValidator(_split)] = ()
    teams: Annotated[tuple[Team, ...], BeforeValidator(_split)] = ()
    waf: bool = False
    lwa_version: Annotated[int, Field(ge=1)] = CURRENT_VERSION
    region: str | None = None
    map_history_days: Annotated[int, Field(ge=1, le=3_650)] = 400
    rate: Annotated[int, Field(ge=1, le=10_000)] = 100
    burst: Annotated[int, Field(ge=1, le=5_000)] = 200
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    monthly_budget_usd: Annotated[int, Field(ge=1)] | None = None
    memory_mb: Annotated[int, Field(ge=256, le=10_240)] = 512
    traced_percent: Annotated[float, Field(ge=0, le=100)] = 5
    metrics_by: Annotated[tuple[Literal["tier", "task", "model"], ...], BeforeValidator(_split)] = ()
    events: Literal["logs", "s3"] = "logs"
    emulator_url: Annotated[str, Field(pattern=r"^https?://[^/]+$")] = "http://localhost:4566"

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.target == "local" and self.streaming:
            raise ValueError("streaming: an emulator has no Lambda Web Adapter; add -c streaming=false")
        if self.target == "aws" and self.streaming and self.region and self.region not in REGIONS:
            raise ValueError(
                f"region: the Lambda Web Adapter layer is not published in {self.region}; add -c streaming=false"
            )
        return self

    @property
    def production(self) -> bool:
        return self.stage == "prod"


def read(context: Callable[[str], Any]) -> Settings:
    """The settings in a CDK context, given the lookup of one name. Raises `BadSetting`."""
    given = {name: value for name in Settings.model_fields if (value := context(name)) is not None}
    given.setdefault("region", os.environ.get("CDK_DEFAULT_REGION") or None)
    if emulator := os.environ.get("AWS_ENDPOINT_URL"):
        given.setdefault("emulator_url", emulator.rstrip("/"))
    try:
        return Settings.model_validate(given)
    except ValidationError as invalid:
        raise BadSetting("\n".join(_line(error) for error in invalid.errors())) from None


def _line(error: Any) -> str:
    reason = re.sub(r"^Value error, ", "", error["msg"])
    if not error["loc"]:
        return reason
    return f"{error['loc'][0]}: {reason} (got {error['input']!r})"
