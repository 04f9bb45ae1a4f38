"""What answers: the router behind its endpoint, with a WAF if asked for."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.data_stack import DataStack
from infra.endpoint import Endpoint
from infra.firewall import Firewall
from infra.router import Router
from infra.settings import Settings
from infra.team_profiles import TeamProfiles


class ApiStack(Stack):
    """Outputs `EndpointUrl`, the base URL to give to an SDK."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, router_code: lambda_.Code, data: DataStack
    ) -> None:
        super().__init__(scope, id, description="Pointsman: the router and its endpoint")
        self.router = Router(
            self, "Route", settings=settings, code=router_code, tier_map=data.map, accounts=data.accounts
        )
        self.endpoint = Endpoint(self, "Endpoint", settings=settings, router=self.router.function)
        if settings.waf:
            Firewall(self, "Firewall", stage_arn=self.endpoint.api.deployment_stage.stage_arn)
        TeamProfiles(self, "TeamProfiles", settings=settings)
        api = self.endpoint.api
        emulated = f"{settings.emulator_url}/restapis/{api.rest_api_id}/{settings.stage}/_user_request_/"
        CfnOutput(self, "EndpointUrl", value=f"{emulated if settings.target == 'local' else api.url}v1")
        CfnOutput(self, "RouterLogGroup", value=self.router.log_group.log_group_name)
