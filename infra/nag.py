"""cdk-nag at synth: every finding is mended or acknowledged beside the construct it is about, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check(app: IConstruct) -> None:
    """Makes synth fail on any finding that nobody has explained."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Explains findings on a construct and what is below it: rule id → reason."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason) for rule, reason in reasons.items())
    )


def wildcard(stack: Stack, arn: str) -> str:
    """The rule id of an ARN with a `*`, spelt as cdk-nag spells it: `IAM5[Resource::arn:<AWS::Partition>:…]`."""
    return f"IAM5[Resource::{_spelt(stack.resolve(arn))}]"


def _spelt(value: Any) -> str:
    """A resolved value on one line; CloudFormation's references between angle brackets."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_spelt(part) for part in parts)
    raise ValueError(f"no spelling is known for {value!r}")
