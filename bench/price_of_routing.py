"""What the router itself costs: AWS list prices × what is measured here, at stated mixes, beside an always-on gateway.

python bench/price_of_routing.py           prints the tables
python bench/price_of_routing.py --write   writes them into docs/price-of-routing.md

Measured: the router's CPU time a request (the whole app, a provider that answers at once) and the bytes of the lines
and answers that it writes. Taken as given, and stated: how long models take, and the mix.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

import httpx

from infra.settings import Settings
from pointsman.app import Services, create_app
from pointsman.classify import load
from pointsman.domain import Account, CostEvent, MapView, Usage
from pointsman.invoke import Invoker
from pointsman.metering import names, sinks
from pointsman.metering.prices import cost
from pointsman.tiermap.seed import packaged_map
from tests.fakes import FakeProvider, completion

ROOT = Path(__file__).parents[1]
MILLION = 1_000_000
DOCUMENT = ROOT / "docs" / "price-of-routing.md"

# us-east-1, first tier, without free tiers; looked up 2026-11-24.
LIST = {
    "api_request": (3.50e-6, "apigatewaycost.com, go-cloud.io: $3.50 a million REST requests"),
    "data_out_gb": (0.09, "apigatewaycost.com: $0.09 a GB to the internet"),
    "lambda_request": (0.20e-6, "aws.amazon.com/lambda/pricing"),
    "lambda_gb_second": (0.0000133334, "cloudchipr.com: arm64, first 7.5 billion GB-seconds"),
    "dynamodb_read": (0.125e-6, "airbyte.com: on demand, a read request unit"),
    "dynamodb_write": (0.625e-6, "airbyte.com: on demand, a write request unit"),
    "log_gb": (0.50, "factualminds.com, go-cloud.io: $0.50 a GB ingested"),
    "xray_trace": (5.00e-6, "AWS X-Ray's list price as generally quoted; not found in a stored page"),
    "metric": (0.30, "signoz.io/guides/cloudwatch-pricing: a custom metric, a month, first 10,000"),
    "alarm_metric": (
        0.10,
        "a standard alarm, for each metric it reads, as generally quoted; not found in a stored page",
    ),
    "dashboard": (3.00, "factualminds.com: $3 a dashboard"),
    "kms_key": (1.00, "a customer-managed key, a month; as above"),
}
GATEWAY = 378.10
"""github.com/aws-solutions-library-samples/guidance-for-multi-provider-generative-ai-gateway-on-aws, README, sample
cost table for ECS, us-east-1 (commit of 2026-07-15): LiteLLM on two tasks with ALB, RDS, Redis and NAT, a month."""

MEMORY_GB, VCPU = 0.5, 512 / 1_769
"""Lambda gives a whole vCPU at 1,769 MB."""
TRACED = 0.05
"""X-Ray's default rule: one request a second and five per cent of the rest."""
OTHER_LINES = 330 + 380
"""Bytes: Lambda's START, END and REPORT with a trace id, and a line of the access log."""
READS, WRITES = 0.1, 2
"""A request: the key's item is kept for a while; a budget is reserved and settled, where a key has one."""


@dataclass(frozen=True)
class Speed:
    """Given, not measured: seconds to the first token, and tokens a second."""

    first: float
    rate: float


SPEEDS = {"nova-lite": Speed(0.4, 150), "haiku-4.5": Speed(0.7, 120), "sonnet-4.6": Speed(1.2, 60)}


@dataclass(frozen=True)
class Mix:
    name: str
    tokens_in: int
    tokens_out: int
    shares: tuple[float, float, float]


MIXES = (
    Mix("short chat", 800, 250, (0.7, 0.2, 0.1)),
    Mix("documents (RAG)", 4_000, 300, (0.6, 0.25, 0.15)),
    Mix("coding agent", 12_000, 500, (0.3, 0.4, 0.3)),
)


def main() -> None:
    cpu, event, answer = asyncio.run(measure())
    text = "\n\n".join([measured(cpu, event, answer), per_million(cpu, event, answer), monthly(cpu, event, answer)])
    print(text)
    if "--write" in sys.argv:
        document = DOCUMENT.read_text(encoding="utf-8")
        mark = r"(<!-- printed -->\n).*?(<!-- end -->)"
        DOCUMENT.write_text(re.sub(mark, lambda m: m[1] + text + "\n" + m[2], document, flags=re.DOTALL))


