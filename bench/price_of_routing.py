"""What the router itself costs: AWS list prices × what is measured here, at stated mixes, beside an always-on gateway.

python bench/price_of_routing.py           prints the tables
python bench/price_of_routing.py --write   writes them into docs/price-of-routing.md

Measured: the router's CPU time a request (the whole app, a provider that answers at once) and the bytes of the lines
and answers that it writes. Taken as given, and stated: how long models take, and the mix.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

import httpx

from infra import dashboard
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


@dataclass(frozen=True)
class Price:
    """USD, of us-east-1, first tier, without free tiers. `own`: AWS's own page says so, `source` which; else others
    repeat it. All were looked up on 2026-11-25."""

    usd: float
    unit: str
    source: str
    own: bool = False


INFRACOST = "Infracost's copy of AWS's price list, as github.com/vreutova/infracost-idem-support/pull/2 prints it"
DYNAMODB = "aws.amazon.com/dynamodb/pricing/on-demand, as repositories quote it on 2026-10-04; airbyte.com"
LIST = {
    "api_request": Price(
        3.50e-6, "a REST request", "docs.aws.amazon.com, whitepaper Best Practices for Private APIs, table 4", own=True
    ),
    "data_out_gb": Price(0.09, "a GB to the internet", "awsforengineers.com of 2025-05-19"),
    "lambda_request": Price(
        0.20e-6,
        "a request",
        "aws.amazon.com/lambda/pricing, as github.com/api-evangelist/aws-lambda read it on 2026-09-20",
    ),
    "lambda_gb_second": Price(
        0.0000133334, "a GB-second on arm64", "cloudchipr.com; git.mcrn.ar/mariano/lambda_local_runner"
    ),
    "dynamodb_read": Price(0.125e-6, "a read unit, on demand", DYNAMODB),
    "dynamodb_write": Price(0.625e-6, "a write unit, on demand", DYNAMODB),
    "log_gb": Price(0.50, "a GB of log ingested", INFRACOST),
    "log_query_gb": Price(0.005, "a GB scanned by Logs Insights", INFRACOST),
    "xray_trace": Price(5.00e-6, "a trace recorded", "aws.amazon.com/xray/pricing", own=True),
    "metric": Price(0.30, "a custom metric, a month", "signoz.io/guides/cloudwatch-pricing of 2026-02-15"),
    "alarm_metric": Price(0.10, "a metric that an alarm reads, a month", INFRACOST),
    "dashboard": Price(3.00, "a dashboard, a month", "factualminds.com of 2026-06-13"),
    "kms_key": Price(1.00, "a customer-managed key, a month", "aws.amazon.com/kms/pricing", own=True),
}
GATEWAY = 378.10
"""github.com/aws-solutions-library-samples/guidance-for-multi-provider-generative-ai-gateway-on-aws, README, sample
cost table for ECS, us-east-1 (commit of 2026-07-15): LiteLLM on two tasks with ALB, RDS, Redis and NAT, a month."""

SETTINGS = Settings()
VCPU = 1_769
"""MB at which Lambda gives a whole vCPU; with less, so much less of one."""
LAMBDA_LINES, ACCESS_LINE = 330, 380
"""Bytes: Lambda's START, END and REPORT with a trace id, and a line of the access log."""
READS, WRITES = 0.1, 2
"""A request: the key's item is kept for a while; a budget is reserved and settled, where a key has one."""
LOOKS, LOOKED_AT = 100, 1 / 30
"""Looks at the dashboard in a month, each at the last day: what share of the month's log one of its queries scans."""


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
    parts = {
        "requests": "\n\n".join([measured(cpu, event, answer), per_million(cpu, event, answer)]),
        "month": monthly(cpu, event, answer),
        "metrics": metrics(event),
        "prices": sources(),
    }
    print("\n\n".join(parts.values()))
    if "--write" in sys.argv:
        document = DOCUMENT.read_text(encoding="utf-8")
        for name, text in parts.items():
            head, _, rest = document.partition(f"<!-- {name} -->\n")
            document = f"{head}<!-- {name} -->\n{text}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
        DOCUMENT.write_text(document, encoding="utf-8")


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


def figures(mix: Mix, cpu: float, event: int, answer: int, memory_mb: int = SETTINGS.memory_mb) -> dict[str, float]:
    """Dollars for a million requests."""
    wait = sum(s * (v.first + mix.tokens_out / v.rate) for s, v in zip(mix.shares, SPEEDS.values(), strict=True))
    gb_second = memory_mb / 1024 * price("lambda_gb_second")
    return {
        "API Gateway": MILLION * price("api_request"),
        "Data out": MILLION * (answer + 4 * (mix.tokens_out - 250)) / 1e9 * price("data_out_gb"),
        "Lambda requests": MILLION * price("lambda_request"),
        "Lambda, the router's own time": MILLION * cpu * VCPU / memory_mb * gb_second,
        "Lambda, waiting for models": MILLION * wait * gb_second,
        "DynamoDB": MILLION * (READS * price("dynamodb_read") + WRITES * price("dynamodb_write")),
        "Logs: the cost event": MILLION * event / 1e9 * price("log_gb"),
        "Logs: Lambda's and API Gateway's lines": MILLION * (LAMBDA_LINES + ACCESS_LINE) / 1e9 * price("log_gb"),
        "X-Ray": MILLION * SETTINGS.traced_percent / 100 * price("xray_trace"),
    }


