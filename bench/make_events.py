"""Write made-up cost events, as the router's log holds them: the same seed always gives the same lines.

python bench/make_events.py 1000000 events.jsonl [--seed 0] [--days 7]      .gz in the name packs them

Routes, prices and baseline are the packaged map's; what is asked, how long it is and what fails is drawn.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

from pointsman.domain import ChatRequest, Classification, Decision, Usage
from pointsman.metering.names import LOG_MESSAGE
from pointsman.metering.prices import cost
from pointsman.policy import decide
from pointsman.tiermap.seed import packaged_map

START_MS = 1_795_478_400_000
"""2026-11-24T00:00:00Z: the events end before it."""
DAY_MS = 86_400_000
TEAMS = ("search", "support", "mobile", "data")
TASKS = {
    **{"question_answering": 24, "conversation": 18, "coding": 16, "summarisation": 12, "extraction": 9},
    **{"rewriting": 7, "math": 5, "classification": 4, "translation": 3, "reasoning": 2},
}
ENVELOPE = {
    "Timestamp": START_MS,
    "CloudWatchMetrics": [
        {
            "Namespace": "Pointsman",
            "Dimensions": [["stage"]],
            "Metrics": [
                *({"Name": name} for name in ("cost_nano", "saved_nano", "failed")),
                *({"Name": name, "Unit": "Milliseconds"} for name in ("latency_ms", "overhead_ms")),
            ],
        },
        {"Namespace": "Pointsman", "Dimensions": [["stage", "tier"]], "Metrics": [{"Name": "cost_nano"}]},
    ],
}


def events(count: int, *, seed: int = 0, days: float = 7) -> Iterator[dict[str, Any]]:
    """The lines as objects, oldest first. One in fifty fails, one in two hundred is refused before it had a route."""
    draw = random.Random(seed)  # noqa: S311 - made up, and the same each time
    tier_map = packaged_map()
    step = days * DAY_MS / count
    decisions: dict[tuple[str, int, bool], Decision] = {}
    for index in range(count):
        task = draw.choices(tuple(TASKS), weights=tuple(TASKS.values()))[0]
        complexity, confidence = round(draw.betavariate(9, 41), 4), round(draw.uniform(0.1, 1), 4)
        event = _frame(draw, int(START_MS - days * DAY_MS + index * step))
        if draw.random() < 0.005:
            yield event | {"status": 429, "outcome": "insufficient_quota", "budget_refused": 1}
            continue
        band = sum(complexity >= band.below for band in tier_map.settings.bands)
        key = (task, band, confidence < tier_map.settings.min_confidence)
        if key not in decisions:
            asked = Classification(task, complexity, confidence)
            decisions[key] = decide(ChatRequest("auto", ()), asked, tier_map, seed="")
        decision = decisions[key]
        target, baseline = decision.targets[0], decision.baseline
        usage = Usage(
            input=int(draw.lognormvariate(6.3, 1.0)) + 8,
            output=int(draw.lognormvariate(5.2, 0.8)) + 1,
            cache_read=int(draw.lognormvariate(7.5, 0.5)) if draw.random() < 0.25 else None,
            estimated=draw.random() < 0.01,
        )
        failed = draw.random() < 0.02
        charged = 0 if failed else cost(usage, target.model.prices)
        compared = 0 if failed else cost(usage, baseline.prices)
        spent = draw.randint(200, 4_000)
        tokens = {
            **{"input": usage.input, "output": usage.output},
            **({"cache_read": usage.cache_read} if usage.cache_read is not None else {}),
            "estimated": usage.estimated,
        }
        outcome = "upstream_overloaded" if failed else "ok"
        attempt = {
            **{"model": target.model.alias, "provider": target.model.provider, "tier": target.tier},
            **{"outcome": outcome, "latency_ms": spent, "cost_nano": charged},
            **({} if failed else {"tokens": tokens}),
            "price_version": target.model.price_version,
        }
        answered = {
            **{"tier": target.tier, "model": target.model.alias, "provider": target.model.provider},
            **{"price_version": target.model.price_version, "tokens": tokens, "estimated": int(usage.estimated)},
        }
        yield event | {
            **{"status": 503 if failed else 200, "outcome": outcome, "failed": int(failed), "requested_model": "auto"},
            **{"task": task, "complexity": complexity, "confidence": confidence, "band": decision.band},
            **{"reason": f"route *: complexity {complexity:.2f} is {decision.band}", "map_version": 0},
            **{"map_source": "live", "cost_nano": charged, "baseline_nano": compared},
            **{"saved_nano": compared - charged, "baseline_model": baseline.alias},
            **{"baseline_price_version": baseline.price_version, "latency_ms": spent + 6, "overhead_ms": 6},
            **({} if failed else answered),
            "attempts": [attempt],
        }


def _frame(draw: random.Random, timestamp_ms: int) -> dict[str, Any]:
    team = draw.choice(TEAMS)
    zeros = ("cost_nano", "baseline_nano", "saved_nano", "latency_ms", "overhead_ms", "failed", "fallbacks")
    flags = ("breaker_open", "stale_map", "budget_refused", "rate_limited", "estimated", "unpriced")
    return {
        **{"_aws": ENVELOPE | {"Timestamp": timestamp_ms}, "message": LOG_MESSAGE, "schema_version": 1},
        **{"stage": "prod", "request_id": f"chatcmpl-{draw.getrandbits(128):032x}", "timestamp_ms": timestamp_ms},
        **{"stream": draw.random() < 0.5, "key_id": f"key_{team}", "team": team},
        **dict.fromkeys((*zeros, *flags), 0),
        "attempts": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--days", type=float, default=7)
    options = parser.parse_args()
    opened = gzip.open if options.file.suffix == ".gz" else open
    with opened(options.file, "wt") as out:
        for event in events(options.count, seed=options.seed, days=options.days):
            out.write(json.dumps(event, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
