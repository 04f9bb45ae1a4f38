from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pointsman.domain import Publication, TierMap, Trial
from pointsman.errors import MapError
from pointsman.tiermap.read import MapReader
from pointsman.tiermap.seed import packaged_map
from tests.fakes import FakeClock, tier_map

TTL = 30.0
PACKAGED = tier_map()
SOON = 5.0
"""Seconds: the longest that a test waits for a background thread."""


def numbered(version: int) -> TierMap:
    return replace(tier_map(), version=version)


class Source:
    """Gives one map after the other; an exception is raised, and while `gate` is closed a fetch hangs."""

    def __init__(self, *script: TierMap | Publication | Exception) -> None:
        self.script = list(script)
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()
        self.ended = threading.Semaphore(0)

    def __call__(self) -> Publication:
        self.calls += 1
        step = self.script.pop(0)
        self.gate.wait(SOON)
        self.ended.release()
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Publication) else Publication(step)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "tier-map":
            thread.join(SOON)
            assert not thread.is_alive()


def reader(source: Source, clock: FakeClock, first_wait: float = SOON) -> MapReader:
    return MapReader(source, lambda: PACKAGED, clock, first_wait)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what a background thread does."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_the_first_call_fetches_and_the_next_ones_use_it(clock: FakeClock) -> None:
    source = Source(numbered(1))
    maps = reader(source, clock)
    assert maps.current().map.version == 1
    clock.advance(TTL - 0.01)
    assert (maps.current().map.version, maps.current().source) == (1, "live")
    assert source.calls == 1


def test_past_the_ttl_the_old_map_serves_while_the_new_one_is_fetched(clock: FakeClock) -> None:
    source = Source(numbered(1), numbered(2))
    maps = reader(source, clock)
    maps.current()
    source.gate.clear()
    clock.advance(TTL)
    for _ in range(10):
        assert maps.current().map.version == 1
    source.gate.set()
    until(lambda: maps.current().map.version == 2)
    assert source.calls == 2


@pytest.mark.parametrize(
    "fault", [OSError("no network"), MapError("corrupt"), KeyError("snapshot"), MapError("schema 2; reads up to 1")]
)
def test_a_fetch_that_fails_leaves_the_last_good_map_until_one_succeeds(clock: FakeClock, fault: Exception) -> None:
    source = Source(numbered(1), fault, numbered(3))
    maps = reader(source, clock)
    assert not maps.current().stale
    clock.advance(TTL)
    maps.current()
    until(lambda: maps.current().source == "last-known-good")
    assert maps.current().map.version == 1
    clock.advance(TTL - 0.01)
    maps.current()
    assert source.calls == 2, "a failed fetch is not repeated within the TTL"
    clock.advance(0.01)
    maps.current()
    until(lambda: maps.current().map.version == 3)
    assert not maps.current().stale


def test_at_a_cold_start_without_a_table_the_packaged_map_serves(clock: FakeClock) -> None:
    source = Source(OSError("down"), OSError("down"), numbered(1))
    maps = reader(source, clock)
    assert maps.current().source == "packaged"
    clock.advance(TTL)
    assert maps.current().source == "packaged"
    until(lambda: source.calls == 2)
    until(lambda: maps._running is None)
    assert maps.current().source == "packaged", "what was never live is not the last known good"
    clock.advance(TTL)
    maps.current()
    until(lambda: maps.current().source == "live")


def test_a_first_fetch_that_hangs_is_waited_for_only_so_long_and_used_when_it_comes(clock: FakeClock) -> None:
    source = Source(numbered(1))
    source.gate.clear()
    maps = reader(source, clock, first_wait=0.05)
    began = time.monotonic()
    assert maps.current().source == "packaged"
    assert 0.04 < time.monotonic() - began < SOON / 2
    clock.advance(TTL)
    for _ in range(10):
        assert maps.current().source == "packaged"
    assert source.calls == 1, "one fetch at a time"
    source.gate.set()
    until(lambda: maps.current().source == "live")


def test_a_later_fetch_that_hangs_holds_nobody_up(clock: FakeClock) -> None:
    source = Source(numbered(1), numbered(2))
    maps = reader(source, clock)
    maps.current()
    source.gate.clear()
    clock.advance(TTL)
    began = time.monotonic()
    for _ in range(1_000):
        maps.current()
    assert time.monotonic() - began < SOON / 2
    assert source.calls == 2
    source.gate.set()


def test_many_threads_at_once_cause_one_fetch_a_ttl(clock: FakeClock) -> None:
    source = Source(*(numbered(n) for n in range(1, 5)))
    maps = reader(source, clock)
    for turn in range(1, 4):
        start = threading.Barrier(8)
        seen: list[int] = []

        def call(start: threading.Barrier = start, seen: list[int] = seen) -> None:
            start.wait()
            seen.extend(maps.current().map.version for _ in range(50))

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda turn=turn: maps.current().map.version == turn)  # type: ignore[misc]
        assert source.calls == turn
        assert set(seen) <= {turn - 1, turn}
        clock.advance(TTL)


def test_the_ttl_is_the_maps_own(clock: FakeClock) -> None:
    quick = replace(numbered(1), settings=replace(tier_map().settings, ttl=2))
    source = Source(quick, numbered(2))
    maps = reader(source, clock)
    maps.current()
    clock.advance(2)
    maps.current()
    until(lambda: maps.current().map.version == 2)


def test_what_went_wrong_is_logged_by_kind_only(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    reader(Source(OSError("arn:aws:secret")), clock).current()
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


def test_the_packaged_map_is_not_compiled_unless_it_is_needed(clock: FakeClock) -> None:
    def never() -> TierMap:
        raise AssertionError

    assert MapReader(Source(packaged_map()), never, clock).current().source == "live"


def test_a_canary_and_a_shadow_come_with_the_map_and_stay_when_it_is_stale(clock: FakeClock) -> None:
    trial = Trial(numbered(2), 5, "salt")
    maps = reader(Source(Publication(numbered(1), canary=trial, shadow=trial), OSError()), clock)
    assert (maps.current().canary, maps.current().shadow, maps.current().channel) == (trial, trial, None)
    clock.advance(TTL)
    maps.current()
    until(lambda: maps.current().source == "last-known-good")
    assert (maps.current().canary, maps.current().shadow) == (trial, trial)
