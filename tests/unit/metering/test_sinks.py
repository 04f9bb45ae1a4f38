"""What really reaches standard output: one line that is both CloudWatch's metrics and the log's record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Account, CostEvent, MapView, ShadowCost, Usage
from pointsman.metering import names, sinks
from pointsman.metering.event import attempt, cost_event
from pointsman.metering.record import CostRecord
from pointsman.metering.usage import estimate
from pointsman.policy import decide
from pointsman.wire.openai import OPENAI
from tests.fakes import chat, classified, target, tier_map

LAMBDAS = Path(__file__).parents[3] / "lambdas"


def served(usage: Usage | None = None) -> CostEvent:
    decision = decide(chat(), classified(), tier_map(), seed="1")
    usage = usage or Usage(1_000, 100, reasoning=7)
    answer = attempt(target("small"), "ok", 60, usage)
    return cost_event(
        request_id="chatcmpl-1",
        timestamp_ms=1_800_000_000_000,
        status=200,
        outcome="ok",
        latency_ms=100,
        view=MapView(tier_map(), "live"),
        decision=decision,
        served=decision.targets[0],
        attempts=[attempt(target("large"), "overloaded", 5, None), answer],
        answer=answer,
    )


def refused() -> CostEvent:
    return cost_event(request_id="1", timestamp_ms=1, status=401, outcome="invalid_api_key", latency_ms=1)


def emitted(event: CostEvent, capsys: pytest.CaptureFixture[str], **options: Any) -> dict[str, Any]:
    sinks.emit(event, stage="dev", **options)
    captured = capsys.readouterr()
    (line,) = captured.out.splitlines()
    assert captured.err == ""
    return check_emf(json.loads(line))


def check_emf(line: dict[str, Any]) -> dict[str, Any]:
    """CloudWatch's rules for the embedded metric format, and no metric under one set of dimensions twice."""
    assert isinstance(line["_aws"]["Timestamp"], int)
    seen: set[tuple[str, ...]] = set()
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Metrics"]) <= 100
        for dimensions in directive["Dimensions"]:
            assert 1 <= len(dimensions) <= 30
            assert all(isinstance(line[name], str) and line[name] for name in dimensions)
        for metric in directive["Metrics"]:
            assert set(metric) == {"Name"}
            assert type(line[metric["Name"]]) in {int, float}
        kept = {(metric["Name"], *dims) for metric in directive["Metrics"] for dims in directive["Dimensions"]}
        assert not kept & seen
        seen |= kept
    return line


def metrics(line: dict[str, Any]) -> dict[tuple[str, ...], set[str]]:
    """Which metrics are kept by which dimensions."""
    found: dict[tuple[str, ...], set[str]] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            found.setdefault(tuple(dimensions), set()).update(metric["Name"] for metric in directive["Metrics"])
    return found


def test_the_metrics_are_fields_of_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = emitted(served(), capsys)
    assert metrics(line) == {
        ("stage",): {"cost_nano", "failed"},
    }
    assert (line["cost_nano"], line["saved_nano"], line["latency_ms"]) == (1_500_000, 6_000_000, 100)
    assert (line["overhead_ms"], line["failed"], line["fallbacks"]) == (35, 0, 1)


def test_spend_is_broken_down_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    kept = metrics(emitted(served(), capsys, by=names.BREAKDOWNS))
    assert {dimensions for dimensions in kept if kept[dimensions] == {"cost_nano"}} == {
        ("stage", "tier"),
        ("stage", "task"),
        ("stage", "model"),
    }


def test_a_canary_is_kept_beside_the_stable_map(capsys: pytest.CaptureFixture[str]) -> None:
    kept = metrics(emitted(replace(served(), channel="canary"), capsys))
    assert kept["stage", "channel"] == {"failed"}


def test_a_shadows_decision_stands_in_the_line_and_is_no_metric(capsys: pytest.CaptureFixture[str]) -> None:
    line = emitted(replace(served(), shadow=ShadowCost(0, "ab", "ok", "large", "premium", 7_500)), capsys)
    assert line["shadow"] == {
        "map_version": 0,
        "map_hash": "ab",
        "outcome": "ok",
        "model": "large",
        "tier": "premium",
        "cost_nano": 7_500,
    }
    assert metrics(line) == metrics(emitted(served(), capsys))


