"""`pointsman route`: where a prompt would go, and why. No model is called."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape
from rich.table import Table

from cli.failures import Failure
from cli.stage import Stage
from cli.tables import put

TIMEOUT = 30.0
WEIGHTIEST = 8
"""The signals of the complexity that are shown one by one."""


def route(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(help="What a user might ask.")],
    key: Annotated[str, typer.Option(envvar="POINTSMAN_API_KEY", help="An API key of the deployment.")],
    endpoint: Annotated[
        str | None,
        typer.Option(envvar="POINTSMAN_ENDPOINT", help="Base URL, ending in /v1; else the stack's EndpointUrl."),
    ] = None,
    model: Annotated[str, typer.Option(help="auto, tier:NAME or an alias.")] = "auto",
) -> None:
    """Explain where a prompt would go, without calling a model."""
    stage: Stage = context.obj
    url = (endpoint or stage.endpoint()).rstrip("/").removesuffix("/v1") + "/v1/route"
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    try:
        response = httpx.post(url, json=body, headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeEncodeError):
        raise Failure("the endpoint or the key is not well-formed") from None
    _show(_decision(response))


def _decision(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
        if response.is_success:
            return dict(body)
        message = body["error"]["message"]
    except (ValueError, KeyError, TypeError):
        raise Failure(f"what answered at {response.url} is no Pointsman ({response.status_code})") from None
    raise Failure(f"the endpoint answered {response.status_code}: {message}")


def _of_kind(decision: dict[str, Any], kind: str) -> list[tuple[str, float]]:
    return [(signal["name"], signal["weight"]) for signal in decision["signals"] if signal["kind"] == kind]


def _shortened(signals: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The weightiest, and the others as one, so that what is shown adds up."""
    others = signals[WEIGHTIEST:]
    rest = [(f"{len(others)} others", sum(weight for _, weight in others))] if others else []
    return signals[:WEIGHTIEST] + rest


def _told(signals: list[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {weight:+.2f}" for name, weight in signals)


def _show(decision: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False)
    stage = decision.get("second_stage")
    rows = {
        "model": f"{decision['model']} ({decision['provider']})",
        "tier": decision["tier"],
        "task": decision["task"],
        "complexity": f"{decision['complexity']:.2f} ({decision['band']})",
        "confidence": f"{decision['confidence']:.2f}",
        "why": decision["reason"],
        **({"second stage": f"{stage} is asked first and may decide otherwise"} if stage else {}),
        "for the task": _told(_of_kind(decision, "task")),
        "in complexity": _told(_shortened(_of_kind(decision, "complexity"))),
        "fallbacks": ", ".join(target["model"] for target in decision["fallbacks"]),
        "map": f"version {decision['map_version']} ({decision['map_source']})",
    }
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/bold]", escape(str(value)))
    put(table, folded=True)
