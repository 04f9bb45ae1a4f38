"""Counters in DynamoDB: one item a holder and month, changed by one conditional update, all of it or nothing.

pk USAGE#KEY#<key id> | USAGE#TEAM#<team>   sk 2026-11   one number attribute a counter, and `expires_at`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NOT_COUNTERS = {"pk", "sk", "expires_at"}
THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose counters: a key's or a team's, for one month. `expires_at` is when DynamoDB may forget them."""

    pk: str
    period: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Change:
    """`add` to counters, where those of `at_most` and `at_least` are within these bounds *before* it, and `remove`
    those that have exactly these values. A counter that is not there is 0."""

    add: Mapping[str, int] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    remove: Mapping[str, int] = field(default_factory=dict)


class Refused(Exception):
    """A condition did not hold, and nothing was changed; `counters` are as they were found."""

    def __init__(self, counters: Mapping[str, int]) -> None:
        super().__init__("a condition did not hold")
        self.counters = counters


class Unavailable(Exception):
    """The table did not answer as it should. Only where `unchanged` is it sure that nothing was changed."""

    def __init__(self, message: str, *, unchanged: bool) -> None:
        super().__init__(message)
        self.unchanged = unchanged


class Unreachable(Unavailable):
    """There was no way to the table, which takes a while to find out. Nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, unchanged=True)


class CounterTable:
    """Over the accounts table. Its client must not retry by itself: adding twice is not adding once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def apply(self, holder: Holder, change: Change) -> dict[str, int]:
        """The holder's counters after the change. Raises `Refused` or `Unavailable`."""
        try:
            done = self._table.update_item(
                Key={"pk": holder.pk, "sk": holder.period},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **_expressions(holder, change),
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "ConditionalCheckFailedException":
                raise Refused(_raw_counters(error.response)) from None
            raise Unavailable(code, unchanged=code in THROTTLED) from error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise Unreachable(type(error).__name__) from error
        except BotoCoreError as error:
            raise Unavailable(type(error).__name__, unchanged=False) from error
        return _counters(done.get("Attributes", {}))

    def read(self, pk: str, period: str) -> dict[str, int]:
        """A holder's counters of one month, as they are."""
        return _counters(self._table.get_item(Key={"pk": pk, "sk": period}, ConsistentRead=True).get("Item", {}))


def _expressions(holder: Holder, change: Change) -> dict[str, Any]:
    """The update and its condition, every name and value by a placeholder."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {":expires": holder.expires_at}

    def name(counter: str) -> str:
        return names.setdefault(counter, f"#n{len(names)}")

    def value(number: int) -> str:
        key = f":v{len(values)}"
        values[key] = number
        return key

    update = "SET expires_at = :expires"
    conditions = []
    if change.add:
        update += " ADD " + ", ".join(f"{name(counter)} {value(number)}" for counter, number in change.add.items())
    if change.remove:
        update += " REMOVE " + ", ".join(name(counter) for counter in change.remove)
    for counter, most in change.at_most.items():
        within = f"{name(counter)} <= {value(most)}"
        conditions.append(f"(attribute_not_exists({name(counter)}) OR {within})" if most >= 0 else within)
    conditions += [f"{name(counter)} >= {value(least)}" for counter, least in change.at_least.items()]
    conditions += [f"{name(counter)} = {value(number)}" for counter, number in change.remove.items()]
    found: dict[str, Any] = {"UpdateExpression": update, "ExpressionAttributeValues": values}
    if names:
        found["ExpressionAttributeNames"] = {placeholder: counter for counter, placeholder in names.items()}
    if conditions:
        found["ConditionExpression"] = " AND ".join(conditions)
    return found


def _counters(item: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in item.items() if name not in NOT_COUNTERS}


def _raw_counters(response: Mapping[str, Any]) -> dict[str, int]:
    """In an error boto3 leaves the item in DynamoDB's own notation."""
    return {name: int(value["N"]) for name, value in response.get("Item", {}).items() if name not in NOT_COUNTERS}
