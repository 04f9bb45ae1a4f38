"""Attempts as X-Ray has them: one subsegment each, below the host's segment, without a word of the prompt."""

from __future__ import annotations

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Attempt, CostEvent, Usage
from pointsman.metering.trace import subsegments
from tests.fakes import model

HEADER = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0"
ATTEMPTS = (
    Attempt(model("small"), "economy", "rate_limited", 250, None, 0, begun_ms=10),
    Attempt(model("large"), "premium", "ok", 500, Usage(7, 5, cache_read=3), 42, begun_ms=300),
)
EVENT = CostEvent("id-1", 1_800_000_000_000, 200, "ok", stream=False, attempts=ATTEMPTS)


def test_each_attempt_is_a_subsegment_with_what_it_cost() -> None:
    numbers = count(1)
    first, second = subsegments(EVENT, HEADER, lambda: f"{next(numbers):016x}")
    assert first == {
        "type": "subsegment",
        "trace_id": "1-67891233-abcdef012345678912345678",
        "parent_id": "53995c3f42cd8ad8",
        "id": "0000000000000001",
        "name": "small",
        "namespace": "remote",
        "start_time": 1_800_000_000.01,
        "end_time": 1_800_000_000.26,
        "fault": True,
        "throttle": True,
        "annotations": {
            "request_id": "id-1",
            "model": "small",
            "provider": "fake",
            "tier": "economy",
            "outcome": "rate_limited",
            "cost_nano": 0,
        },
    }
    assert (second["fault"], second["throttle"]) == (False, False)
    assert second["annotations"]["input_tokens"] == 10
    assert second["annotations"]["output_tokens"] == 5
    assert second["annotations"]["cost_nano"] == 42


@pytest.mark.parametrize("header", ["", HEADER.replace("Sampled=1", "Sampled=0"), "Root=1-2-3;Sampled=1", "Sampled=1"])
def test_what_is_not_sampled_or_has_no_parent_is_not_traced(header: str) -> None:
    assert subsegments(EVENT, header, lambda: "0" * 16) == []


@given(st.text() | st.lists(st.sampled_from(["Root=1-2-3", "Parent=4", "Sampled=1", "=", "x"])).map(";".join))
def test_no_header_can_break_it(header: str) -> None:
    assert len(json.dumps(subsegments(EVENT, header, lambda: "0" * 16))) < 2_000
