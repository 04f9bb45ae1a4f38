"""The real `cdk bootstrap` and `cdk deploy`, into an emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.emulator import ROOT, Emulator
from local.failure import LocalFailure

CDK = ROOT / ".local" / "cdk" / "node_modules" / ".bin" / "cdk"
STAGE = "dev"


@dataclass(frozen=True)
class Outputs:
    """What the stacks say about themselves. `endpoint` is the SDK's base URL, ending in `/v1`."""

    endpoint: str
    map_table: str
    accounts_table: str


def deploy(emulator: Emulator) -> Outputs:
    """Raises `LocalFailure` with the place of the full log."""
    outputs = emulator.state / "outputs.json"
    context = ["-c", f"stage={STAGE}", "-c", "target=local", "-c", "streaming=false"]
    _cdk(emulator, "bootstrap", "aws://000000000000/us-east-1", "--app", "")  # which needs no synthesis of ours
    _cdk(emulator, "deploy", "--all", "--require-approval", "never", "--outputs-file", str(outputs), *context)
    found = {name: value for stack in json.loads(outputs.read_text()).values() for name, value in stack.items()}
    return Outputs(
        endpoint=_reachable(found["EndpointUrl"], emulator),
        map_table=found["MapTableName"],
        accounts_table=found["AccountsTableName"],
    )


def _reachable(url: str, emulator: Emulator) -> str:
    """The deployed API's URL, at the address under which the emulator serves it."""
    if url.startswith(emulator.url):
        return url.rstrip("/")
    host, _, path = url.removeprefix("https://").partition("/")
    stage, _, rest = path.partition("/")
    return f"{emulator.url}/restapis/{host.split('.')[0]}/{stage}/_user_request_/{rest}".rstrip("/")


def _cdk(emulator: Emulator, *arguments: str) -> None:
    if not CDK.exists():
        raise LocalFailure("The CDK command is not installed: make run sets everything up")
    home = emulator.state / "home"
    home.mkdir(parents=True, exist_ok=True)
    own = {
        "HOME": str(home),  # the CLI caches account numbers there, and an emulator's must not reach a real deployment
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CI": "true",
    }
    passed = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "REQUESTS_", "NODE_EXTRA", "TMP"))}
    log = emulator.state / "cdk.log"
    with log.open("ab") as out:
        done = subprocess.run(
            [CDK, *arguments, "--output", str(emulator.state / "cdk.out")],
            cwd=ROOT,
            env=passed | own | emulator.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    if done.returncode:
        last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise LocalFailure(f"cdk {arguments[0]} failed: {''.join(last)[:200]} (log: {log})")
