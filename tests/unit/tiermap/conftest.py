"""A map table in moto, and the seed as a draft that a test may spoil."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PRICED = {"price_source": "a contract", "price_date": "2026-11-24"}
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
    """The seed's items by sort key; one of the models has prices of its own."""
    items = {item["sk"]: copy.deepcopy(item) for item in seed_items()}
    items["MODEL#haiku-4.5"] |= {"prices": {"input": 1, "output": 5, "cache_read": Decimal("0.1")}} | PRICED
    return items


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
