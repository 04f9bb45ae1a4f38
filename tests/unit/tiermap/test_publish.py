from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from pointsman.errors import MapError
from pointsman.tiermap.compile import compile_map
from pointsman.tiermap.publish import ATTEMPTS, Published, Rejected, Unchanged, publish
from pointsman.tiermap.records import Status
from pointsman.tiermap.store import READS, MapStore
from tests.unit.tiermap.conftest import MODEL, SMALL, TIERS, create_table, drafted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Items = dict[str, dict[str, Any]]
T1, T2, T3 = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00"


def contents(table: Table) -> list[dict[str, Any]]:
    return sorted((dict(item) for item in table.scan()["Items"] if item["pk"] == "MAP"), key=lambda item: item["sk"])


def test_the_first_draft_becomes_version_1(store: MapStore) -> None:
    assert publish(store, T1) == Published(1, "unknown")
    assert (store.live().version, store.live().published_at) == (1, T1)
    assert store.status() == Status("ok", version=1, at=T1, revision=1)


def test_an_edit_becomes_the_next_version_and_the_one_before_stays(store: MapStore, seed: Items) -> None:
    publish(store, T1)
    seed["TIER#economy"]["candidates"] = ["nova-2-lite"]
    store.put_draft(seed["TIER#economy"] | {"updated_by": "ann"})
    assert publish(store, T2) == Published(2, "ann")
    assert [c.model for c in store.live().tiers["economy"].candidates] == ["nova-2-lite"]
    assert store.version(1).tiers["economy"].candidates[0].model == "nova-lite"


def test_a_run_without_a_change_writes_nothing(store: MapStore, table: Table) -> None:
    publish(store, T1)
    before = contents(table)
    assert publish(store, T2) == Unchanged(1)
    assert contents(table) == before


def test_a_bad_draft_changes_the_status_only_and_a_repeat_nothing(store: MapStore, table: Table, seed: Items) -> None:
    publish(store, T1)
    before = contents(table)
    store.put_draft(seed["TIER#economy"] | {"candidates": ["nova-lit"]})
    outcome = publish(store, T2)
    assert isinstance(outcome, Rejected)
    assert outcome.version == 1
    assert store.status() == Status("rejected", version=1, at=T2, problems=outcome.problems, revision=2, pending=True)
    assert [item for item in contents(table) if item["sk"] != "STATUS"] == [i for i in before if i["sk"] != "STATUS"]
    rejected = contents(table)
    assert publish(store, T3) == outcome
    assert contents(table) == rejected


def test_taking_the_bad_edit_back_makes_the_status_ok_without_a_new_version(store: MapStore, seed: Items) -> None:
    publish(store, T1)
    store.delete_draft("SETTINGS")
    publish(store, T2)
    store.put_draft(seed["SETTINGS"])
    assert publish(store, T3) == Unchanged(1)
    assert store.status() == Status("ok", version=1, at=T3, revision=3)


def test_a_provider_that_the_router_does_not_know_is_rejected(store: MapStore) -> None:
    outcome = publish(store, T1, {"openai", "gemini"})
    assert isinstance(outcome, Rejected)
    assert {problem.field for problem in outcome.problems} == {"provider"}


class Interrupted(MapStore):
    """Before each of its first `times` reads of the draft, somebody else edits and publishes."""

    def __init__(self, table: Table, times: int) -> None:
        super().__init__(table)
        self.other = MapStore(table)
        self.times = times

    def drafts(self) -> list[dict[str, Any]]:
        if self.times:
            tier = next(item for item in super().drafts() if item["sk"] == "TIER#economy")
            self.other.put_draft(tier | {"timeout": Decimal(self.times)})
            self.times -= 1
            publish(self.other, T2)
        return super().drafts()


@pytest.mark.usefixtures("small")
def test_a_publisher_that_came_too_late_starts_anew_and_loses_no_edit(table: Table) -> None:
    store = Interrupted(table, 2)
    assert publish(store, T3) == Unchanged(2)
    assert store.live().tiers["economy"].timeout == 1
    assert store.live().published_at == T2


@pytest.mark.usefixtures("small")
def test_a_publisher_that_is_always_too_late_gives_up(table: Table) -> None:
    with pytest.raises(MapError, match="somebody else"):
        publish(Interrupted(table, ATTEMPTS * (READS + 2)), T3)


EDITS = st.tuples(
    st.sampled_from([f"TIER#{name}" for name in TIERS]),
    st.permutations(["m", "n", "o", "no-such-model"]).map(lambda order: order[:2]),
)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(EDITS, st.integers(0, 3)), max_size=5))
def test_however_often_and_late_it_runs_the_live_map_is_that_of_the_last_good_draft(
    edits: list[tuple[tuple[str, list[str]], int]],
) -> None:
    """Records may come twice, late or not at all between edits: the runs after each edit stand for them."""
    with mock_aws():
        draft = {item["sk"]: item for item in [*SMALL, *({"sk": f"MODEL#{name}", **MODEL} for name in "no")]}
        store = drafted(create_table(), draft.values())
        publish(store, T1)
        good = store.live().hash
        for (key, candidates), runs in edits:
            draft[key] = draft[key] | {"candidates": candidates}
            store.put_draft(draft[key])
            valid = all("no-such-model" not in draft[k]["candidates"] for k in draft if k.startswith("TIER#"))
            if valid and runs:
                good = compile_map(draft.values(), version=0, author="", published_at="").hash
            for _ in range(runs):
                publish(store, T1)
            assert store.live().hash == good
        publish(store, T1)
        last = publish(store, T1)
        assert isinstance(last, Unchanged | Rejected)
        assert store.status().state == ("ok" if isinstance(last, Unchanged) else "rejected")
        versions = store.live().version
        hashes = [store.version(n).hash for n in range(1, versions + 1)]
        assert all(one != after for one, after in pairwise(hashes))
