"""One real deployment into an emulator of its own, shared by every end-to-end test and gone afterwards."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import emulator as emulators
from local.deploy import Outputs, deploy
from local.emulator import Emulator
from local.seed import create_key, seed_map, session
from pointsman.tiermap.seed import seed_items


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stacks, deployed with the CDK command, with the seed map live and one key made."""
    emulator = Emulator(free_port(), tmp_path_factory.mktemp("emulator"))
    process = emulator.start()
    try:
        outputs = deploy(emulator)
        version = seed_map(emulator, outputs, seed_items())
        yield Deployment(outputs.endpoint, create_key(emulator, outputs), version, outputs, emulator)
    finally:
        emulators.stop(emulator.state)
        process.wait(timeout=10)
