"""What the map table's items look like, and no other place that knows it.

pk DRAFT    sk MODEL#<alias> | TIER#<name> | ROUTE#<task> | SETTINGS     what people edit
pk DRAFT    sk CHANGE                                                    who edited last with the CLI, and why
pk RELEASE  sk RELEASE                                                   what people want to be live
pk MAP      sk LIVE                                                      what routers read: map, canary, shadow
pk MAP      sk VERSION#000000001 …                                       each map ever published
pk MAP      sk SOURCE#000000001 …                                        the draft items that each was made from
pk MAP      sk STATUS                                                    what became of the last edit
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pointsman.domain import Publication, TierMap, Trial
from pointsman.tiermap.packing import pack, pack_source, unpack
from pointsman.tiermap.problems import Problem
from pointsman.tiermap.records import Live, NewVersion, Status, Version

MAP, LIVE, STATUS, VERSION, SOURCE = "MAP", "LIVE", "STATUS", "VERSION#", "SOURCE#"
MOST_PROBLEMS = 100
"""Problems kept in STATUS, whose size is limited too; the log line has them all."""
TRIALS = ("canary", "shadow")


def publishing(
    publication: Publication, versions: Sequence[NewVersion], after: Live, status: Status
) -> list[dict[str, Any]]:
    """The puts that publish, upon what was read: what is live, the status, and each new version with its source.
    Raises `InvalidMap` where the maps are too large for an item."""
    trials = {name: trial for name in TRIALS if (trial := getattr(publication, name))}
    stable, *others = pack([publication.stable, *(trial.map for trial in trials.values())])
    latest = max([after.latest, *(new.record.number for new in versions)])
    live = _head(publication.stable) | {"pk": MAP, "sk": LIVE, "latest": latest, "snapshot": stable}
    for (name, trial), text in zip(trials.items(), others, strict=True):
        live[name] = _head(trial.map) | {"percent": str(trial.percent), "salt": trial.salt, "snapshot": text}
    puts = [_guarded(live, "version", after.version), reporting(status)]
    for new in versions:
        (text,) = pack([new.map])
        kept = {name: value for name, value in _history(new.record).items() if value is not None}
        number = new.record.number
        item = _head(new.map) | kept | {"pk": MAP, "sk": key_of(VERSION, number), "snapshot": text}
        source = {"pk": MAP, "sk": key_of(SOURCE, number), "items": pack_source(new.source)}
        puts += [{"Item": put, "ConditionExpression": "attribute_not_exists(pk)"} for put in (item, source)]
    return puts


def key_of(prefix: str, number: int) -> str:
    """Nine digits, so that the order of the keys is that of the numbers."""
    return f"{prefix}{number:09}"


def _head(tier_map: TierMap) -> dict[str, Any]:
    """What can be read of a map without unpacking it."""
    return {
        "version": tier_map.version,
        "hash": tier_map.hash,
        "author": tier_map.author,
        "published_at": tier_map.published_at,
        "schema_version": tier_map.schema_version,
    }


def _history(version: Version) -> dict[str, Any]:
    return {"why": version.why, "changes": list(version.changes), "source": version.source, "expires": version.expires}


def version_of(item: Mapping[str, Any]) -> Version:
    """The record in a `VERSION` item."""
    return Version(
        number=int(item["version"]),
        hash=str(item["hash"]),
        author=str(item["author"]),
        published_at=str(item["published_at"]),
        why=item.get("why"),
        changes=tuple(item.get("changes", ())),
        source=int(item["source"]) if "source" in item else None,
        expires=int(item["expires"]) if "expires" in item else None,
    )


def trial_of(item: Mapping[str, Any] | None, name: str) -> Trial | None:
    """The canary or the shadow in the live item, where there is one."""
    return Trial(unpack(item, f"{LIVE} {name}"), float(item["percent"]), str(item["salt"])) if item else None


def status_of(item: Mapping[str, Any]) -> Status:
    """The report in the `STATUS` item."""
    return Status(
        state=item["state"],
        version=int(item["version"]),
        at=item["at"],
        problems=tuple(Problem(**fields) for fields in item["problems"]),
        revision=int(item["revision"]),
        mode=item.get("mode", "live"),
        pending=bool(item.get("pending", False)),
    )


def reporting(status: Status) -> dict[str, Any]:
    """The put of a status that succeeds only upon the one just before it."""
    fields = asdict(status) | {"problems": [asdict(one) for one in status.problems[:MOST_PROBLEMS]]}
    return _guarded({"pk": MAP, "sk": STATUS, **fields}, "revision", status.revision - 1)


def _guarded(item: dict[str, Any], counter: str, expected: int) -> dict[str, Any]:
    """A put that succeeds only where the counter is still the one that was read; 0 stands for no item."""
    if expected == 0:
        return {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "Item": item,
        "ConditionExpression": "#counter = :expected",
        "ExpressionAttributeNames": {"#counter": counter},
        "ExpressionAttributeValues": {":expected": expected},
    }
