"""Brings about what people want to be live, or reports why it cannot be.

It always takes the whole draft and the whole release, so it may be run at any time, twice, late or by two at once: the
outcome is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pointsman.domain import Publication
from pointsman.errors import MapError
from pointsman.tiermap.compile import Encoder
from pointsman.tiermap.plan import Plan, Planner
from pointsman.tiermap.problems import InvalidMap, Problem
from pointsman.tiermap.records import Live, Status
from pointsman.tiermap.shapes import MOST_PROBLEMS
from pointsman.tiermap.store import Conflict, MapStore

ATTEMPTS = 5
HISTORY_DAYS = 400
"""How long a version is kept once it is no longer live."""


@dataclass(frozen=True, slots=True)
class Published:
    """What routers read has changed. `version` is the live map's, `canary` that of the one tried beside it, `author`
    who made the newer of the two. `problems`: a release is carried out even where the draft is not sound."""

    version: int
    author: str
    canary: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    version: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The live map, of this version, stays as it is."""

    version: int
    problems: tuple[Problem, ...]


def publish(
    store: MapStore,
    now: str,
    providers: Iterable[str] | None = None,
    encoder: Encoder | None = None,
    *,
    history_days: int = HISTORY_DAYS,
) -> Published | Rejected | Unchanged:
    """Follow the draft and the release. `now` is ISO 8601; `providers` and `encoder` as for `compile_map`.

    Raises `MapError` where others kept publishing or editing in between, and whatever DynamoDB raises.
    """
    for _ in range(ATTEMPTS):
        try:
            return _once(store, now, providers, encoder, history_days)
        except Conflict:
            continue
    raise MapError(f"The tier map could not be published: {ATTEMPTS} times somebody else was first.")


def _once(
    store: MapStore, now: str, providers: Iterable[str] | None, encoder: Encoder | None, history_days: int
) -> Published | Rejected | Unchanged:
    # These come first: an edit after these reads makes a conflict or a later run, and is not lost.
    live, last = store.record(), store.status()
    plan = Planner(store.desired(), live, store.version, store.source, now, providers, encoder).plan()
    if plan.publication:
        try:
            return _carry_out(store, plan, plan.publication, live, last, now, history_days)
        except InvalidMap as error:
            plan = replace(plan, publication=None, problems=(*plan.problems, *error.problems))
    _report(store, _status(plan, live.version, last, now), last)
    return Rejected(live.version, plan.problems) if plan.problems else Unchanged(live.version)


def _carry_out(
    store: MapStore, plan: Plan, publication: Publication, live: Live, last: Status, now: str, history_days: int
) -> Published:
    status = _status(plan, publication.stable.version, last, now)
    store.publish(publication, plan.versions, after=live, status=status)
    expires = int((datetime.fromisoformat(now) + timedelta(days=history_days)).timestamp())
    for number in _in_use(live.publication) - _in_use(publication):
        store.retire(number, expires)
    newest = max((publication.stable, *(t.map for t in (publication.canary,) if t)), key=lambda one: one.version)
    return Published(
        publication.stable.version,
        newest.author,
        publication.canary.map.version if publication.canary else None,
        plan.problems,
    )


def _status(plan: Plan, version: int, last: Status, now: str) -> Status:
    return Status(
        state="rejected" if plan.problems else "ok",
        version=version,
        at=now,
        problems=plan.problems[:MOST_PROBLEMS],
        revision=last.revision + 1,
        mode=plan.mode,
        pending=plan.pending,
    )


def _in_use(publication: Publication | None) -> frozenset[int]:
    if publication is None:
        return frozenset()
    return frozenset({publication.stable.version, *([publication.canary.map.version] if publication.canary else [])})


def _report(store: MapStore, report: Status, last: Status) -> None:
    """Write the status unless it says nothing new: a repeated run must not write, its write might cause the next."""
    if replace(report, at=last.at, revision=last.revision) != last:
        store.report(report)
