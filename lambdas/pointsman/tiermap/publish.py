"""Makes the draft as it now stands the live map, or reports why it cannot be.

It always takes the whole draft, so it may be run at any time, twice, late or by two at once: the outcome is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pointsman.domain import Json
from pointsman.errors import MapError
from pointsman.tiermap.compile import Encoder, compile_map
from pointsman.tiermap.problems import InvalidMap, Problem
from pointsman.tiermap.store import MOST_PROBLEMS, Conflict, MapStore, Status

ATTEMPTS = 5
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Published:
    version: int
    author: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    version: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The live map, of this version, stays as it is."""

    version: int
    problems: tuple[Problem, ...]


def publish(
    store: MapStore, now: str, providers: Iterable[str] | None = None, encoder: Encoder | None = None
) -> Published | Rejected | Unchanged:
    """Compile the draft and publish it. `now` is ISO 8601; `providers` and `encoder` as for `compile_map`.

    Raises `MapError` where others kept publishing in between, and whatever DynamoDB raises.
    """
    for _ in range(ATTEMPTS):
        try:
            return _once(store, now, providers, encoder)
        except Conflict:
            continue
    raise MapError(f"The tier map could not be published: {ATTEMPTS} times another publisher was first.")


def _once(
    store: MapStore, now: str, providers: Iterable[str] | None, encoder: Encoder | None
) -> Published | Rejected | Unchanged:
    # Head and status come first: an edit after these reads makes a conflict or a later run, never a lost edit.
    (version, live_hash), last = store.head(), store.status()
    items = store.drafts()
    report = Status("ok", version=version, at=now, revision=last.revision + 1)
    try:
        tier_map = compile_map(
            items,
            version=version + 1,
            author=author(items),
            published_at=now,
            providers=providers,
            encoder=encoder,
        )
        if tier_map.hash == live_hash:
            _report(store, report, last)
            return Unchanged(version)
        store.publish(tier_map, after=version, status=replace(report, version=tier_map.version))
    except InvalidMap as error:
        _report(store, replace(report, state="rejected", problems=error.problems[:MOST_PROBLEMS]), last)
        return Rejected(version, error.problems)
    return Published(tier_map.version, tier_map.author)


def _report(store: MapStore, report: Status, last: Status) -> None:
    """Write the status unless it says nothing new: a repeated run must not write, its write might cause the next."""
    if (report.state, report.version, report.problems) != (last.state, last.version, last.problems):
        store.report(report)


def author(items: Iterable[Mapping[str, Json]]) -> str:
    """Who wrote the newest item: its `updated_by`; several where their `updated_at` are the same."""
    signed = [(str(item.get("updated_at", "")), str(item["updated_by"])) for item in items if "updated_by" in item]
    newest = max((at for at, _ in signed), default="")
    return ", ".join(sorted({by for at, by in signed if at == newest})) or UNKNOWN
