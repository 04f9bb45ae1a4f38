from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pointsman.invoke import breaker
from pointsman.invoke.breaker import COOLDOWN, FAILURES, LONGEST_COOLDOWN, LONGEST_REST, Breaker, Permit, State, Verdict
from tests.fakes import FakeClock


def call(subject: Breaker, verdict: Verdict, retry_after: float | None = None) -> None:
    permit = subject.admit()
    assert permit is not None
    subject.settle(permit, verdict, retry_after)


def state(subject: Breaker) -> State:
    return subject.state


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def subject(clock: FakeClock) -> Breaker:
    return Breaker(clock)


def opened(subject: Breaker) -> None:
    for _ in range(FAILURES):
        call(subject, Verdict.ILL)


def test_it_opens_when_half_of_the_last_calls_failed(subject: Breaker) -> None:
    for _ in range(FAILURES - 1):
        call(subject, Verdict.WELL)
        call(subject, Verdict.ILL)
    assert state(subject) is State.CLOSED
    call(subject, Verdict.ILL)
    assert state(subject) is State.OPEN
    assert subject.admit() is None


def test_failures_of_long_ago_are_forgotten(subject: Breaker, clock: FakeClock) -> None:
    for _ in range(FAILURES - 1):
        call(subject, Verdict.ILL)
    clock.advance(breaker.MEMORY + 1)
    call(subject, Verdict.ILL)
    assert state(subject) is State.CLOSED


def test_one_probe_at_a_time_and_its_success_closes(subject: Breaker, clock: FakeClock) -> None:
    opened(subject)
    clock.advance(COOLDOWN)
    assert state(subject) is State.HALF_OPEN
    probe = subject.admit()
    assert probe is not None
    assert subject.admit() is None
    subject.settle(probe, Verdict.WELL)
    assert state(subject) is State.CLOSED


def test_a_probe_that_says_nothing_gives_way_to_the_next(subject: Breaker, clock: FakeClock) -> None:
    opened(subject)
    clock.advance(COOLDOWN)
    call(subject, Verdict.NEUTRAL)
    assert state(subject) is State.HALF_OPEN
    assert subject.admit() is not None


def test_each_failed_probe_doubles_the_cooldown_up_to_a_limit(subject: Breaker, clock: FakeClock) -> None:
    opened(subject)
    waits = []
    for _ in range(6):
        assert subject.until is not None
        waits.append(subject.until - clock())
        clock.now = subject.until
        call(subject, Verdict.ILL)
    assert waits == [5, 10, 20, 40, LONGEST_COOLDOWN, LONGEST_COOLDOWN]


@pytest.mark.parametrize(("asked", "waited"), [(20.0, 20.0), (10.0**9, LONGEST_REST)])
def test_retry_after_opens_it_at_once_for_so_long(
    subject: Breaker, clock: FakeClock, asked: float, waited: float
) -> None:
    call(subject, Verdict.ILL, asked)
    assert state(subject) is State.OPEN
    assert subject.until == clock() + waited


def test_a_call_begun_before_it_opened_says_nothing(subject: Breaker) -> None:
    early = subject.admit()
    assert early is not None
    opened(subject)
    subject.settle(early, Verdict.WELL)
    assert state(subject) is State.OPEN


def test_a_forced_call_can_close_it_but_its_failure_does_not_prolong_the_outage(subject: Breaker) -> None:
    opened(subject)
    until = subject.until
    subject.settle(subject.force(), Verdict.ILL)
    assert subject.until == until
    subject.settle(subject.force(), Verdict.WELL)
    assert state(subject) is State.CLOSED


class Calls(RuleBasedStateMachine):
    """Any interleaving of calls, of any length, with any verdicts."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.subject = Breaker(self.clock)
        self.under_way: list[Permit] = []

    @rule()
    def begin(self) -> None:
        state = self.subject.state
        permit = self.subject.admit()
        assert (permit is None) >= (state is State.OPEN)
        assert (permit is not None) >= (state is State.CLOSED)
        if permit:
            assert permit.probe == (state is State.HALF_OPEN)
            self.under_way.append(permit)

    @rule()
    def begin_by_force(self) -> None:
        self.under_way.append(self.subject.force())

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict), retry_after=st.none() | st.floats(0, 1e6))
    def end(self, data: st.DataObject, verdict: Verdict, retry_after: float | None) -> None:
        permit = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.subject.settle(permit, verdict, retry_after)

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def hear_that_others_failed(self) -> None:
        self.subject.open_until(self.clock() + 10)

    @rule()
    def hear_that_others_succeeded(self) -> None:
        self.subject.try_now()

    @invariant()
    def it_is_never_closed_off_for_good(self) -> None:
        assert self.subject.until is None or self.subject.until <= self.clock() + max(LONGEST_REST, LONGEST_COOLDOWN)

    @invariant()
    def probes_are_bounded(self) -> None:
        probes = [permit for permit in self.under_way if permit.probe and permit.turn == self.subject.turn]
        assert len(probes) <= breaker.PROBES

    def teardown(self) -> None:
        """Once every call has ended and the longest wait is over, there is always a permit, and a success closes."""
        for permit in self.under_way:
            self.subject.settle(permit, Verdict.NEUTRAL)
        self.clock.advance(LONGEST_REST + 1)
        call(self.subject, Verdict.WELL)
        assert self.subject.state is State.CLOSED


Calls.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCalls = Calls.TestCase
