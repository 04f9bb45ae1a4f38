from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.accounts.windows import SLOT, Windows, day_of


def at(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def test_the_last_second_of_a_year() -> None:
    windows = Windows(at(2026, 12, 31, 23, 59, 59))
    assert (windows.period, windows.day) == ("2026-12", "day31")
    assert windows.minute_end == windows.day_end == windows.month_end == at(2027, 1, 1)


@pytest.mark.parametrize("year", [2026, 2028])
def test_february_ends_when_it_does(year: int) -> None:
    assert Windows(at(year, 2, 10)).month_end == at(year, 3, 1)


@given(st.floats(0, 4e9))
def test_a_slot_belongs_to_one_day(moment: float) -> None:
    windows = Windows(moment)
    assert day_of(windows.held) == windows.day
    assert moment < windows.minute_end <= moment + 60
    assert moment < windows.day_end <= windows.month_end


def test_a_slot_expires_a_lifetime_after_its_end() -> None:
    made = Windows(at(2026, 11, 24, 12, 1))
    counters = {made.held: 5, "month": 5, "day24": 5}
    end = at(2026, 11, 24, 12, 5)
    assert SLOT == 300
    assert Windows(end + 899).expired_slots(counters, 900) == {}
    assert Windows(end + 900).expired_slots(counters, 900) == {made.held: 5}


def test_rates_stay_for_a_few_minutes() -> None:
    made = Windows(at(2026, 11, 24, 12, 1))
    counters = {made.requests: 3, made.tokens: 70, made.held: 5}
    assert Windows(made.at + 5 * 60).past_rates(counters) == {}
    assert Windows(made.at + 6 * 60).past_rates(counters) == {made.requests: 3, made.tokens: 70}