def test_a_request_refused_at_the_door_counts_for_its_stage_alone(capsys: pytest.CaptureFixture[str]) -> None:
    line = emitted(refused(), capsys)
    assert set(metrics(line)) == {("stage",)}
    assert (line["status"], line["failed"], line["attempts"]) == (401, 0, [])
    assert not {"tokens", "model", "task", "key_id"} & set(line)


@pytest.mark.parametrize(
    ("status", "outcome", "failed"),
    [
        (200, "ok", 0),
        (200, "unavailable", 1),
        (400, "unsupported", 0),
        (404, "model_not_found", 0),
        (429, "upstream_rate_limited", 1),
        (429, "insufficient_quota", 0),
        (429, "rate_limit_exceeded", 0),
        (499, "abandoned", 0),
        (500, "RuntimeError", 1),
        (503, "tier_map_unavailable", 1),
    ],
)
def test_what_counts_as_failed(status: int, outcome: str, failed: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert emitted(replace(refused(), status=status, outcome=outcome), capsys)["failed"] == failed


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("budget_refused", replace(refused(), status=429, outcome="insufficient_quota")),
        ("rate_limited", replace(refused(), status=429, outcome="rate_limit_exceeded")),
        ("rate_limited", replace(refused(), status=429, outcome="upstream_rate_limited")),
        ("breaker_open", replace(refused(), breaker_open=2)),
        ("estimated", served(Usage(9, 9, estimated=True))),
        (names.STALE_MAP, replace(served(), map_source="last-known-good")),
        (names.UNPRICED, served(Usage(9, 9, cache_write_1h=9))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_exception_is_told_and_a_metric_only_where_an_alarm_waits_for_it(
    name: str, event: CostEvent, capsys: pytest.CaptureFixture[str]
) -> None:
    line = emitted(event, capsys)
    assert line[name] > 0
    assert (name in metrics(line)["stage",]) == (name in names.FAULTS)
    assert name not in metrics(emitted(served(Usage(9, 9)), capsys))["stage",]


def test_the_line_has_every_field_and_no_null(capsys: pytest.CaptureFixture[str]) -> None:
    event = replace(served(Usage(9, 9, estimated=True)), key_id="key-1", team="a", complexity=0.1 + 0.2)
    line = emitted(event, capsys)
    unknown_here = {"requested_model", "first_chunk_ms", "channel", "shadow", "price_version", "baseline_price_version"}
    assert set(line) == set(CostRecord.model_fields) - unknown_here | {"_aws"}
    assert line["message"] == names.LOG_MESSAGE
    assert line["tokens"] == {"input": 9, "output": 9, "estimated": True}
    assert line["complexity"] == 0.3
    assert [(one["model"], one["outcome"], one["cost_nano"]) for one in line["attempts"]] == [
        ("large", "overloaded", 0),
        ("small", "ok", 54_000),
    ]
    assert None not in line.values()


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12))
def test_no_word_of_prompt_or_answer_is_written(words: str) -> None:
    secret = f"zq{words}qz"
    body = {"model": "auto", "messages": [{"role": "user", "content": secret}], "user": secret}
    request = OPENAI.parse_request(body)
    decision = decide(request, classified(), tier_map(), seed="1")
    event = cost_event(
        request_id="1",
        timestamp_ms=1,
        status=200,
        outcome="ok",
        latency_ms=1,
        requested_model=request.model,
        account=Account("key-1", "team-a"),
        decision=decision,
        served=decision.targets[0],
        attempts=[attempt(decision.targets[0], "ok", 1, estimate(request, secret))],
    )
    assert secret not in sinks.line(event, stage="dev")


def test_a_quieter_log_level_does_not_lose_the_bill() -> None:
    """In a process of its own: a logger would read its level once."""
    program = (
        "from pointsman.domain import CostEvent; from pointsman.metering.sinks import emit;"
        "emit(CostEvent('1', 1, 200, 'ok', False), stage='dev')"
    )
    environment = os.environ | {"LOG_LEVEL": "CRITICAL", "POWERTOOLS_LOG_LEVEL": "CRITICAL", "PYTHONPATH": str(LAMBDAS)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert [json.loads(line)["message"] for line in done.stdout.splitlines()] == ["cost_event"]
