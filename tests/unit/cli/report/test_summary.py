"""Sums are exact, and every way of grouping comes to the same whole."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cli.report.events import FIELDS, Events
from cli.report.page import render
from cli.report.summary import BY, NOT_KNOWN, summarise
from cli.report.words import headline, notes
from pointsman.tiermap.seed import packaged_map

MAP = packaged_map()
MONEY = st.integers(0, 10**15)
NAME = st.none() | st.sampled_from(["a", "b", "<b>&"])


@st.composite
def event(draw: st.DrawFn) -> dict[str, Any]:
    answered = draw(st.booleans())
    tokens = {"input": draw(st.integers(0, 10**6)), "output": 1}
    return {
        **{
            "request_id": f"{draw(st.uuids())}",
            "timestamp_ms": draw(st.integers(1_700_000_000_000, 1_700_900_000_000)),
        },
        **{name: draw(NAME) for name in BY},
        **{"cost_nano": draw(MONEY), "baseline_nano": draw(MONEY) if answered else 0},
        **{"baseline_model": "strong" if answered else None, "tokens": tokens if answered else None},
        **{name: draw(st.integers(0, 1)) for name in ("failed", "estimated", "unpriced")},
    }


def frame(rows: list[dict[str, Any]]) -> Events:
    return Events(pl.DataFrame(rows, schema=FIELDS), 0)


@given(st.lists(event(), min_size=1, max_size=30))
def test_groups_and_series_come_to_the_whole(rows: list[dict[str, Any]]) -> None:
    found = summarise(frame(rows), MAP)
    cost, baseline = sum(row["cost_nano"] for row in rows), sum(row["baseline_nano"] for row in rows)
    assert (found.totals.cost, found.totals.baseline, found.totals.saved) == (cost, baseline, baseline - cost)
    for part in (*found.groups.values(), found.series):
        assert part["cost"].sum() == cost
        assert part["baseline"].sum() == baseline
        assert part["requests"].sum() == len(rows)
    alone = [row for row in rows if row["tokens"] is None]
    assert (found.totals.alone, found.totals.alone_cost) == (len(alone), sum(row["cost_nano"] for row in alone))
    assert found.dearest["cost_nano"].max() == max(row["cost_nano"] for row in rows)


@given(st.lists(event(), min_size=1, max_size=5))
def test_what_callers_wrote_is_no_html(rows: list[dict[str, Any]]) -> None:
    page = render(summarise(frame(rows), MAP))
    assert "<b>&" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def row(**more: Any) -> dict[str, Any]:
    known = {"request_id": "a", "timestamp_ms": 1_700_000_000_000, "cost_nano": 3, "baseline_nano": 0}
    return known | {"failed": 0, "estimated": 0, "unpriced": 0} | more


def test_what_is_less_than_exact_is_counted_in_words() -> None:
    answered = {"tokens": {"input": 1, "output": 1}, "baseline_model": "strong", "baseline_nano": 10**9}
    found = summarise(
        frame(
            [row(estimated=1, **answered), row(request_id="b", failed=1), row(request_id="c", unpriced=1, **answered)]
        ),
        MAP,
    )
    said = " ".join(notes(found))
    assert "baseline model (strong)" in said
    assert "1 request with estimated tokens; 1 charged at a stand-in price" in said
    assert "1 request failed. 1 without a baseline" in said
    assert {*found.groups["task"]["name"]} == {NOT_KNOWN}


def test_a_loss_is_called_one() -> None:
    dear = row(cost_nano=2 * 10**9, baseline_nano=10**9, baseline_model="m", tokens={"input": 1})
    assert headline(summarise(frame([dear]), MAP)).endswith("$1.0000 more (-100.0%)")
