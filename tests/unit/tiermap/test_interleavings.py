"""Editors, hands in the console and publishers at once, their calls of DynamoDB in any order, some failing: what is
live is always one draft that stood there whole, no edit that succeeded is lost, and version numbers only grow."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pointsman.domain import TierMap
from pointsman.errors import MapError
from pointsman.tiermap import edit as edits
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.diff import by_key
from pointsman.tiermap.edit import Desired, steps
from pointsman.tiermap.plan import Planner
from pointsman.tiermap.publish import publish
from pointsman.tiermap.release import RELEASE
from pointsman.tiermap.store import Conflict, MapStore
from tests.unit.tiermap.conftest import SMALL, TIERS, create_table, drafted
from tests.unit.tiermap.interleaving import Killed, interleave, throttled

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture(autouse=True, scope="module")
def aws() -> Iterator[None]:
    """One for all examples, each of which has a table of its own."""
    with mock_aws():
        yield


ORDERLY = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


class Stage:
    """A table with the draft live, and every whole draft that has stood there since."""

    def __init__(self) -> None:
        self.table = create_table(f"map-{uuid.uuid4()}")
        self.store = drafted(self.table, SMALL)
        publish(self.store, NOW)
        self.whole = {self.store.live().hash}
        self.version = self.latest = 1

    def look(self) -> None:
        """What must hold after each single call."""
        desired = Desired(tuple(self.store.drafts()))
        if not desired.change.get("incomplete"):
            self.whole.add(compile_map(desired.items, version=0, author="", published_at="").hash)
        live = self.store.record()
        assert live.publication
        for trial in (live.publication.canary, live.publication.shadow):
            assert trial is None or trial.map.hash in self.whole
        assert live.hash in self.whole, "a mixture is live"
        assert live.version >= self.version
        assert live.latest >= self.latest
        self.version, self.latest = live.version, live.latest

    def race(self, data: st.DataObject, actors: dict[str, Callable[[Any], None]]) -> None:
        """Their calls in an order that is drawn, as are the publishers' fates."""
        order = partial(_drawn, data)
        errors = interleave(self.table, actors, order, fate=partial(some_fate, data), after_write=self.look)
        assert set(errors.values()) == {None}

    def timeouts(self) -> list[int]:
        items = by_key(self.store.drafts())
        return [int(items[f"TIER#{name}"]["timeout"]) for name in TIERS]

    def settle(self) -> None:
        """The publisher's last run, when all is quiet: live is what the draft says."""
        publish(self.store, NOW)
        self.look()
        draft = compile_map(self.store.drafts(), version=0, author="", published_at="").hash
        assert self.store.live().hash == draft


def apply(name: str, change: Callable[[dict[str, dict[str, Any]]], None], succeeded: list[str], table: Any) -> None:
    """What the command does: read, change, write upon what was read."""
    store = MapStore(table)
    try:
        read = store.desired()
        after = {key: dict(item) for key, item in by_key(read.items).items()}
        change(after)
        for step in steps(read, after, {"updated_by": name, "updated_at": NOW, "why": str(uuid.uuid4())}):
            store.edit(step)
    except Conflict:
        return
    succeeded.append(name)


def one_more(items: dict[str, dict[str, Any]], tiers: tuple[str, ...] = TIERS) -> None:
    for name in tiers:
        items[f"TIER#{name}"]["timeout"] += 1


def all_at(seconds: int, items: dict[str, dict[str, Any]]) -> None:
    for name in TIERS:
        items[f"TIER#{name}"]["timeout"] = Decimal(seconds)


def publisher(table: Any) -> None:
    """May fail: Lambda then runs it again, as `settle` does."""
    try:
        publish(MapStore(table), NOW)
    except (MapError, ClientError):
        return


def by_hand(table: Any) -> None:
    """An edit in the console: one item, unsigned, a field that was not there."""
    table.update_item(
        Key={"pk": "DRAFT", "sk": "TIER#standard"},
        UpdateExpression="SET attempts = :n",
        ExpressionAttributeValues={":n": 4},
    )


def created_by_hand(table: Any) -> None:
    table.put_item(Item={"pk": "DRAFT", "sk": "TIER#new", "candidates": ["m"], "timeout": 10})


def _drawn(data: st.DataObject, names: Any) -> Any:
    return data.draw(st.sampled_from(names))


def some_fate(data: st.DataObject, name: str) -> BaseException | None:
    """A publisher is throttled, or out of time, before one call in six."""
    if not name.startswith("publisher"):
        return None
    drawn = data.draw(st.integers(0, 11), label=f"fate of {name}")
    return {0: throttled(), 1: Killed()}.get(drawn)


