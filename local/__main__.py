"""`python -m local`: what `make run` and `make stop` call."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from local import emulator as emulators
from local.bedrock import functions_environment
from local.demo import PROMPTS, ask, table
from local.deploy import Outputs, deploy
from local.emulator import ROOT, Emulator
from local.failure import LocalFailure
from local.model import LocalModel
from local.seed import create_key, put_secrets, seed_map
from local.shell import write_exports
from local.vendors import with_local_model, with_real_models
from pointsman.tiermap.seed import seed_items

app = typer.Typer(
    help="Pointsman on this machine: an AWS emulator, a real deployment, a demonstration.",
    no_args_is_help=True,
    add_completion=False,
)
console = Console(width=max(150, shutil.get_terminal_size().columns))
STATE = ROOT / ".local"
ENDPOINT = STATE / "endpoint"
"""Holds the endpoint's URL while it serves."""
EXPORTS = STATE / "env"
"""What a second terminal sources meanwhile."""


@app.command()
def run(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the emulator listens, on 127.0.0.1.")] = 4566,
    local_model: Annotated[bool, typer.Option(help="Serve the economy tier by a small model on this machine.")] = False,
    bedrock: Annotated[bool, typer.Option(help="Ask the real Bedrock, with the AWS credentials at hand.")] = False,
) -> None:
    """Deploy, seed, demonstrate, and serve until Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    model = LocalModel(STATE) if local_model else None
    started: int | None = None
    try:
        with console.status("Starting the emulator"):
            process = Emulator(port, STATE).start(functions_environment(os.environ) if bedrock else None)
        started = process.pid
        outputs, key = _deploy(Emulator(port, STATE), model)
        _demonstrate(outputs, key)
        process.wait()
        console.print("The emulator has ended: `make stop`, or another `make run`, took it away.")
    except LocalFailure as failure:
        console.print(f"[red]✗[/] {failure}", soft_wrap=True, highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("Stopped.")
    finally:
        if model:
            model.stop()
        if started and emulators.stop(STATE, only=started):
            _forget()


def _deploy(emulator: Emulator, model: LocalModel | None) -> tuple[Outputs, str]:
    items, secrets = with_real_models(seed_items(), os.environ)
    if model:
        with console.status("Loading the local model"):
            items = with_local_model(items, model.start())
    with console.status("cdk bootstrap, cdk deploy --all (the first time builds the bundle)"):
        outputs = deploy(emulator)
    with console.status("Seeding the tier map and a key"):
        put_secrets(emulator, secrets)
        version = seed_map(emulator, outputs, items)
        key = create_key(emulator, outputs)
    console.print(f"Deployed; tier map version {version} is live.")
    ENDPOINT.write_text(outputs.endpoint)
    write_exports(EXPORTS, emulator, outputs, key)
    return outputs, key


def _demonstrate(outputs: Outputs, key: str) -> None:
    rows = []
    for n, prompt in enumerate(PROMPTS, 1):
        with console.status(f"Sending prompt {n} of {len(PROMPTS)}"):
            rows.append(ask(outputs.endpoint, key, prompt))
    baseline = next(item for item in seed_items() if item["sk"] == "SETTINGS")["baseline_model"]
    console.print(table(rows, baseline))
    body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "Prove that sqrt(2) is irrational"}]})
    console.print(
        f"endpoint  {outputs.endpoint}\nconsole   {outputs.endpoint.removesuffix('/v1')}/console/\nkey       {key}\n\n"
        f"curl -i {outputs.endpoint}/chat/completions -H 'authorization: Bearer {key}' -d '{body}'\n\n"
        f"In a second terminal, `. {os.path.relpath(EXPORTS)}` lets `pointsman`, `aws` and boto3 speak to it.\n\n"
        "Serving until Ctrl-C.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _forget() -> None:
    for file in (ENDPOINT, EXPORTS):
        file.unlink(missing_ok=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@app.command()
def stop() -> None:
    """End whatever `run` left behind."""
    _forget()
    console.print("Stopped." if emulators.stop(STATE) else "Nothing was running.")


@app.command()
def status() -> None:
    """Say whether it runs; exit code 1 if it does not."""
    group = emulators.running(STATE)
    console.print(f"Running as process group {group}." if group else "Not running.")
    sys.exit(0 if group else 1)


@app.command()
def endpoint() -> None:
    """Print the URL that SDKs take as their base URL."""
    if not emulators.running(STATE) or not ENDPOINT.exists():
        typer.echo("Not running: make run", err=True)
        sys.exit(1)
    typer.echo(ENDPOINT.read_text())


if __name__ == "__main__":
    app()
