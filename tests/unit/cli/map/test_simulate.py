"""Traffic replayed against another map: what moves, what it costs, what quality to expect."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bench.make_events import events as made
from cli.failures import Failure
from cli.main import app
from cli.report import prompts, replay
from cli.report.outcome import Outcome, half_width, outcome, ranked
from pointsman.domain import Candidate, TierMap, Usage
from pointsman.metering.prices import cost
from pointsman.tiermap.seed import packaged_map, seed_items

EVENTS = [*made(600, seed=11)]
ANSWERED = [event for event in EVENTS if "tokens" in event]
NOW = packaged_map()


def written(folder: Path, events: list[dict[str, Any]]) -> Path:
    file = folder / "events.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in events))
    return file


@pytest.fixture
def traffic(tmp_path: Path) -> Path:
    return written(tmp_path, EVENTS)


def with_tier(tier: str, *models: str, weight: int = 0) -> TierMap:
    candidates = tuple(Candidate(model, weight) for model in models)
    return replace(NOW, tiers={**NOW.tiers, tier: replace(NOW.tiers[tier], candidates=candidates)})


def simulated(traffic: Path, then: TierMap) -> Outcome:
    return outcome(replay.moves(traffic, then), NOW, then)


def test_the_same_map_moves_nothing(traffic: Path) -> None:
    found = simulated(traffic, NOW)
    assert (found.whole.requests, found.whole.moved) == (len(ANSWERED), 0)
    assert found.whole.cost == found.whole.new_cost == sum(event["cost_nano"] for event in ANSWERED)
    assert (found.whole.change, found.whole.error) == (0, 0)


def test_a_dearer_tier_is_priced_by_the_router_itself(traffic: Path) -> None:
    then = with_tier("economy", "haiku-4.5")
    found = simulated(traffic, then)
    moved = [event for event in ANSWERED if event["model"] == "nova-lite"]
    assert found.whole.moved == len(moved)
    for model, new_model, requests, before, after in found.ways.iter_rows():
        assert (model, new_model, requests) == ("nova-lite", "haiku-4.5", len(moved))
        assert before == sum(event["cost_nano"] for event in moved)
        assert after == sum(cost(Usage(**event["tokens"]), NOW.models["haiku-4.5"].prices) for event in moved)


def test_quality_follows_complexity_and_the_models_rank(traffic: Path) -> None:
    """Standing in the economy tier makes no model weaker: ranks are those of the map there is now."""
    found = simulated(traffic, with_tier("economy", "sonnet-4.6"))
    hardness = sum(event["complexity"] for event in ANSWERED if event["model"] == "nova-lite") / len(ANSWERED)
    assert found.whole.change == pytest.approx(hardness)
    assert found.whole.error is not None
    assert found.whole.error > 0
    assert ranked(NOW, NOW) | {"x": 0} == ranked(NOW, with_tier("economy", "sonnet-4.6")) | {"x": 0}


def test_parts_come_to_the_whole(traffic: Path) -> None:
    found = simulated(traffic, with_tier("standard", "nova-lite"))
    for parts in (found.tasks, found.tiers):
        for name in ("requests", "moved", "cost", "new_cost"):
            assert sum(getattr(part, name) for part in parts) == getattr(found.whole, name)
    assert found.ways["requests"].sum() == found.whole.moved


def test_what_a_conversation_held_stays(tmp_path: Path) -> None:
    held = ANSWERED[0] | {"reason": "route *: complexity 0.1 is simple; held at premium", "model": "sonnet-4.6"}
    held |= {"tier": "premium", "request_id": "held"}
    moves = replay.moves(written(tmp_path, [held]), NOW).frame
    assert moves.select("new_model", "new_tier").row(0) == ("sonnet-4.6", "premium")
    gone = with_tier("premium", "opus-4.7")
    without = replace(gone, models={name: model for name, model in gone.models.items() if name != "sonnet-4.6"})
    assert (
        replay.moves(
            written(tmp_path, [held]), replace(without, settings=replace(without.settings, baseline_model="opus-4.7"))
        ).frame["new_model"][0]
        == "opus-4.7"
    )


def test_a_pin_to_what_is_no_more_is_refused_and_said(tmp_path: Path) -> None:
    pinned = ANSWERED[0] | {"requested_model": "tier:gold", "request_id": "pinned"}
    found = simulated(written(tmp_path, [pinned, ANSWERED[1]]), NOW)
    assert (found.refused, found.whole.requests) == (1, 1)


def test_weights_share_requests_out(traffic: Path) -> None:
    then = with_tier("economy", "nova-lite", "haiku-4.5", weight=1)
    economy = simulated(traffic, then).whole.moved / sum(event["model"] == "nova-lite" for event in ANSWERED)
    assert 0.4 < economy < 0.6


def test_requests_without_an_answer_are_counted(traffic: Path) -> None:
    assert replay.moves(traffic, NOW).unanswered == len(EVENTS) - len(ANSWERED)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=50))
def test_the_interval_is_that_of_a_draw(changes: list[float]) -> None:
    count = len(changes)
    apart, mean = sum(map(abs, changes)) / count, sum(changes) / count
    assert 0 <= half_width(apart, mean, count) <= 1.96 / math.sqrt(count) + 1e-9


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(1)
    chances = [draw.uniform(0, 0.4) for _ in range(400)]
    truth = sum(chances) / len(chances)
    width = half_width(truth, truth, len(chances))
    inside = sum(
        abs(sum(draw.random() < chance for chance in chances) / len(chances) - truth) <= width for _ in range(400)
    )
    assert inside / 400 >= 0.93


def pointsman(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def items_of_the_map(folder: Path) -> Path:
    items = [item | {"candidates": ["haiku-4.5"]} if item["sk"] == "TIER#economy" else item for item in seed_items()]
    file = folder / "map.json"
    file.write_text(json.dumps(items, default=float))
    return file


def test_the_command_shows_a_table_and_draws_a_picture(traffic: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    shown = pointsman(
        "map", "simulate", str(items_of_the_map(tmp_path)), "--traffic", str(traffic), "--html", str(page)
    )
    assert shown.exit_code == 0, shown.output
    assert "requests move" in shown.stdout
    assert "Expected quality" in " ".join(shown.stdout.split())
    assert page.read_text().count("<svg") == 2


def test_prompts_are_classified_and_decided_by_both_maps(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    chat = {"messages": [{"role": "user", "content": "Prove that sqrt(2) is irrational"}]}
    file.write_text("\n".join(map(json.dumps, [{"prompt": "What is the capital of Australia?"}, chat])))
    assert prompts.holds(file)
    moves = prompts.moves(file, NOW, with_tier("economy", "haiku-4.5"))
    assert moves.frame["model"].to_list() == ["nova-lite", "sonnet-4.6"]
    assert moves.frame["new_model"].to_list() == ["haiku-4.5", "sonnet-4.6"]
    assert moves.frame.filter(pl.col("model") != pl.col("new_model")).select("cost", "new_cost").row(0)[1] > 0
    assert pointsman("map", "simulate", "packaged", "--traffic", str(file)).exit_code == 0


@pytest.mark.parametrize("line", ["{", "[]", '{"prompt": 3}', '{"messages": []}', '{"text": "a"}'])
def test_a_line_that_is_no_prompt_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "hi"}\n' + line)
    with pytest.raises(Failure, match="line 2"):
        prompts.moves(file, NOW, NOW)


def test_nothing_to_replay_is_said(tmp_path: Path) -> None:
    refused = [event for event in EVENTS if "tokens" not in event]
    with pytest.raises(Failure, match="no answered requests"):
        replay.moves(written(tmp_path, refused), NOW)
