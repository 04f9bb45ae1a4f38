"""The curve runs from all cheap to all baseline, and today's point is priced as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.make_events import events as made
from cli.report.curve import curve
from cli.report.events import read
from cli.report.summary import FIELDS
from pointsman.domain import Usage
from pointsman.metering.prices import cost
from pointsman.tiermap.seed import packaged_map

EVENTS = [*made(300, seed=2)]
ANSWERED = [event for event in EVENTS if "tokens" in event]
MAP = packaged_map()


def test_its_ends_are_all_cheap_and_all_baseline(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, EVENTS)))
    found = curve(read(tmp_path, FIELDS).frame, MAP)
    assert found is not None
    baseline = sum(event["baseline_nano"] for event in ANSWERED)
    cheap = sum(cost(Usage(**event["tokens"]), MAP.models["nova-lite"].prices) for event in ANSWERED)
    hard = sum(event["complexity"] for event in ANSWERED) / len(ANSWERED)
    assert (found.cheap, found.requests) == ("nova-lite", len(ANSWERED))
    first, last = found.points[0], found.points[-1]
    assert (last.cost, last.quality) == (1, 1)
    assert first.cost == pytest.approx(cheap / baseline, rel=1e-4)
    assert first.quality == pytest.approx(1 - hard)
    assert [*found.points] == sorted(found.points, key=lambda point: point.cost)
    assert [*found.points] == sorted(found.points, key=lambda point: point.quality)
    assert found.today.cost == pytest.approx(sum(event["cost_nano"] for event in ANSWERED) / baseline)
    assert first.quality < found.today.quality < 1


def test_without_an_answer_there_is_none(tmp_path: Path) -> None:
    refused = [event for event in EVENTS if "tokens" not in event]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, refused)))
    assert curve(read(tmp_path, FIELDS).frame, MAP) is None
