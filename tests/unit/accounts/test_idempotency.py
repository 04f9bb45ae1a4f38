"""One answer for one key: said again, refused for another request, free again after a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from pointsman.accounts.idempotency import KEPT, LARGEST, Answer, Answers, Idempotency
from pointsman.errors import IdempotencyUnavailable, KeyInUse, KeyReused, RequestError, UpstreamError, UpstreamKind


class World:
    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="us-east-1")
        attributes: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        self.client.create_table(
            TableName="accounts", AttributeDefinitions=attributes, KeySchema=keys, BillingMode="PAY_PER_REQUEST"
        )
        self.idempotency = Idempotency(Answers("accounts", self.client))
        self.asked = 0

    async def ask(
        self,
        *,
        account: str = "key-1",
        key: str = "k",
        request: bytes = b"{}",
        body: str = "Paris.",
        seconds: float = 60,
    ) -> tuple[Answer, bool]:
        async def answer() -> Answer:
            self.asked += 1
            return Answer(body, {"x-router-model": "small"})

        return await self.idempotency.once(account, key, request, 60, answer)

    def items(self) -> list[dict[str, Any]]:
        return self.client.scan(TableName="accounts")["Items"]


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World()


async def test_the_answer_is_given_once_and_said_again(world: World) -> None:
    assert await world.ask() == (Answer("Paris.", {"x-router-model": "small"}), False)
    assert await world.ask(body="Rome.") == (Answer("Paris.", {"x-router-model": "small"}), True)
    assert world.asked == 1


async def test_keys_of_two_accounts_are_two(world: World) -> None:
    await world.ask(account="key-1")
    assert (await world.ask(account="key-2"))[1] is False


async def test_an_answer_is_kept_for_a_day_and_the_request_and_the_header_only_as_hashes(world: World) -> None:
    await world.ask(key="order-4711", request=b"my PIN")
    (item,) = world.items()
    assert abs(int(item["expires_at"]["N"]) - time.time() - KEPT) < 60
    assert item["pk"]["S"].startswith("IDEMPOTENCY#")
    assert "4711" not in str(item)
    assert "PIN" not in str(item)


async def test_another_request_with_the_same_key_is_refused(world: World) -> None:
    await world.ask()
    with pytest.raises(KeyReused, match="another request") as caught:
        await world.ask(request=b"other")
    assert (caught.value.status, caught.value.param) == (422, "Idempotency-Key")


async def test_a_second_request_meanwhile_is_refused_with_a_time(world: World) -> None:
    async def answer() -> Answer:
        with pytest.raises(KeyInUse) as caught:
            await world.ask()
        assert (caught.value.status, caught.value.retry_after) == (409, 2)
        return Answer("Paris.", {})

    await world.idempotency.once("key-1", "k", b"{}", 60, answer)
    assert world.asked == 0


async def test_a_request_whose_container_died_may_be_made_again_when_its_time_is_over(world: World) -> None:
    async def answer() -> Answer:
        await world.ask()
        return Answer("late", {})

    await world.idempotency.once("key-1", "k", b"{}", -1, answer)
    assert world.asked == 1


@pytest.mark.parametrize("failure", [UpstreamError(UpstreamKind.TIMEOUT, "late"), asyncio.CancelledError()])
async def test_what_failed_may_be_asked_again(world: World, failure: BaseException) -> None:
    async def answer() -> Answer:
        raise failure

    with pytest.raises(type(failure)):
        await world.idempotency.once("key-1", "k", b"{}", 60, answer)
    assert (await world.ask())[1] is False


async def test_an_answer_too_large_to_keep_is_given_and_never_asked_for_again(world: World) -> None:
    large = "x" * LARGEST
    assert (await world.ask(body=large))[0].body == large
    with pytest.raises(KeyReused, match="too large"):
        await world.ask()
    assert world.asked == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "é"])
async def test_a_key_must_be_short_and_printable(world: World, key: str) -> None:
    with pytest.raises(RequestError) as caught:
        await world.ask(key=key)
    assert (caught.value.status, caught.value.param) == (400, "Idempotency-Key")


async def test_without_the_table_nothing_is_asked(world: World) -> None:
    with Stubber(world.client) as stub:
        stub.add_client_error("put_item", "ThrottlingException")
        with pytest.raises(IdempotencyUnavailable):
            await world.ask()
    assert world.asked == 0
