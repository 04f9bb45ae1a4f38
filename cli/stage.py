"""One deployment, found by its stage: names come from the environment or from the stacks' outputs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cli.failures import Failure

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_logs import CloudWatchLogsClient

QUICK = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})


@dataclass(frozen=True)
class Stage:
    name: str

    def map_table(self) -> Table:
        return self._table("MAP_TABLE", "MapTableName")

    def accounts_table(self) -> Table:
        return self._table("ACCOUNTS_TABLE", "AccountsTableName")

    def router_log_group(self) -> str:
        return os.environ.get("ROUTER_LOG_GROUP") or self._output("Api", "RouterLogGroup")

    def logs(self) -> CloudWatchLogsClient:
        return self._session.client("logs", config=QUICK)

    def endpoint(self) -> str:
        """The base URL for SDKs, ending in `/v1`."""
        return self._output("Api", "EndpointUrl").rstrip("/")

    def team_profiles(self) -> dict[str, dict[str, str]]:
        """The ARNs of the application inference profiles that were deployed, by Bedrock's model id and team."""
        found: dict[str, dict[str, str]] = {}
        for name, value in self._outputs("Api").items():
            if name.startswith("TeamProfiles"):
                of_team = json.loads(value)
                for model_id, arn in of_team["profiles"].items():
                    found.setdefault(model_id, {})[of_team["team"]] = arn
        return found

    def _table(self, variable: str, output: str) -> Table:
        name = os.environ.get(variable) or self._output("Data", output)
        return self._session.resource("dynamodb", config=QUICK).Table(name)

    def _output(self, stack: str, output: str) -> str:
        outputs = self._outputs(stack)
        if output not in outputs:
            name = f"Pointsman-{self.name}-{stack}"
            raise Failure(f"stack {name} has no output {output}: its deployment has not finished")
        return outputs[output]

    def _outputs(self, stack: str) -> dict[str, str]:
        name = f"Pointsman-{self.name}-{stack}"
        try:
            found = self._session.client("cloudformation", config=QUICK).describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                raise Failure(
                    f"there is no stack {name} in {self._session.region_name}: deploy first, or name another --stage"
                ) from None
            raise
        return {one["OutputKey"]: one["OutputValue"] for one in found[0].get("Outputs", [])}

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(region_name=os.environ.get("AWS_REGION"))  # which boto3 itself does not read
