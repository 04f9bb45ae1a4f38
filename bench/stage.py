"""What is measured, as processes on the loopback: a fake model, the stacks deployed into the emulator, the router."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import emulator as emulators
from local.deploy import STAGE, deploy
from local.emulator import ROOT, Emulator
from local.failure import LocalFailure
from local.ports import free_port, listening
from local.seed import create_key, seed_map
from local.vendors import LOCAL_ALIAS, Item, with_local_model
from pointsman.tiermap.seed import seed_items

LAMBDAS = ROOT / "lambdas"
START_SECONDS = 60


@dataclass(frozen=True)
class Process:
    """A server that runs. `url` ends in `/v1`."""

    pid: int
    url: str

    @property
    def megabytes(self) -> float:
        """Its resident memory."""
        command = ["ps", "-o", "rss=", "-p", str(self.pid)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024


@dataclass(frozen=True)
class Stage:
    """`deployed` is the endpoint behind the emulator's API Gateway, `router` the same app under uvicorn; both end in
    `/v1`, read the same tables and know the same key. `environment` is the functions'."""

    upstream: Process
    deployed: str
    router: Process
    key: str
    environment: Mapping[str, str]


@contextmanager
def stage() -> Iterator[Stage]:
    """Raises `LocalFailure`."""
    with tempfile.TemporaryDirectory(prefix="pointsman-bench-") as folder, server_upstream() as upstream:
        emulator = Emulator(free_port(), Path(folder))
        emulator.start()
        try:
            outputs = deploy(emulator)
            seed_map(emulator, outputs, only_asking(upstream.url))
            environment = emulator.environment | {
                "MAP_TABLE": outputs.map_table,
                "ACCOUNTS_TABLE": outputs.accounts_table,
                "STAGE": STAGE,
            }
            with server_router(environment) as router:
                yield Stage(upstream, outputs.endpoint, router, create_key(emulator, outputs), environment)
        finally:
            emulators.stop(emulator.state)


def only_asking(url: str) -> list[Item]:
    """The seed with the model at `url` first in every tier."""

    def first(item: Item) -> Item:
        others = [alias for alias in item["candidates"] if alias != LOCAL_ALIAS]
        return item | {"candidates": [LOCAL_ALIAS, *others]}

    return [first(item) if item["sk"].startswith("TIER#") else item for item in with_local_model(seed_items(), url)]


@contextmanager
def server_upstream() -> Iterator[Process]:
    port = free_port()
    with server([sys.executable, str(ROOT / "bench" / "upstream.py"), str(port)], port, {}) as process:
        yield process


@contextmanager
def server_router(environment: Mapping[str, str]) -> Iterator[Process]:
    """As `lambdas/router/run.sh` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "router.asgi:app", "--host", "127.0.0.1", "--port", str(port)]
    with server([*command, "--no-access-log"], port, {**environment, "PYTHONPATH": str(LAMBDAS)}) as process:
        yield process


@contextmanager
def server(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Process]:
    """A process that listens, for as long as it is needed. Raises `LocalFailure` where it does not start."""
    with tempfile.TemporaryFile() as log:
        own = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        started = subprocess.Popen(command, env=own | dict(environment), stdout=log, stderr=subprocess.STDOUT)
        try:
            give_up = time.monotonic() + START_SECONDS
            while not listening(port):
                if started.poll() is not None or time.monotonic() > give_up:
                    log.seek(0)
                    last = log.read().decode(errors="replace").strip().splitlines()[-1:]
                    raise LocalFailure(f"{Path(command[0]).name} did not start: {''.join(last)[:300]}")
                time.sleep(0.1)
            yield Process(started.pid, f"http://127.0.0.1:{port}/v1")
        finally:
            started.terminate()
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