def price(name: str) -> float:
    return LIST[name].usd


def spend(mix: Mix) -> float:
    """What the models cost for a million requests, at the catalogue's prices."""
    models = packaged_map().models
    usage = Usage(mix.tokens_in, mix.tokens_out)
    nano = sum(s * cost(usage, models[alias].prices) for s, alias in zip(mix.shares, SPEEDS, strict=True))
    return MILLION * nano / 1e9


def metric_count(by: tuple[str, ...] = SETTINGS.metrics_by) -> int:
    """Metrics that are sent in every hour; those of faults are paid for by the hours in which there were some."""
    tier_map = packaged_map()
    used = len({c.model for t in tier_map.tiers.values() for c in t.candidates if tier_map.models[c.model].enabled})
    values = {names.TIER: len(tier_map.tiers), names.TASK: len(tier_map.routes) - 1, names.MODEL: used}
    return len(names.METRICS) + sum(values[name] for name in by)


def seeing(millions: float, event: int) -> dict[str, float]:
    """Dollars a month for metrics and for what the dashboard reads in their place."""
    scanned = len(dashboard.ASKED) * LOOKS * LOOKED_AT * (event + LAMBDA_LINES) / 1e9 * MILLION * millions
    return {
        "metrics": metric_count() * price("metric"),
        "their bytes in the log": event_overhead() / 1e9 * MILLION * millions * price("log_gb"),
        "the dashboard's queries": scanned * price("log_query_gb"),
    }


def fixed() -> dict[str, float]:
    """Dollars a month, whatever the traffic."""
    return {
        f"{metric_count()} custom metrics": metric_count() * price("metric"),
        "9 alarms, which read 18 metrics": 18 * price("alarm_metric"),
        "Dashboard": price("dashboard"),
        "2 keys in KMS": 2 * price("kms_key"),
    }


def measured(cpu: float, event: int, answer: int) -> str:
    memory = SETTINGS.memory_mb
    billed = cpu * VCPU / memory
    return (
        f"Measured here: {cpu * 1e3:.2f} ms of CPU a request (billed as {billed * 1e3:.1f} ms at {memory} MB), "
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
    for memory in (256, 512, 1024):
        if memory != SETTINGS.memory_mb:
            others = [sum(figures(mix, cpu, event, answer, memory).values()) for mix in MIXES]
            shares = [f"{total / usd:.2%}" for total, usd in zip(others, spends, strict=True)]
            rows.append([f"Share with `-c memory_mb={memory}`", *shares])
    return table(rows)


def monthly(cpu: float, event: int, answer: int) -> str:
    mix = MIXES[1]
    standing = sum(fixed().values())
    head = ["Requests a month", "the router, USD", f"of {mix.name}'s model spend", "LiteLLM on ECS, USD"]
    rows = [head, ["---:"] * len(head)]
    for millions in (0.01, 0.1, 1, 3, 10, 100):
        queries = seeing(millions, event)["the dashboard's queries"]
        total = standing + queries + millions * sum(figures(mix, cpu, event, answer).values())
        share = f"{total / (millions * spend(mix)):.2%}"
        rows.append([f"{millions * MILLION:,.0f}", f"{total:,.2f}", share, f"{GATEWAY:,.2f} and traffic"])
    standing_rows = [["USD a month", ""], ["---", "---:"], *([name, f"{usd:.2f}"] for name, usd in fixed().items())]
    return "\n\n".join([table(standing_rows), table(rows)])


def metrics(event: int) -> str:
    parts = [*seeing(1, event)]
    rows = [["Requests a month", *parts, "sum", "USD a million requests"], ["---:"] * (len(parts) + 3)]
    for millions in (0.1, 1, 3, 10):
        costs = seeing(millions, event)
        total = sum(costs.values())
        cells = [*(f"{usd:.2f}" for usd in costs.values()), f"{total:.2f}", f"**{total / millions:.2f}**"]
        rows.append([f"{millions * MILLION:,.0f}", *cells])
    sets_rows = [["`-c metrics_by=`", "metrics", "USD a month"], ["---", "---:", "---:"]]
    sets_rows += [
        [",".join(by) or "(empty)", str(metric_count(by)), f"{metric_count(by) * price('metric'):.2f}"]
        for by in ((), ("tier",), ("tier", "model"), names.BREAKDOWNS)
    ]
    return "\n\n".join([table(rows), table(sets_rows)])


def sources() -> str:
    rows = [["USD", "for", "AWS's own word", "where"], ["---:", "---", "---", "---"]]
    rows += [[amount(p.usd), p.unit, "yes" if p.own else "no", p.source] for p in LIST.values()]
    return table(rows)


def amount(usd: float) -> str:
    return f"{usd * MILLION:g} a million" if usd < 1 / 1_000 else f"{usd:g}"


def event_overhead() -> int:
    """Bytes that make a cost event's line into metrics as well."""
    line = json.loads((ROOT / "docs" / "cost-event.example.json").read_text())
    return len(json.dumps({"_aws": line["_aws"]}, separators=(",", ":"))) - 1


def table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
