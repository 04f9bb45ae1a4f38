"""The demonstration's tier map and key, written as anyone would: draft items, and the publisher does the rest."""

from __future__ import annotations

import time
from collections.abc import Mapping

import boto3

from local.deploy import STAGE, Outputs
from local.emulator import Emulator
from local.failure import LocalFailure
from pointsman.accounts.keys import KeyStore
from pointsman.classify import embedding
from pointsman.console.routes import OPERATORS
from pointsman.domain import Json
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.store import MapStore

AUTHOR = "make run"
PUBLISH_SECONDS = 30


def session() -> boto3.Session:
    """A session with the emulator's made-up credentials, whatever the environment holds."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


def seed_map(emulator: Emulator, outputs: Outputs, items: list[dict[str, Json]]) -> int:
    """Write the draft items, wait until exactly they are live, and give the map's version. Raises `LocalFailure`."""
    wanted = compile_map(items, version=0, author="", published_at="", encoder=embedding.load()).hash
    store = MapStore(session().resource("dynamodb", endpoint_url=emulator.url).Table(outputs.map_table))
    for item in items:
        store.put_draft(item | {"updated_by": AUTHOR})
    deadline = time.monotonic() + PUBLISH_SECONDS
    while time.monotonic() < deadline:
        live = store.record()
        if live.hash == wanted:
            return live.version
        time.sleep(0.1)
    status = store.status()
    problems = "; ".join(map(str, status.problems[:3]))
    raise LocalFailure(f"The tier map was not published within {PUBLISH_SECONDS} s: {problems or status.state}")


def put_secrets(emulator: Emulator, secrets: Mapping[str, str]) -> None:
    """Put vendors' API keys, by the names that the map's models use, where the router looks for them."""
    client = session().client("secretsmanager", endpoint_url=emulator.url)
    for name, key in secrets.items():
        client.create_secret(Name=f"pointsman/{STAGE}/{name}", SecretString=key)


def create_key(emulator: Emulator, outputs: Outputs) -> str:
    table = session().resource("dynamodb", endpoint_url=emulator.url).Table(outputs.accounts_table)
    """An operator's, so that the console shows all there is."""
    return KeyStore(table, clock=time.time).create(team=OPERATORS, name=AUTHOR).key
