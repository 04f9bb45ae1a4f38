"""A dozen prompts through the deployed endpoint, and what became of each, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import httpx
from rich.table import Table

from local.failure import LocalFailure

MAX_TOKENS = 160
"""Enough for a look, and a bound on what real models are paid for a demonstration."""

FAILED_UPSTREAM = {429, 502, 503, 504}
"""A model that failed or was too slow: a real one may, and the others should be seen all the same."""

PROMPTS = (
    "What is the capital of Australia?",
    "hi! how are you today?",
    "Translate 'Where is the nearest pharmacy?' into Spanish.",
    "Classify this review as positive or negative: 'The battery died after two days.'",
    "Extract all e-mail addresses as JSON: contact ann@example.org or bob@example.com before Friday.",
    "Summarise in one sentence: The council met on Monday, heard forty residents, and postponed the vote on the new "
    "bridge until an environmental study is complete.",
    "Rewrite more politely: 'Send me the report now.'",
    "Write a Python function that merges overlapping intervals and explain its complexity.",
    "A train leaves at 9:40 at 80 km/h, another at 10:10 at 110 km/h on the same track. When does it catch up?",
    "Prove that sqrt(2) is irrational",
    "Three boxes are all mislabelled: apples, oranges, both. You may draw one fruit from one box. Which box do you "
    "draw from, and how do you deduce all three labels? Justify each step.",
    "Design a lock-free multi-producer queue in C++20: state the memory ordering of each atomic operation, prove that "
    "no element is lost or duplicated, and discuss the ABA problem.",
)


@dataclass(frozen=True)
class Row:
    """One prompt and what became of it. Costs in US dollars, exactly as the headers give them; `model` is the error's
    code where none answered."""

    prompt: str
    task: str
    complexity: str
    tier: str
    model: str
    tokens: int
    cost: Decimal
    baseline: Decimal


def ask(endpoint: str, key: str, prompt: str) -> Row:
    """Raises `LocalFailure` where the endpoint does not answer, or refuses the prompt."""
    body = {"model": "auto", "messages": [{"role": "user", "content": prompt}], "max_tokens": MAX_TOKENS}
    try:
        response = httpx.post(
            f"{endpoint}/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}, timeout=60
        )
    except httpx.HTTPError as error:
        raise LocalFailure(f"The endpoint did not answer: {error}") from error
    said = response.headers
    if response.status_code in FAILED_UPSTREAM:
        code, nothing = response.json()["error"]["code"], Decimal(0)
        return Row(prompt, said["x-router-task"], said["x-router-complexity"], "–", code, 0, nothing, nothing)
    if response.status_code != 200:
        raise LocalFailure(f"The endpoint answered {response.status_code}: {response.text[:200]}")
    return Row(
        prompt=prompt,
        task=said["x-router-task"],
        complexity=said["x-router-complexity"],
        tier=said["x-router-tier"],
        model=said["x-router-model"],
        tokens=response.json()["usage"]["total_tokens"],
        cost=Decimal(said["x-router-cost-usd"]),
        baseline=Decimal(said["x-router-baseline-cost-usd"]),
    )


def table(rows: list[Row], baseline: str) -> Table:
    drawn = Table(caption=f"baseline: the same tokens at {baseline}'s price", caption_justify="right")
    drawn.add_column("prompt", max_width=34, no_wrap=True, overflow="ellipsis")
    for name in ("task", "complexity", "tier", "model"):
        drawn.add_column(name, no_wrap=True)
    for name in ("tokens", "cost $", "baseline $", "saved"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        figures = _figures(row.tokens, row.cost, row.baseline)
        drawn.add_row(row.prompt, row.task, row.complexity, row.tier, row.model, *figures)
    drawn.add_section()
    cost, baseline_cost = sum((r.cost for r in rows), Decimal()), sum((r.baseline for r in rows), Decimal())
    drawn.add_row("all", "", "", "", "", *_figures(sum(r.tokens for r in rows), cost, baseline_cost))
    return drawn


def _figures(tokens: int, cost: Decimal, baseline: Decimal) -> tuple[str, str, str, str]:
    saved = f"{(1 - cost / baseline):.0%}" if baseline else "–"
    return str(tokens), f"{cost:.6f}", f"{baseline:.6f}", saved
