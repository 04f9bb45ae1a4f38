"""The optional WAF: AWS's list of addresses with a bad name, and a limit per address.

The managed rules that read bodies are left out on purpose: a prompt may hold SQL, HTML or shell and be quite in order.
"""

from __future__ import annotations

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from pointsman.metering.names import NAMESPACE

REQUESTS_PER_FIVE_MINUTES = 10_000


class Firewall(Construct):
    def __init__(self, scope: Construct, id: str, *, stage_arn: str) -> None:
        super().__init__(scope, id)
        acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible("All"),
            rules=[
                waf.CfnWebACL.RuleProperty(
                    name="BadAddresses",
                    priority=0,
                    override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
                    statement=waf.CfnWebACL.StatementProperty(
                        managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                            vendor_name="AWS", name="AWSManagedRulesAmazonIpReputationList"
                        )
                    ),
                    visibility_config=_visible("BadAddresses"),
                ),
                waf.CfnWebACL.RuleProperty(
                    name="TooMany",
                    priority=1,
                    action=waf.CfnWebACL.RuleActionProperty(block={}),
                    statement=waf.CfnWebACL.StatementProperty(
                        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP", limit=REQUESTS_PER_FIVE_MINUTES
                        )
                    ),
                    visibility_config=_visible("TooMany"),
                ),
            ],
        )
        waf.CfnWebACLAssociation(self, "Association", resource_arn=stage_arn, web_acl_arn=acl.attr_arn)


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, sampled_requests_enabled=False, metric_name=f"{NAMESPACE}{name}"
    )
