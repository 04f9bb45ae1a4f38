"""A map table in moto, and the seed as a draft that a test may spoil."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Items = dict[str, dict[str, Any]]


def create_table(name: str = "map") -> Table:
    return boto3.resource("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def seed() -> Items:
    """The seed's items by sort key."""
    return {item["sk"]: copy.deepcopy(item) for item in seed_items()}


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        yield create_table()


@pytest.fixture
def store(table: Table, seed: Items) -> MapStore:
    """A store whose draft is the seed, with nothing published."""
    store = MapStore(table)
    for item in seed.values():
        store.put_draft(item)
    return store
