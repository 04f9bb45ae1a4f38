"""The counters' table, and that the one in memory which other tests use keeps the same rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pointsman.accounts.counters import Change, CounterTable, Holder, Refused, Unavailable, Unreachable
from tests.unit.accounts.counters_fake import FakeCounters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

HOLDER = Holder("USAGE#KEY#key-1", "2026-11", 1_800_000_000)


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        attributes: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        yield boto3.resource("dynamodb", region_name="us-east-1").create_table(
            TableName="accounts", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST"
        )


def test_a_change_is_made_and_the_item_may_be_forgotten_later(table: Table) -> None:
    counters = CounterTable(table)
    assert counters.apply(HOLDER, Change(add={"month": 5, "day24": 5})) == {"month": 5, "day24": 5}
    assert counters.read(HOLDER.pk, HOLDER.period) == {"month": 5, "day24": 5}
    (item,) = table.scan()["Items"]
    assert item["expires_at"] == 1_800_000_000


def test_a_refusal_changes_nothing_and_tells_what_there_is(table: Table) -> None:
    counters = CounterTable(table)
    counters.apply(HOLDER, Change(add={"month": 5}))
    with pytest.raises(Refused) as caught:
        counters.apply(HOLDER, Change(add={"month": 6, "day24": 6}, at_most={"month": 4}))
    assert caught.value.counters == {"month": 5}
    assert counters.read(HOLDER.pk, HOLDER.period) == {"month": 5}


def test_a_holder_of_whom_nothing_is_known_is_refused_what_is_below_zero(table: Table) -> None:
    with pytest.raises(Refused) as caught:
        CounterTable(table).apply(HOLDER, Change(add={"month": 6}, at_most={"month": -1}))
    assert caught.value.counters == {}
    assert table.scan()["Items"] == []


NAMES = st.sampled_from(["month", "day24", "held1", "held2"])
CHANGES = st.builds(
    lambda add, at_most, at_least, remove: Change(
        {name: number for name, number in add.items() if name not in remove}, at_most, at_least, remove
    ),
    st.dictionaries(NAMES, st.integers(-9, 9)),
    st.dictionaries(NAMES, st.integers(-3, 9), max_size=2),
    st.dictionaries(NAMES, st.integers(1, 9), max_size=2),
    st.dictionaries(NAMES, st.integers(0, 9), max_size=1),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=6))
def test_the_table_and_its_stand_in_agree(table: Table, changes: list[Change]) -> None:
    real, fake = CounterTable(table), FakeCounters()
    for change in changes:
        told: list[Any] = []
        for apply in (real.apply, fake.apply_now):
            try:
                told.append(apply(HOLDER, change))
            except Refused as refused:
                told.append(("refused", refused.counters))
        assert told[0] == told[1]
    table.delete_item(Key={"pk": HOLDER.pk, "sk": HOLDER.period})


@pytest.mark.parametrize(
    ("code", "unchanged"),
    [("ProvisionedThroughputExceededException", True), ("ThrottlingException", True), ("InternalServerError", False)],
)
def test_what_the_table_says_of_itself(table: Table, code: str, unchanged: bool) -> None:
    with Stubber(table.meta.client) as stub:
        stub.add_client_error("update_item", code)
        with pytest.raises(Unavailable) as caught:
            CounterTable(table).apply(HOLDER, Change(add={"month": 5}))
    assert (str(caught.value), caught.value.unchanged) == (code, unchanged)


def test_a_table_that_nobody_listens_at_has_surely_changed_nothing() -> None:
    once = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    nowhere = boto3.resource("dynamodb", region_name="us-east-1", endpoint_url="http://127.0.0.1:1", config=once)
    with pytest.raises(Unreachable, match="EndpointConnectionError"):
        CounterTable(nowhere.Table("accounts")).apply(HOLDER, Change(add={"month": 5}))