@ORDERLY
@given(st.data())
def test_edits_of_one_transaction(data: st.DataObject) -> None:
    stage = Stage()
    succeeded: list[str] = []
    stage.race(
        data,
        {
            "ann": partial(apply, "ann", one_more, succeeded),
            "bob": partial(apply, "bob", one_more, succeeded),
            "hand": by_hand,
            "new": created_by_hand,
            "publisher 1": publisher,
            "publisher 2": publisher,
        },
    )
    assert stage.timeouts() == [10 + len(succeeded)] * 3, "an edit that succeeded is lost"
    items = by_key(stage.store.drafts())
    assert items["TIER#standard"]["attempts"] == 4
    assert "TIER#new" in items
    stage.settle()


@ORDERLY
@given(st.data())
def test_edits_of_many_transactions(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    """As of over 100 items. Whoever is broken off leaves the draft held, and a whole map completes it."""
    monkeypatch.setattr(edits, "LARGEST_STEP", 2)
    stage = Stage()
    succeeded: list[str] = []
    stage.race(
        data,
        {
            "ann": partial(apply, "ann", partial(all_at, 20), succeeded),
            "bob": partial(apply, "bob", partial(all_at, 30), succeeded),
            "hand": by_hand,
            "publisher 1": publisher,
            "publisher 2": publisher,
        },
    )
    assert by_key(stage.store.drafts())["TIER#standard"]["attempts"] == 4
    if stage.store.desired().change.get("incomplete"):
        apply("carl", partial(all_at, 40), succeeded, stage.table)
    elif succeeded:
        assert stage.timeouts() == [{"ann": 20, "bob": 30}[succeeded[-1]]] * 3
    assert len(set(stage.timeouts())) == 1
    stage.settle()


@ORDERLY
@given(st.data())
def test_canaries_shadows_and_rollbacks_between_edits(monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    monkeypatch.setattr(edits, "LARGEST_STEP", 2)
    stage = Stage()

    def release(fields: dict[str, Any], table: Any) -> None:
        table.put_item(Item={"pk": RELEASE, "sk": RELEASE, **fields})

    stage.race(
        data,
        {
            "ann": partial(apply, "ann", partial(all_at, 20), []),
            "bob": partial(apply, "bob", partial(all_at, 30), []),
            "canary": partial(release, {"mode": "canary", "percent": 5, "shadow": {"percent": 5}}),
            "rollback": partial(release, {"mode": "pin", "version": 1}),
            "publisher 1": publisher,
            "publisher 2": publisher,
            "publisher 3": publisher,
        },
    )
    apply("carl", partial(all_at, 40), [], stage.table)
    release({"mode": "live"}, stage.table)
    stage.settle()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["edit", "twice", "late", "lost", "poison", "throttled"]), max_size=6))
def test_a_stream_that_repeats_reorders_loses_and_poisons_its_records(told: list[str]) -> None:
    """Records only say that something was edited, so what they say, and in which order, cannot matter."""
    stage = Stage()
    edited = 0
    for word in told:
        if word == "poison":  # an edit that can never be published; the next one takes its place
            stage.store.put_draft({"sk": "TIER#economy", "candidates": ["nobody"]})
            before = stage.store.live()
            publish(stage.store, NOW)
            assert stage.store.live() == before
        else:
            edited += 1
            stage.store.put_draft({**SMALL[1], "timeout": 10 + edited})
        runs = {"edit": 1, "twice": 2, "late": 0, "lost": 0, "poison": 1, "throttled": 0}[word]
        for _ in range(runs):
            publish(stage.store, NOW)
        if runs and word != "poison":
            assert stage.store.live().tiers["economy"].timeout == 10 + edited
    stage.store.put_draft({**SMALL[1], "timeout": 99})
    stage.settle()
    assert stage.store.live().tiers["economy"].timeout == 99


def test_the_harness_notices_a_mixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher that took up a draft in mid-edit would be found out."""
    monkeypatch.setattr(edits, "LARGEST_STEP", 2)
    stage = Stage()
    read = stage.store.desired()
    after = {key: dict(item) for key, item in by_key(read.items).items()}
    all_at(20, after)
    begin, write, *_ = steps(read, after, {"updated_by": "ann"})
    stage.store.edit(begin)
    stage.store.edit(write)
    stage.look()
    monkeypatch.setattr(Planner, "_stable", lambda self, mode, release: self._publish(mixture(stage), None))
    publish(stage.store, NOW)
    with pytest.raises(AssertionError, match="a mixture is live"):
        stage.look()


def mixture(stage: Stage) -> TierMap:
    return compile_map(stage.store.drafts(), version=0, author="", published_at="")
