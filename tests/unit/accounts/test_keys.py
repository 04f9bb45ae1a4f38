"""Keys: only a known, unrevoked one opens; a revoked one stops within the cache's time; none is ever repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pointsman.accounts import keys
from pointsman.accounts.keys import CACHE_SECONDS, STALE_SECONDS, KeyStore, UnknownKey
from pointsman.domain import Limits
from pointsman.errors import KeysUnavailable, Unauthenticated
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class CountingTable:
    """A table that counts its reads."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.reads = 0
        self.throttled = False

    def get_item(self, **query: Any) -> Any:
        self.reads += 1
        if self.throttled:
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetItem")
        return self._table.get_item(**query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


@pytest.fixture
def table() -> Iterator[CountingTable]:
    with mock_aws():
        made = boto3.resource("dynamodb", region_name="us-east-1").create_table(
            TableName="accounts",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield CountingTable(made)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(table: CountingTable, clock: FakeClock) -> KeyStore:
    return KeyStore(cast("Table", table), clock)


def refusal(store: KeyStore, headers: Mapping[str, str]) -> str:
    with pytest.raises(Unauthenticated) as caught:
        store.authenticate(headers)
    return caught.value.message


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", "x-api-key", "X-Api-Key"])
def test_a_key_opens_in_either_header(store: KeyStore, name: str) -> None:
    made = store.create("search", "laptop")
    value = made.key if name.lower() == "x-api-key" else f"bearer  {made.key} "
    account = store.authenticate({name: value})
    assert (account.key_id, account.team) == (made.key_id, "search")


def test_another_scheme_leaves_x_api_key_to_speak(store: KeyStore) -> None:
    made = store.create("search", "laptop")
    assert store.authenticate({"authorization": "Basic dTpw", "x-api-key": made.key}).team == "search"


def test_the_key_itself_is_stored_nowhere(store: KeyStore, table: CountingTable) -> None:
    made = store.create("search", "laptop")
    items = table.scan()["Items"]
    assert len(items) == 2
    assert made.key.removeprefix(keys.PREFIX) not in json.dumps(items)


def test_keys_have_256_random_bits_in_43_characters(store: KeyStore) -> None:
    made = {store.create("t", "n").key for _ in range(20)}
    assert len(made) == 20
    assert all(len(key) == len(keys.PREFIX) + 43 and key.isascii() for key in made)


def test_each_refusal_says_which_it_is(store: KeyStore) -> None:
    revoked = store.create("search", "old")
    store.revoke(revoked.key_id)
    unknown = keys.PREFIX + "A" * 43
    messages = [
        refusal(store, {}),
        refusal(store, {"x-api-key": "sk-other"}),
        refusal(store, {"x-api-key": unknown}),
        refusal(store, {"x-api-key": revoked.key}),
    ]
    assert len(set(messages)) == 4
    assert not any(secret in message for message in messages for secret in (unknown, revoked.key, "sk-other"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(max_size=80), st.sampled_from(["authorization", "x-api-key"]), st.sampled_from(["", "Bearer ", "Basic "])
)
def test_whatever_is_sent_the_answer_is_a_refusal_that_does_not_repeat_it(
    store: KeyStore, table: CountingTable, value: str, name: str, scheme: str
) -> None:
    before = table.reads
    message = refusal(store, {name: scheme + value})
    assert table.reads == before, "what is not of our form must not cost a read"
    assert message in {
        "No API key: send 'Authorization: Bearer <key>' or 'x-api-key: <key>'.",
        "The API key is not of the form this endpoint issues.",
    }


def test_a_good_answer_is_kept_and_a_bad_one_is_not(store: KeyStore, table: CountingTable, clock: FakeClock) -> None:
    made = store.create("search", "laptop")
    for _ in range(3):
        store.authenticate({"x-api-key": made.key})
    assert table.reads == 2, "the key and its team"
    clock.advance(CACHE_SECONDS)
    store.authenticate({"x-api-key": made.key})
    assert table.reads == 4
    for _ in range(2):
        refusal(store, {"x-api-key": keys.PREFIX + "A" * 43})
    assert table.reads == 6


def test_what_is_kept_is_remembered_without_a_read(store: KeyStore, table: CountingTable, clock: FakeClock) -> None:
    headers = {"x-api-key": store.create("search", "laptop").key}
    assert store.remembered(headers) is None
    account = store.authenticate(headers)
    reads = table.reads
    assert store.remembered(headers) == account
    clock.advance(CACHE_SECONDS)
    assert store.remembered(headers) is None
    assert table.reads == reads
    with pytest.raises(Unauthenticated):
        store.remembered({"x-api-key": "short"})


def test_a_revoked_key_stops_within_the_caches_time(store: KeyStore, table: CountingTable, clock: FakeClock) -> None:
    """Revoked in one process, while another has the key in its cache."""
    made = store.create("search", "laptop")
    store.authenticate({"x-api-key": made.key})
    KeyStore(cast("Table", table), clock).revoke(made.key_id)
    clock.advance(CACHE_SECONDS)
    assert CACHE_SECONDS <= 30
    assert "revoked" in refusal(store, {"x-api-key": made.key})


def test_the_cache_is_bounded_and_drops_the_key_longest_unused(
    store: KeyStore, table: CountingTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "CACHE_SIZE", 2)
    first, second, third = (store.create("t", str(n)).key for n in range(3))
    for key in (first, second, first, third):
        store.authenticate({"x-api-key": key})
    reads = table.reads
    store.authenticate({"x-api-key": first})
    assert table.reads == reads
    store.authenticate({"x-api-key": second})
    assert table.reads == reads + 1


def test_revoking_twice_keeps_the_first_time(store: KeyStore, clock: FakeClock) -> None:
    made = store.create("search", "laptop")
    first = store.revoke(made.key_id)
    clock.advance(60)
    assert store.revoke(made.key_id) == first
    with pytest.raises(UnknownKey):
        store.revoke("key-nobody")


def test_the_list_shows_every_key_oldest_first(store: KeyStore, clock: FakeClock) -> None:
    first = store.create("search", "laptop")
    clock.advance(5)
    second = store.create("ads", "server")
    store.revoke(first.key_id)
    listed = store.list()
    assert [(record.key_id, record.team) for record in listed] == [(first.key_id, "search"), (second.key_id, "ads")]
    assert listed[0].revoked_at > listed[0].created_at
    assert listed[1].revoked_at == ""


def test_limits_of_a_key_and_its_team_come_with_the_account(store: KeyStore, clock: FakeClock) -> None:
    made = store.create("search", "laptop", Limits(daily=5, rpm=7))
    store.limit_team("search", Limits(monthly=9, soft=80))
    account = store.authenticate({"x-api-key": made.key})
    assert (account.limits, account.team_limits) == (Limits(daily=5, rpm=7), Limits(monthly=9, soft=80))
    store.limit(made.key_id, Limits(tpm=3))
    store.limit_team("search", Limits())
    clock.advance(CACHE_SECONDS)
    account = store.authenticate({"x-api-key": made.key})
    assert (account.limits, account.team_limits) == (Limits(tpm=3), Limits())
    store.revoke(made.key_id)
    assert store.find(made.key_id).limits == Limits(tpm=3)


def test_a_key_from_before_there_were_limits_has_none(store: KeyStore, table: CountingTable) -> None:
    made = store.create("search", "laptop")
    for item in table.scan()["Items"]:
        table.put_item(Item={name: value for name, value in item.items() if name != "limits"})
    assert store.authenticate({"x-api-key": made.key}).limits == Limits()


def test_a_teams_limits_are_read_once_for_all_its_keys(store: KeyStore, table: CountingTable) -> None:
    first, second = (store.create("search", str(n)).key for n in range(2))
    for key in (first, second):
        store.authenticate({"x-api-key": key})
    assert table.reads == 3


def test_where_the_table_is_throttled_known_keys_work_on_and_others_are_told_so(
    store: KeyStore, table: CountingTable, clock: FakeClock
) -> None:
    known, other = (store.create("search", name) for name in ("known", "other"))
    account = store.authenticate({"x-api-key": known.key})
    table.throttled = True
    with pytest.raises(KeysUnavailable):
        store.authenticate({"x-api-key": other.key})
    clock.advance(STALE_SECONDS - 1)
    assert store.authenticate({"x-api-key": known.key}) == account
    clock.advance(1)
    with pytest.raises(KeysUnavailable):
        store.authenticate({"x-api-key": known.key})
    table.throttled = False
    assert store.authenticate({"x-api-key": known.key}) == account


def test_a_revoked_key_that_the_table_then_hides_does_not_come_back(
    store: KeyStore, table: CountingTable, clock: FakeClock
) -> None:
    made = store.create("search", "laptop")
    store.authenticate({"x-api-key": made.key})
    store.revoke(made.key_id)
    clock.advance(CACHE_SECONDS)
    refusal(store, {"x-api-key": made.key})
    table.throttled = True
    with pytest.raises(KeysUnavailable):
        store.authenticate({"x-api-key": made.key})
