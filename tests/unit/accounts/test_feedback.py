"""Verdicts: one for each key and request, without a prompt unless it was given to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from pointsman.accounts.feedback import LIFETIME, FeedbackStore
from pointsman.domain import Account, Feedback
from tests.fakes import FakeClock
from tests.unit.tiermap.conftest import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ANN, BEN = Account("key-1", "search"), Account("key-2", "mail")


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        yield create_table("accounts")


def test_a_verdict_is_kept_with_who_gave_it_and_when_and_nothing_that_was_not_said(table: Table) -> None:
    store = FeedbackStore(table, FakeClock(1_800_000_000))
    store.put(ANN, Feedback("chatcmpl-1", verdict="bad", score=0.25, reason="wrong"))
    assert list(store.all()) == [
        {
            "at": "2027-01-15T08:00:00+00:00",
            "key_id": "key-1",
            "reason": "wrong",
            "request_id": "chatcmpl-1",
            "score": 0.25,
            "team": "search",
            "verdict": "bad",
        }
    ]


def test_a_second_verdict_replaces_the_first_but_not_another_key_s(table: Table) -> None:
    store = FeedbackStore(table, FakeClock())
    store.put(ANN, Feedback("chatcmpl-1", verdict="bad", prompt="secret"))
    store.put(BEN, Feedback("chatcmpl-1", verdict="bad"))
    store.put(ANN, Feedback("chatcmpl-1", verdict="good"))
    found = {record["key_id"]: record for record in store.all()}
    assert {key: record["verdict"] for key, record in found.items()} == {"key-1": "good", "key-2": "bad"}
    assert "prompt" not in found["key-1"]


def test_it_expires_and_other_items_are_not_exported(table: Table) -> None:
    FeedbackStore(table, FakeClock(1_000)).put(ANN, Feedback("chatcmpl-1", verdict="good"))
    (item,) = table.scan()["Items"]
    assert item["expires_at"] == 1_000 + LIFETIME
    table.put_item(Item={"pk": "KEYID#key-1", "sk": "KEY"})
    assert len(list(FeedbackStore(table, FakeClock()).all())) == 1
