"""Reservations: what is refused and how it is said, what is settled, what expires."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.accounts.counters import Unavailable, Unreachable
from pointsman.accounts.holds import Hold, Rate
from pointsman.accounts.quotas import MOST_STALE, TRIES, Quotas
from pointsman.domain import Account, Limits
from pointsman.errors import LimitsUnavailable, QuotaExceeded, RateLimited, RequestTooLarge
from tests.fakes import FakeClock
from tests.unit.accounts.counters_fake import FakeCounters, Task, run

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
LIFETIME = 900.0
USD = 10**9
KEY, TEAM = ("USAGE#KEY#key-1", "2026-11"), ("USAGE#TEAM#search", "2026-11")


class World:
    def __init__(self, now: float = NOON) -> None:
        self.clock = FakeClock(now)
        self.counters = FakeCounters()
        self.quotas = self.container()

    def container(self) -> Quotas:
        async def sleep(seconds: float) -> None:
            self.clock.slept.append(seconds)

        return Quotas(
            self.counters.apply, clock=self.clock, lifetime=LIFETIME, sleep=sleep, jitter=random.Random(7).random
        )

    def reserve(self, account: Account, nano: int = 0, tokens: int = 0) -> Hold:
        return run(self.quotas.reserve(account, nano, tokens))

    def settle(self, hold: Hold, nano: int = 0, tokens: int = 0) -> None:
        run(self.quotas.settle(hold, nano, tokens))

    def item(self, holder: tuple[str, str] = KEY) -> dict[str, int]:
        return self.counters.items[holder]


def account(key: Limits | None = None, team: Limits | None = None) -> Account:
    return Account("key-1", "search", key or Limits(), team or Limits())


@pytest.fixture
def world() -> World:
    return World()


def test_without_limits_nothing_is_written(world: World) -> None:
    hold = world.reserve(account(), 5, 5)
    world.settle(hold, 3, 3)
    assert world.counters.writes == 0


def test_a_request_costs_one_write_before_and_one_after_for_each_holder(world: World) -> None:
    limited = account(Limits(daily=USD, monthly=USD, rpm=10, tpm=1_000), Limits(monthly=USD))
    hold = world.reserve(limited, 100, 50)
    assert world.counters.writes == 2
    world.settle(hold, 40, 20)
    assert world.counters.writes == 4
    assert world.item() == {
        **{"month": 40, "day24": 40, "held5985072": 0},
        **{"requests29925360": 1, "tokens29925360": 20},
    }
    assert world.item(TEAM) == {"month": 40, "day24": 40, "held5985072": 0}


def test_a_rate_of_requests_needs_no_settling(world: World) -> None:
    world.settle(world.reserve(account(Limits(rpm=10)), 100, 50), 40, 20)
    assert world.counters.writes == 1
    assert world.item() == {"requests29925360": 1}


def test_settling_twice_is_settling_once(world: World) -> None:
    hold = world.reserve(account(Limits(daily=USD)), 100)
    for _ in range(2):
        world.settle(hold, 40)
    assert world.item()["month"] == 40


def test_a_hard_limit_says_which_budget_and_when_it_starts_anew(world: World) -> None:
    limited = account(Limits(daily=100 * USD), Limits(monthly=USD))
    world.settle(world.reserve(limited, USD // 2), USD // 2)
    with pytest.raises(QuotaExceeded) as caught:
        world.reserve(limited, 600_000_000)
    assert (caught.value.status, caught.value.code) == (429, "insufficient_quota")
    assert caught.value.message == (
        "The monthly budget of team search has no room for this request: $0.5 of $1 are spent or reserved, and it may "
        "cost up to $0.6. It starts anew at 2026-12-01T00:00:00Z."
    )
    assert caught.value.retry_after == 6.5 * 86_400
    assert world.item()["month"] == USD // 2, "what the key had reserved is given back"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(rpm=2), "2 requests a minute, of which 2 are used, and this request takes 1"),
        (Limits(tpm=100), "100 tokens a minute, of which 80 are used, and this request takes 40"),
    ],
)
def test_a_rate_says_when_the_next_minute_starts(world: World, limits: Limits, message: str) -> None:
    world.clock.advance(15)
    for _ in range(2):
        world.reserve(account(limits), 0, 40)
    with pytest.raises(RateLimited) as caught:
        world.reserve(account(limits), 0, 40)
    assert message in caught.value.message
    assert caught.value.retry_after == 45
    world.clock.advance(45)
    world.reserve(account(limits), 0, 40)


def test_a_team_that_refuses_gives_back_the_keys_request(world: World) -> None:
    limited = account(Limits(rpm=5, tpm=100), Limits(rpm=1))
    world.reserve(limited, 0, 10)
    with pytest.raises(RateLimited, match="team search"):
        world.reserve(limited, 0, 10)
    assert world.item() == {"requests29925360": 1, "tokens29925360": 10}


def test_the_rates_told_are_the_tightest(world: World) -> None:
    world.clock.advance(20)
    hold = world.reserve(account(Limits(rpm=50, tpm=900), Limits(rpm=10, tpm=1_000)), 0, 300)
    assert (hold.requests, hold.tokens, hold.reset) == (Rate(10, 9), Rate(900, 600), 40)


@pytest.mark.parametrize("limits", [Limits(daily=1_000, soft=80), Limits(monthly=1_000, soft=80)])
def test_a_soft_limit_is_told_as_soon_as_it_is_passed(world: World, limits: Limits) -> None:
    assert not world.reserve(account(limits), 800).soft
    assert world.reserve(account(limits), 1).soft


def test_more_than_the_whole_budget_is_refused_even_at_first(world: World) -> None:
    with pytest.raises(QuotaExceeded):
        world.reserve(account(Limits(daily=10)), 11)
    world.reserve(account(Limits(daily=10)), 10)


def test_a_new_day_and_a_new_month_start_anew() -> None:
    world = World(datetime(2026, 11, 30, 23, 59, 50, tzinfo=UTC).timestamp())
    limited = account(Limits(daily=100, monthly=100))
    hold = world.reserve(limited, 100)
    with pytest.raises(QuotaExceeded):
        world.reserve(limited, 1)
    world.clock.advance(20)
    world.reserve(limited, 100)
    world.settle(hold, 70)
    november, december = world.item(), world.item(("USAGE#KEY#key-1", "2026-12"))
    assert (november["month"], november["day30"]) == (70, 70), "a request counts where it began"
    assert (december["month"], december["day01"]) == (100, 100)


def test_over_midnight_the_month_goes_on() -> None:
    world = World(datetime(2026, 11, 24, 23, 59, 50, tzinfo=UTC).timestamp())
    limited = account(Limits(daily=100, monthly=150))
    hold = world.reserve(limited, 100)
    world.clock.advance(20)
    with pytest.raises(QuotaExceeded, match="monthly"):
        world.reserve(limited, 60)
    world.settle(hold, 40)
    world.reserve(limited, 100)
    assert world.item() == {"month": 140, "day24": 40, "day25": 100, "held5985215": 0, "held5985216": 100}


def test_what_a_dead_container_held_is_released_by_expiry(world: World) -> None:
    limited = account(Limits(daily=100))
    world.reserve(limited, 100)
    world.clock.advance(LIFETIME)
    with pytest.raises(QuotaExceeded):
        world.reserve(limited, 1)
    world.clock.advance(300)
    assert run(world.container().reserve(limited, 100, 0)).shares
    assert world.item() == {"month": 100, "day24": 100, "held5985076": 100}


def test_expired_reservations_are_released_without_a_refusal_too(world: World) -> None:
    limited = account(Limits(daily=100))
    world.reserve(limited, 30)
    world.clock.advance(LIFETIME + 300)
    world.reserve(limited, 10)
    assert world.item()["month"] == 10


def test_who_settles_after_the_release_is_still_charged(world: World) -> None:
    limited = account(Limits(daily=100))
    frozen = world.reserve(limited, 30)
    world.clock.advance(LIFETIME + 300)
    world.reserve(limited, 10)
    world.settle(frozen, 25)
    assert (world.item()["month"], world.item()["day24"]) == (35, 35)


def test_a_cost_above_its_reservation_is_counted_and_ends_the_budget(world: World) -> None:
    limited = account(Limits(daily=100))
    world.settle(world.reserve(limited, 90), 120)
    assert world.item()["month"] == 120
    with pytest.raises(QuotaExceeded):
        world.reserve(limited, 0)


def test_counters_of_past_windows_do_not_gather(world: World) -> None:
    limited = account(Limits(daily=10_000, rpm=10, tpm=10_000))
    for _ in range(300):
        world.settle(world.reserve(limited, 10, 10), 10, 10)
        world.clock.advance(60)
    assert len(world.item()) <= MOST_STALE + 20
    assert world.item()["month"] == 3_000
    assert world.counters.writes <= 600 + 300 // 5


def test_a_throttled_update_is_tried_again(world: World) -> None:
    world.counters.faults = [Unavailable("ThrottlingException", unchanged=True)] * (TRIES - 1)
    world.reserve(account(Limits(daily=100)), 30)
    assert len(world.clock.slept) == TRIES - 1


@pytest.mark.parametrize("unchanged", [True, False])
def test_where_the_table_fails_nothing_is_spent(world: World, unchanged: bool) -> None:
    world.counters.faults = [Unavailable("down", unchanged=unchanged)] * TRIES
    with pytest.raises(LimitsUnavailable) as caught:
        world.reserve(account(Limits(daily=100)), 30)
    assert caught.value.status == 503
    assert world.counters.writes == 0


def test_an_update_that_may_have_been_made_is_not_made_again(world: World) -> None:
    hold = world.reserve(account(Limits(daily=100)), 30)
    world.counters.faults = [Unavailable("ReadTimeoutError", unchanged=False)]
    world.settle(hold, 20)
    assert world.item()["month"] == 30, "held until it expires"


def test_what_could_not_be_settled_is_settled_with_the_next_request(world: World) -> None:
    limited = account(Limits(daily=100))
    hold, later = world.reserve(limited, 30), world.reserve(limited, 30)
    world.counters.faults = [Unavailable("ThrottlingException", unchanged=True)] * TRIES
    world.settle(hold, 20)
    assert (world.item()["month"], world.item()["held5985072"]) == (60, 60)
    world.settle(later, 25)
    assert (world.item()["month"], world.item()["held5985072"]) == (45, 0)


def test_requests_that_settle_at_once_share_what_is_owed(world: World) -> None:
    limited = account(Limits(daily=100))
    *failed, one, other = (world.reserve(limited, 10) for _ in range(4))
    world.counters.faults = [Unreachable("EndpointConnectionError") for _ in failed]
    for hold in failed:
        world.settle(hold, 5)
    tasks = [Task(world.quotas.settle(hold, 5, 0)) for hold in (one, other)]
    while not all(task.done for task in tasks):
        for task in tasks:
            if not task.done:
                task.step()
    assert [task.error for task in tasks] == [None, None]
    assert (world.item()["month"], world.item()["held5985072"]) == (20, 0)


def test_a_table_that_is_out_of_reach_is_not_waited_for(world: World) -> None:
    hold = world.reserve(account(Limits(daily=100)), 30)
    world.counters.faults = [Unreachable("EndpointConnectionError")]
    world.settle(hold, 20)
    assert world.clock.slept == []


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), st.integers(0, 2 * TRIES), st.booleans()), max_size=30)
)
def test_whatever_fails_all_is_counted_once_the_table_is_back(calls: list[tuple[int, int, int, bool]]) -> None:
    """Of each call: what it reserved, what it cost, how often settling it failed, and whether its slot then expired."""
    world = World()
    limited = account(Limits(daily=10**6), Limits(monthly=10**6))
    for nano, cost, failures, expires in calls:
        hold = world.reserve(limited, nano)
        world.counters.faults = [Unavailable("ThrottlingException", unchanged=True)] * failures
        world.settle(hold, cost)
        world.counters.faults = []
        if expires:
            world.clock.advance(LIFETIME + 300)
            run(world.container().reserve(limited, 0, 0))
    for _ in calls:
        world.settle(world.reserve(limited, 0), 0)
    for holder in (KEY[0], TEAM[0]) if calls else ():
        assert world.counters.total(holder, "month").total() == sum(cost for _, cost, _, _ in calls)
        assert world.counters.total(holder, "held").total() == 0


@given(st.integers(0, 2**32))
def test_64_at_once_against_a_budget_for_ten_admit_ten_at_most(seed: int) -> None:
    """In any order of their steps; and ten exactly, as each asks for a tenth."""
    world, draw = World(), random.Random(seed)
    limited = account(Limits(daily=100), Limits(monthly=100))
    waiting = [Task(world.container().reserve(limited, 10, 0)) for _ in range(64)]
    while under_way := [task for task in waiting if not task.done]:
        draw.choice(under_way).step()
        assert max(item["month"] for item in world.counters.items.values() or [{"month": 0}]) <= 100
    admitted = [task.result for task in waiting if task.result]
    assert len(admitted) == 10
    assert all(isinstance(task.error, QuotaExceeded) for task in waiting if task.error)
    for hold in admitted:
        world.settle(hold, 9)
    assert (world.item()["month"], world.item(TEAM)["month"]) == (90, 90)


def test_a_cancelled_reservation_gives_back_what_it_had(world: World) -> None:
    task = Task(world.quotas.reserve(account(Limits(daily=100), Limits(daily=100)), 30, 0))
    for _ in range(3):
        task.step()
    task.step(asyncio.CancelledError())
    assert isinstance(task.finish().error, asyncio.CancelledError)
    assert world.item()["month"] == 0


def test_a_request_of_more_tokens_than_a_minute_may_have_is_not_told_to_come_again(world: World) -> None:
    with pytest.raises(RequestTooLarge, match="never let through") as refused:
        world.reserve(account(Limits(tpm=10)), 0, 11)
    assert not hasattr(refused.value, "retry_after")
