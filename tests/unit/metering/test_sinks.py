"""What really reaches standard output: one valid EMF blob and one log line, without a word of the prompt."""

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

from pointsman.domain import CostEvent, MapView, Usage
from pointsman.metering import names, sinks
from pointsman.metering.event import attempt, cost_event
from pointsman.metering.usage import estimate
from pointsman.policy import decide
from pointsman.wire.openai import OPENAI
from tests.fakes import chat, classified, target, tier_map

LAMBDAS = Path(__file__).parents[3] / "lambdas"
UNITS = {"Count", "None", "Milliseconds"}


def served(usage: Usage | None = None) -> CostEvent:
    decision = decide(chat(), classified(), tier_map(), seed="1")
    usage = usage or Usage(1_000, 100, cache_read=50, reasoning=7)
    return cost_event(
        request_id="chatcmpl-1",
        timestamp_ms=1_800_000_000_000,
        status=200,
        outcome="ok",
        latency_ms=100,
        view=MapView(tier_map(), "live"),
        decision=decision,
        served=decision.targets[0],
        attempts=[attempt(target("large"), "overloaded", 5, None), attempt(target("small"), "ok", 60, usage)],
    )


def refused() -> CostEvent:
    return cost_event(request_id="1", timestamp_ms=1, status=401, outcome="invalid_api_key", latency_ms=1)


def emitted(event: CostEvent, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The blob and the line. The logger took hold of the standard output there was when it was made, hence the swap."""
    (handler,) = sinks.logger.handlers
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "stream", sys.stdout)
        sinks.emit(event, stage="dev")
    captured = capsys.readouterr()
    metrics, log = [json.loads(line) for line in captured.out.splitlines()]
    assert captured.err == ""
    return metrics, log


def check_emf(blob: dict[str, Any]) -> dict[str, Any]:
    """CloudWatch's rules for the embedded metric format; gives the one directive."""
    assert isinstance(blob["_aws"]["Timestamp"], int)
    (directive,) = blob["_aws"]["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert len(directive["Metrics"]) <= 100
    for dimensions in directive["Dimensions"]:
        assert 1 <= len(dimensions) <= 30
        assert all(isinstance(blob[name], str) and blob[name] for name in dimensions)
    for metric in directive["Metrics"]:
        assert metric["Unit"] in UNITS
        assert all(isinstance(value, float) for value in blob[metric["Name"]])
        assert len(blob[metric["Name"]]) == 1
    return dict(directive)


def test_the_metrics_of_a_served_request(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "router")
    blob, _ = emitted(served(), capsys)
    directive = check_emf(blob)
    assert directive["Namespace"] == "Pointsman"
    assert sorted(map(tuple, directive["Dimensions"])) == sorted(names.DIMENSION_SETS)
    figures = {metric["Name"]: blob[metric["Name"]][0] for metric in directive["Metrics"]}
    assert figures == {
        "Requests": 1,
        "Errors": 0,
        "CostUsd": 0.00155,
        "BaselineUsd": 0.00775,
        "SavedUsd": 0.0062,
        "InputTokens": 1_050,
        "OutputTokens": 100,
        "EstimatedUsage": 0,
        "LatencyMs": 100,
        "OverheadMs": 35,
    }
    known = {"_aws", "stage", "tier", "task", "model", *figures}
    assert set(blob) == known


def test_a_request_refused_at_the_door_counts_for_its_stage_alone(capsys: pytest.CaptureFixture[str]) -> None:
    blob, log = emitted(refused(), capsys)
    assert check_emf(blob)["Dimensions"] == [["stage"]]
    assert (blob["Requests"], blob["Errors"]) == ([1.0], [0.0])
    assert (log["status"], log["attempts"]) == (401, [])
    assert not {"tokens", "model", "task", "key_id"} & set(log)


@pytest.mark.parametrize(
    ("status", "outcome", "errors"),
    [
        (200, "ok", 0),
        (200, "unavailable", 1),
        (400, "unsupported", 0),
        (404, "model_not_found", 0),
        (429, "upstream_rate_limited", 1),
        (499, "abandoned", 0),
        (500, "RuntimeError", 1),
        (503, "tier_map_unavailable", 1),
    ],
)
def test_what_counts_as_an_error(status: int, outcome: str, errors: int, capsys: pytest.CaptureFixture[str]) -> None:
    blob, _ = emitted(replace(refused(), status=status, outcome=outcome), capsys)
    assert blob["Errors"] == [errors]


def test_the_log_line_has_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    _, log = emitted(served(Usage(9, 9, estimated=True)), capsys)
    assert log["message"] == "cost_event"
    assert log["level"] == "INFO"
    unknown_here = {"key_id", "team", "requested_model", "first_chunk_ms"}
    assert set(log) >= set(CostEvent.__slots__) - {"usage"} - unknown_here | {"tokens", "stage"}
    assert log["tokens"]["estimated"] is True
    assert log["tokens"]["cache_read"] is None
    assert [(one["model"], one["outcome"], one["cost_nano"]) for one in log["attempts"]] == [
        ("large", "overloaded", 0),
        ("small", "ok", 54_000),
    ]
    assert all(isinstance(log[name], int) for name in ("cost_nano", "baseline_nano", "saved_nano"))


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
        decision=decision,
        served=decision.targets[0],
        attempts=[attempt(decision.targets[0], "ok", 1, estimate(request, secret))],
    )
    assert secret not in json.dumps(sinks.fields(event))


def test_a_quieter_log_level_does_not_lose_the_bill() -> None:
    """In a process of its own: the logger reads its level once."""
    program = (
        "from pointsman.domain import CostEvent; from pointsman.metering.sinks import emit;"
        "emit(CostEvent('1', 1, 200, 'ok', False), stage='dev')"
    )
    environment = os.environ | {"LOG_LEVEL": "CRITICAL", "POWERTOOLS_LOG_LEVEL": "CRITICAL", "PYTHONPATH": str(LAMBDAS)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert len(done.stdout.splitlines()) == 2
    assert "cost_event" in done.stdout
