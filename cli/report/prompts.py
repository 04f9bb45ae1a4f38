"""Prompts decided by two maps, classified as the router would: `{"prompt": "…"}` or a chat request's body a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from cli.failures import Failure
from cli.report.replay import COLUMNS, Moves
from pointsman.classify import load
from pointsman.console.simulate import expected_cost
from pointsman.domain import ChatRequest, Decision, TierMap
from pointsman.errors import PointsmanError
from pointsman.policy import AUTO, decide, to_classify
from pointsman.policy.stickiness import EXPECTED_OUTPUT
from pointsman.wire.openai.request import parse_request

TYPES = (pl.String, pl.Float64, pl.String, pl.String, pl.Int64, pl.String, pl.String, pl.Int64)


def holds(source: Path) -> bool:
    """Whether the file's first line is a prompt."""
    if not source.is_file() or source.suffix in {".gz", ".parquet"}:
        return False
    with source.open(encoding="utf-8", errors="replace") as lines:
        first = next((line for line in lines if line.strip()), "")
    try:
        content = json.loads(first)
    except ValueError:
        return False
    return isinstance(content, dict) and not content.keys().isdisjoint({"prompt", "messages"})


def moves(source: Path, now: TierMap, then: TierMap) -> Moves:
    """Raises `Failure` where a line is no request, naming it."""
    classify = load()

    def decided(request: ChatRequest, tier_map: TierMap, seed: str) -> Decision | None:
        turns = [classify(turn, tier_map.custom) for turn in to_classify(request, tier_map)]
        try:
            return decide(request, turns[-1], tier_map, seed=seed, earlier=turns[:-1])
        except PointsmanError:
            return None

    rows: list[tuple[object, ...]] = []
    refused = 0
    for number, request in _requests(source):
        before, after = (decided(request, tier_map, f"{number}") for tier_map in (now, then))
        if before is None:
            refused += 1
            continue
        rows.append((before.task, before.complexity, *_priced(request, before), *_priced(request, after)))
    if not rows:
        raise Failure(f"{source}: the map that is there now can serve none of these prompts")
    notes = (f"Tokens are estimates, and every answer is taken to have {EXPECTED_OUTPUT} of them.",)
    frame = pl.DataFrame(rows, schema=dict(zip(COLUMNS, TYPES, strict=True)), orient="row")
    return Moves(frame, refused, notes)


def _priced(request: ChatRequest, decision: Decision | None) -> tuple[str | None, str | None, int | None]:
    if decision is None:
        return None, None, None
    first = decision.targets[0]
    return first.tier, first.model.alias, expected_cost(request, first.model)


def _requests(source: Path) -> Iterator[tuple[int, ChatRequest]]:
    with source.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _request(f"{source}, line {number}", line)


def _request(where: str, line: str) -> ChatRequest:
    try:
        content = json.loads(line)
        if "messages" not in content:
            content = {"messages": [{"role": "user", "content": content["prompt"]}]}
        return parse_request({"model": AUTO} | content)
    except PointsmanError as error:
        raise Failure(f"{where}: {error}") from None
    except (ValueError, KeyError, TypeError):
        raise Failure(f'{where}: needs {{"prompt": "…"}} or {{"messages": […]}}') from None
