"""What every command on the map needs: the store, a check, a signature, and the wait for the publisher."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import typer

from cli.failures import Failure
from cli.stage import Stage
from pointsman.classify import embedding
from pointsman.domain import Json, TierMap
from pointsman.providers.registry import PROVIDERS
from pointsman.tiermap.compile import InvalidMap, compile_map
from pointsman.tiermap.records import Status
from pointsman.tiermap.store import MapStore

PUBLISH_SECONDS = 30


def store_of(context: typer.Context) -> MapStore:
    stage: Stage = context.obj
    return MapStore(stage.map_table())


def signature() -> dict[str, Json]:
    """Who writes, and when."""
    return {"updated_by": getpass.getuser(), "updated_at": datetime.now(UTC).isoformat(timespec="microseconds")}


def check(items: Iterable[Mapping[str, Json]]) -> TierMap:
    """The map that a whole draft compiles to. Raises `Failure` with every problem."""
    whole = [{**item, "pk": "DRAFT"} for item in items]
    try:
        return compile_map(whole, version=0, author="", published_at="", providers=PROVIDERS, encoder=embedding.load())
    except InvalidMap as error:
        raise Failure("the map is not sound:\n" + "\n".join(f"  {problem}" for problem in error.problems)) from None


def wait_until(
    store: MapStore, done: Callable[[], bool], before: Status, sleep: Callable[[float], None] | None = None
) -> None:
    """Wait for the publisher to bring something about. Raises `Failure` where it refuses or nothing happens."""
    for _ in range(PUBLISH_SECONDS * 5):
        if done():
            return
        now = store.status()
        if now.state == "rejected" and now.revision > before.revision:
            raise Failure("refused:\n" + "\n".join(f"  {problem}" for problem in now.problems))
        (sleep or time.sleep)(0.2)
    raise Failure(f"nothing has been published within {PUBLISH_SECONDS} s: look at `pointsman map status`")
