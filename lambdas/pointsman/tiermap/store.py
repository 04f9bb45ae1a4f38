"""Every DynamoDB shape of the map table, and no other place that knows one.

pk DRAFT    sk MODEL#<alias> | TIER#<name> | ROUTE#<task> | SETTINGS     what people edit
pk DRAFT    sk CHANGE                                                    who edited last with the CLI, and why
pk RELEASE  sk RELEASE                                                   what people want to be live
pk MAP      sk LIVE                                                      what routers read: map, canary, shadow
pk MAP      sk VERSION#000000001 …                                       each map ever published
pk MAP      sk SOURCE#000000001 …                                        the draft items that each was made from
pk MAP      sk STATUS                                                    what became of the last edit
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pointsman.domain import Json, Publication, TierMap, Trial
from pointsman.errors import MapError
from pointsman.tiermap.edit import Desired, Edit
from pointsman.tiermap.items import DRAFT
from pointsman.tiermap.packing import pack, pack_source, unpack, unpack_source
from pointsman.tiermap.problems import Problem
from pointsman.tiermap.records import Live, NewVersion, Status, Version
from pointsman.tiermap.release import RELEASE
from pointsman.tiermap.snapshot import SCHEMA_VERSION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MAP, LIVE, STATUS, VERSION, SOURCE = "MAP", "LIVE", "STATUS", "VERSION#", "SOURCE#"
MOST_PROBLEMS = 100
"""Problems kept in STATUS, whose size is limited too; the log line has them all."""
READS = 8
"""How often the draft is read until two reads in a row agree."""
TRIALS = ("canary", "shadow")


class Conflict(Exception):
    """Somebody else wrote in between: read again and start anew."""


class MapStore:
    """The map table. Reads are strongly consistent: a map that was published is seen by the next read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # ── the draft, and what is to become of it ───────────────────────────────────────────────────────────────────

    def desired(self) -> Desired:
        """The draft and the release as they stood together at one moment: a query is no snapshot, so it is repeated
        until nothing has changed from one to the next. Raises `Conflict` where that does not come about."""
        seen = self._collect()
        for _ in range(READS):
            again = self._collect()
            if again == seen:
                return seen
            seen = again
        raise Conflict

    def _collect(self) -> Desired:
        return Desired(tuple(self.drafts()), self._get(RELEASE, RELEASE))

    def drafts(self) -> list[dict[str, Json]]:
        """All draft items, in the order of their sort keys."""
        return list(self._query(DRAFT))

    def put_draft(self, item: Mapping[str, Json]) -> None:
        """Write one draft item, whole, whatever stands there. Fractions must be Decimals."""
        self._table.put_item(Item={**item, "pk": DRAFT})

    def delete_draft(self, key: str) -> None:
        """Remove the draft item with this sort key; none there is no error."""
        self._table.delete_item(Key={"pk": DRAFT, "sk": key})

    def edit(self, edit: Edit) -> None:
        """Carry out one step of an edit, all or nothing. Raises `Conflict` where an item is not as it was read."""
        self._transact([{kind: {"TableName": self._table.name, **fields}} for kind, fields in edit.actions()])

    # ── what was published ───────────────────────────────────────────────────────────────────────────────────────

    def publication(self) -> Publication:
        """What routers route by, in one read. Raises `MapError` where there is none or it cannot be read."""
        item = self._get(MAP, LIVE)
        if not item:
            raise MapError("No tier map has been published yet.")
        return Publication(unpack(item, LIVE), *(_trial(item.get(name), name) for name in TRIALS))

    def live(self) -> TierMap:
        """The stable map that is live. Raises `MapError` as `publication` does."""
        return self.publication().stable

    def record(self) -> Live:
        """What is live, as the publisher needs it. Raises `MapError` where a newer release of Pointsman wrote it."""
        item = self._get(MAP, LIVE)
        if not item:
            return Live(latest=next((version.number for version in self.versions()), 0))
        if (schema := int(item.get("schema_version", 1))) > SCHEMA_VERSION:
            raise MapError(f"The live map has schema {schema}; this release writes {SCHEMA_VERSION}.")
        version = int(item["version"])
        try:
            publication = self.publication()
        except MapError:
            publication = None
        return Live(version, str(item["hash"]), int(item.get("latest", version)), publication)

    def version(self, number: int) -> TierMap:
        """The map once published under this number. Raises `MapError` where there is none that can be read."""
        key = _key(VERSION, number)
        if not (item := self._get(MAP, key)):
            raise MapError(f"There is no version {number} of the tier map.")
        return unpack(item, key)

    def source(self, number: int) -> dict[str, dict[str, Json]]:
        """The draft items, by sort key, that a version was made from; empty where they were not kept."""
        return unpack_source(self._get(MAP, _key(SOURCE, number)))

    def versions(self) -> list[Version]:
        """The records of every version that is kept, the newest first."""
        names = {f"#{name}": name for name in ("version", "hash", "source")}
        fields = "#version, #hash, author, published_at, why, changes, #source, expires"
        found = self._query(
            MAP, VERSION, ScanIndexForward=False, ProjectionExpression=fields, ExpressionAttributeNames=names
        )
        return [_version(item) for item in found]

    def status(self) -> Status:
        """What became of the last edit."""
        item = self._get(MAP, STATUS)
        if not item:
            return Status("none")
        return Status(
            state=item["state"],
            version=int(item["version"]),
            at=item["at"],
            problems=tuple(Problem(**fields) for fields in item["problems"]),
            revision=int(item["revision"]),
            mode=item.get("mode", "live"),
            pending=bool(item.get("pending", False)),
        )

    def publish(self, publication: Publication, versions: Sequence[NewVersion], *, after: Live, status: Status) -> None:
        """Write what is live, the versions that are new and the status, all or nothing.

        Raises `Conflict` unless `after` is still the live record and `status` the report just after the one there;
        `InvalidMap` where the maps are too large for an item.
        """
        trials = {name: trial for name in TRIALS if (trial := getattr(publication, name))}
        stable, *others = pack([publication.stable, *(trial.map for trial in trials.values())])
        latest = max([after.latest, *(new.record.number for new in versions)])
        live = _head(publication.stable) | {"pk": MAP, "sk": LIVE, "latest": latest, "snapshot": stable}
        for (name, trial), text in zip(trials.items(), others, strict=True):
            live[name] = _head(trial.map) | {
                "percent": str(trial.percent),
                "salt": trial.salt,
                "snapshot": text,
            }
        puts = [_guarded(live, "version", after.version), _status_put(status)]
        for new in versions:
            (text,) = pack([new.map])
            kept = {name: value for name, value in _history(new.record).items() if value is not None}
            number = new.record.number
            item = _head(new.map) | kept | {"pk": MAP, "sk": _key(VERSION, number), "snapshot": text}
            puts.append({"Item": item, "ConditionExpression": "attribute_not_exists(pk)"})
            source = {"pk": MAP, "sk": _key(SOURCE, number), "items": pack_source(new.source)}
            puts.append({"Item": source, "ConditionExpression": "attribute_not_exists(pk)"})
        self._put(puts)

    def retire(self, number: int, expires: int) -> None:
        """Let DynamoDB remove a version that is no longer live, at this time (seconds since the epoch)."""
        for prefix in (VERSION, SOURCE):
            try:
                self._table.update_item(
                    Key={"pk": MAP, "sk": _key(prefix, number)},
                    UpdateExpression="SET expires = :expires",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":expires": expires},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    def report(self, status: Status) -> None:
        """Write the status alone. Raises `Conflict` unless it is the report just after the one there."""
        self._put([_status_put(status)])

    # ── DynamoDB ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, puts: Sequence[Mapping[str, Any]]) -> None:
        self._transact([{"Put": {"TableName": self._table.name, **put}} for put in puts])

    def _transact(self, actions: list[dict[str, Any]]) -> None:
        try:
            self._table.meta.client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from error
            raise

    def _query(self, pk: str, prefix: str = "", **options: Any) -> Iterator[dict[str, Json]]:
        condition, values = "pk = :pk", {":pk": pk}
        if prefix:
            condition, values = "pk = :pk AND begins_with(sk, :prefix)", {":pk": pk, ":prefix": prefix}
        query: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            **options,
        }
        while True:
            page = self._table.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _get(self, pk: str, sk: str) -> dict[str, Any]:
        return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item", {})


def _key(prefix: str, number: int) -> str:
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


def _version(item: Mapping[str, Any]) -> Version:
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


def _trial(item: Mapping[str, Any] | None, name: str) -> Trial | None:
    return Trial(unpack(item, f"{LIVE} {name}"), float(item["percent"]), str(item["salt"])) if item else None


def _status_put(status: Status) -> dict[str, Any]:
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