async def measure(requests: int = 400) -> tuple[float, int, int]:
    """CPU seconds a request, bytes of a cost event, bytes of an answer's body for 250 tokens."""
    events: list[CostEvent] = []
    tier_map = packaged_map()
    app = create_app(
        Services(
            authenticate=lambda headers: Account("key_7f3a9c2b", "search"),
            tier_map=lambda: MapView(tier_map, "live"),
            classify=load(),
            invoker=Invoker(FakeProvider(*[completion("word " * 250, Usage(800, 250))] * (requests + 20))),
            emit=events.append,
            new_id=lambda: "chatcmpl-5b1f0a7c2e9d4f6a8b3c1d2e3f4a5b6c",
            longest=60,
        )
    )
    body = {"model": "auto", "messages": [{"role": "user", "content": "Summarise in one sentence: " + "plan " * 400}]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://router") as client:
        for _ in range(20):
            response = await client.post("/v1/chat/completions", json=body)
        started = time.process_time()
        for _ in range(requests):
            response = await client.post("/v1/chat/completions", json=body)
            line = sinks.line(events[-1], stage="prod")
        spent = (time.process_time() - started) / requests
    return spent, len(line.encode()) + 1, len(response.content) + sum(map(len, response.headers.raw[0]))


def figures(mix: Mix, cpu: float, event: int, answer: int) -> dict[str, float]:
    """Dollars for a million requests."""
    wait = sum(s * (v.first + mix.tokens_out / v.rate) for s, v in zip(mix.shares, SPEEDS.values(), strict=True))
    price = {name: usd for name, (usd, _) in LIST.items()}
    return {
        "API Gateway": MILLION * price["api_request"],
        "Data out": MILLION * (answer + 4 * (mix.tokens_out - 250)) / 1e9 * price["data_out_gb"],
        "Lambda requests": MILLION * price["lambda_request"],
        "Lambda, the router's own time": MILLION * cpu / VCPU * MEMORY_GB * price["lambda_gb_second"],
        "Lambda, waiting for models": MILLION * wait * MEMORY_GB * price["lambda_gb_second"],
        "DynamoDB": MILLION * (READS * price["dynamodb_read"] + WRITES * price["dynamodb_write"]),
        "Logs: the cost event": MILLION * event / 1e9 * price["log_gb"],
        "Logs: Lambda's and API Gateway's lines": MILLION * OTHER_LINES / 1e9 * price["log_gb"],
        "X-Ray": MILLION * TRACED * price["xray_trace"],
    }


def spend(mix: Mix) -> float:
    """What the models cost for a million requests, at the catalogue's prices."""
    models = packaged_map().models
    usage = Usage(mix.tokens_in, mix.tokens_out)
    nano = sum(s * cost(usage, models[alias].prices) for s, alias in zip(mix.shares, SPEEDS, strict=True))
    return MILLION * nano / 1e9


def metric_count(by: tuple[str, ...] = Settings().metrics_by) -> int:
    """Metrics that are sent in every hour; those of exceptions are paid for by the hours in which there were some."""
    tier_map = packaged_map()
    used = len({c.model for t in tier_map.tiers.values() for c in t.candidates if tier_map.models[c.model].enabled})
    values = {names.TIER: len(tier_map.tiers), names.TASK: len(tier_map.routes) - 1, names.MODEL: used}
    return len(names.HEALTH) + len(names.SPEND) + sum(values[name] for name in by)


def fixed() -> dict[str, float]:
    """Dollars a month, whatever the traffic."""
    price = {name: usd for name, (usd, _) in LIST.items()}
    return {
        f"{metric_count()} custom metrics": metric_count() * price["metric"],
        "8 alarms, which read 15 metrics": 15 * price["alarm_metric"],
        "Dashboard": price["dashboard"],
        "2 keys in KMS": 2 * price["kms_key"],
    }


def measured(cpu: float, event: int, answer: int) -> str:
    return (
        f"Measured here: {cpu * 1e3:.2f} ms of CPU a request (billed as {cpu / VCPU * 1e3:.1f} ms at 512 MB), "
        f"{event:,} bytes a cost event, {answer:,} bytes an answer of 250 tokens."
    )


def per_million(cpu: float, event: int, answer: int) -> str:
    columns = [figures(mix, cpu, event, answer) for mix in MIXES]
    rows = [["USD a million requests", *(mix.name for mix in MIXES)], ["---", *["---:"] * len(MIXES)]]
    rows += [[name, *(f"{column[name]:.2f}" for column in columns)] for name in columns[0]]
    totals, spends = [sum(column.values()) for column in columns], [spend(mix) for mix in MIXES]
    rows.append(["**The router**", *(f"**{total:.2f}**" for total in totals)])
    rows.append(["The models", *(f"{usd:,.0f}" for usd in spends)])
    rows.append(["**Share**", *(f"**{t / s:.2%}**" for t, s in zip(totals, spends, strict=True))])
    return table(rows)


def monthly(cpu: float, event: int, answer: int) -> str:
    mix, price = MIXES[1], LIST["log_gb"][0]
    standing = sum(fixed().values())
    rows = [
        [
            "Requests a month",
            "the router, USD",
            f"of {mix.name}'s model spend",
            "LiteLLM on ECS, USD",
            "metrics, USD a million",
        ],
        ["---:"] * 5,
    ]
    emf = event_overhead() / 1e9 * MILLION * price
    for millions in (0.01, 0.1, 1, 3, 10, 100):
        total = standing + millions * sum(figures(mix, cpu, event, answer).values())
        sets = metric_count() * LIST["metric"][0] / millions + emf
        rows.append(
            [
                f"{millions * MILLION:,.0f}",
                f"{total:,.2f}",
                f"{total / (millions * spend(mix)):.2%}",
                f"{GATEWAY:,.2f} and traffic",
                f"{sets:.2f}",
            ]
        )
    standing_rows = [["USD a month", ""], ["---", "---:"], *([name, f"{usd:.2f}"] for name, usd in fixed().items())]
    sets_rows = [["`-c metrics_by=`", "metrics", "USD a month"], ["---", "---:", "---:"]]
    sets_rows += [
        [",".join(by) or "(empty)", str(metric_count(by)), f"{metric_count(by) * LIST['metric'][0]:.2f}"]
        for by in ((), ("tier",), ("tier", "model"), names.BREAKDOWNS)
    ]
    return "\n\n".join([table(standing_rows), table(rows), table(sets_rows)])


def event_overhead() -> int:
    """Bytes that make a cost event's line into metrics as well."""
    line = json.loads((ROOT / "docs" / "cost-event.example.json").read_text())
    return len(json.dumps({"_aws": line["_aws"]}, separators=(",", ":"))) - 1


def table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
