"""A map table in moto, and drafts that a test may spoil: the seed, and a small one that is soon read and written."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from pointsman.tiermap.seed import seed_items
from pointsman.tiermap.store import MapStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

PRICED = {"price_source": "a contract", "price_date": "2026-11-24"}
MODEL = {
    "provider": "bedrock",
    "model_id": "m",
    "prices": {"input": 1, "output": 1},
    "context_window": 9_000,
    "max_output": 900,
}
TIERS = ("economy", "standard", "premium")
SMALL: list[dict[str, Any]] = [
    {"sk": "MODEL#m", **MODEL},
    *({"sk": f"TIER#{name}", "candidates": ["m"], "timeout": 10} for name in TIERS),
    {"sk": "ROUTE#*", "tiers": {"all": "economy"}},
    {"sk": "SETTINGS", "bands": [{"name": "all"}], "baseline_model": "m"},
]
Items = dict[str, dict[str, Any]]


@cache
def _dynamodb() -> DynamoDBServiceResource:
    """Making one takes longer than most tests."""
    return boto3.resource("dynamodb")


def create_table(name: str = "map") -> Table:
    return _dynamodb().create_table(
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
    return drafted(table, seed.values())


@pytest.fixture
def small(table: Table) -> MapStore:
    """A store whose draft is the small one, with nothing published."""
    return drafted(table, SMALL)


def drafted(table: Table, draft: Iterable[Mapping[str, Any]]) -> MapStore:
    store = MapStore(table)
    for item in draft:
        store.put_draft(item)
    return store
