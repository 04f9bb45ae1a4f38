"""Two containers and the board between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from pointsman.invoke.board import KEY, TTL, Board
from pointsman.invoke.breaker import COOLDOWN, FAILURES, State, Verdict
from pointsman.invoke.breakers import SPREAD, Breakers
from tests.fakes import FakeClock, model
from tests.unit.tiermap.conftest import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SMALL = model("small")


class Containers:
    def __init__(self, table: Table) -> None:
        self.clock = FakeClock()
        self.one, self.other = (self.container(table) for _ in range(2))

    def container(self, table: Table) -> Breakers:
        board = Board(table, self.clock, run=lambda work: work())
        return Breakers(self.clock, board, now=lambda: self.clock() + 1e9, jitter=lambda: 1.0)

    def call(self, breakers: Breakers, verdict: Verdict) -> None:
        breakers.listen()
        permit = breakers.admit(SMALL)
        assert permit
        breakers.settle(SMALL, permit, verdict)

    def outage(self) -> None:
        """One container finds the model ill, and still ill at its first probe."""
        for _ in range(FAILURES):
            self.call(self.one, Verdict.ILL)
        self.clock.advance(COOLDOWN)
        self.call(self.one, Verdict.ILL)

    def state(self, breakers: Breakers) -> State:
        breakers.listen()
        return breakers.of(SMALL).state


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        yield create_table("accounts")


def test_what_one_container_finds_ill_the_others_leave_alone_within_the_ttl(table: Table) -> None:
    world = Containers(table)
    assert world.state(world.other) is State.CLOSED
    world.outage()
    world.clock.advance(TTL)
    assert world.state(world.other) is State.OPEN
    world.clock.advance(2 * COOLDOWN - TTL)
    assert world.state(world.one) is State.HALF_OPEN
    assert world.state(world.other) is State.OPEN, "containers do not all probe at once"
    world.clock.advance(SPREAD)
    assert world.state(world.other) is State.HALF_OPEN


def test_what_one_finds_well_again_the_others_try_at_once(table: Table) -> None:
    world = Containers(table)
    world.outage()
    world.clock.advance(TTL)
    assert world.state(world.other) is State.OPEN
    world.clock.advance(2 * COOLDOWN - TTL)
    world.call(world.one, Verdict.WELL)
    world.clock.advance(TTL)
    assert world.state(world.other) is State.HALF_OPEN
    assert set(table.get_item(Key=KEY)["Item"]) == set(KEY)


def test_a_board_that_cannot_be_reached_changes_nothing() -> None:
    table = boto3.resource("dynamodb").Table("accounts")
    world = Containers(table)
    with Stubber(table.meta.client) as stub:
        for operation in ("get_item",) * 3 + ("update_item", "get_item"):
            stub.add_client_error(operation, "ProvisionedThroughputExceededException")
        assert world.state(world.other) is State.CLOSED
        world.outage()
        world.clock.advance(TTL)
        assert world.state(world.other) is State.CLOSED


def test_the_board_is_read_once_per_ttl_and_written_only_when_a_breaker_turns(table: Table) -> None:
    world = Containers(table)
    work: list[Callable[[], None]] = []
    world.one._board._run = work.append  # type: ignore[union-attr]
    for _ in range(1_000):
        world.call(world.one, Verdict.WELL)
        world.clock.advance(TTL / 100)
    assert len(work) == 10
