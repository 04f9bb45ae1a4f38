"""One real deployment into an emulator of its own, shared by every end-to-end test and gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local import emulator as emulators
from local.deploy import Outputs, deploy
from local.emulator import Emulator
from local.ports import free_port
from local.seed import create_key, seed_map, session
from pointsman.accounts.keys import KeyStore
from pointsman.tiermap.seed import seed_items

LAMBDAS = Path(__file__).parents[2] / "lambdas"


@dataclass(frozen=True)
class Deployment:
    """`endpoint` is the SDK's base URL; `log` is where the emulator and all its functions write."""

    endpoint: str
    key: str
    map_version: int
    outputs: Outputs
    emulator: Emulator

    @property
    def log(self) -> Path:
        return self.emulator.log

    @property
    def session(self) -> boto3.Session:
        return session()

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        return self.session.client(service, endpoint_url=self.emulator.url)  # type: ignore[call-overload]

    def table(self, name: str) -> Any:
        """A DynamoDB table of the emulator; its name stands in `outputs`."""
        return self.session.resource("dynamodb", endpoint_url=self.emulator.url).Table(name)


def seed() -> list[dict[str, Any]]:
    """The packaged map, fetched anew every second, so that no test waits long for an edit to be seen."""
    return [item | ({"ttl": 1} if item["sk"] == "SETTINGS" else {}) for item in seed_items()]


def until(check: Callable[[], Any], seconds: float = 30) -> Any:
    """What `check` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while True:
        if found := check():
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stacks, deployed with the CDK command, with the seed map live and one key made."""
    emulator = Emulator(free_port(), tmp_path_factory.mktemp("emulator"))
    process = emulator.start()
    try:
        outputs = deploy(emulator)
        version = seed_map(emulator, outputs, seed())
        yield Deployment(outputs.endpoint, create_key(emulator, outputs), version, outputs, emulator)
    finally:
        emulators.stop(emulator.state)
        process.wait(timeout=10)


@dataclass(frozen=True)
class Revoked:
    """A key that the deployed endpoint knew when it was revoked, and when that was, by the monotonic clock."""

    key: str
    at: float

    def refused(self, deployment: Deployment) -> bool:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.get(f"{deployment.endpoint}/models", headers=headers, timeout=30).status_code == 401


@pytest.fixture(scope="session", autouse=True)
def revoked(deployment: Deployment) -> Revoked:
    """Revoked first of all, so that the test that asks for it last has little to wait for."""
    keys = KeyStore(deployment.table(deployment.outputs.accounts_table), clock=time.time)
    made = keys.create(team="e2e", name="to be revoked")
    assert not Revoked(made.key, 0).refused(deployment)
    keys.revoke(made.key_id)
    return Revoked(made.key, time.monotonic())


@dataclass(frozen=True)
class Host:
    """The router under uvicorn, in a process of its own: its base URL, and the file it writes its events to."""

    url: str
    log: Path

    def events(self) -> dict[str, dict[str, Any]]:
        """The cost events so far, by the request's id."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith('{"_aws"')]
        return {event["request_id"]: event for event in map(json.loads, lines)}


@contextmanager
def hosted(deployment: Deployment, log: Path, **more: str) -> Iterator[Host]:
    """The router over the deployed tables; `more` is added to its environment."""
    port = free_port()
    environment = deployment.emulator.environment | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(LAMBDAS),
        "MAP_TABLE": deployment.outputs.map_table,
        "ACCOUNTS_TABLE": deployment.outputs.accounts_table,
        "STAGE": "dev",
        **more,
    }
    command = [sys.executable, "-m", "uvicorn", "router.asgi:app", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    root = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                httpx.get(f"{root}/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield Host(f"{root}/v1", log)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def host(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with hosted(deployment, tmp_path_factory.mktemp("uvicorn") / "log") as host:
        yield host


@pytest.fixture(scope="session")
def url(host: Host) -> str:
    """The router's base URL under uvicorn."""
    return host.url
