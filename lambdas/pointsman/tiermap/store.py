"""Reads and writes the map table; what its items look like, `shapes` knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pointsman.domain import Json, Publication, TierMap
from pointsman.errors import MapError
from pointsman.tiermap.edit import Desired, Edit
from pointsman.tiermap.items import DRAFT
from pointsman.tiermap.packing import unpack, unpack_source
from pointsman.tiermap.records import Live, NewVersion, Status, Version
from pointsman.tiermap.release import RELEASE
from pointsman.tiermap.shapes import (
    LIVE,
    MAP,
    SOURCE,
    STATUS,
    TRIALS,
    VERSION,
    key_of,
    publishing,
    reporting,
    status_of,
    trial_of,
    version_of,
)
from pointsman.tiermap.snapshot import SCHEMA_VERSION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

READS = 8
"""How often the draft is read until two reads in a row agree."""


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
        return Publication(unpack(item, LIVE), *(trial_of(item.get(name), name) for name in TRIALS))

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
        key = key_of(VERSION, number)
        if not (item := self._get(MAP, key)):
            raise MapError(f"There is no version {number} of the tier map.")
        return unpack(item, key)

    def source(self, number: int) -> dict[str, dict[str, Json]]:
        """The draft items, by sort key, that a version was made from; empty where they were not kept."""
        return unpack_source(self._get(MAP, key_of(SOURCE, number)))

    def versions(self) -> list[Version]:
        """The records of every version that is kept, the newest first."""
        names = {f"#{name}": name for name in ("version", "hash", "source")}
        fields = "#version, #hash, author, published_at, why, changes, #source, expires"
        found = self._query(
            MAP, VERSION, ScanIndexForward=False, ProjectionExpression=fields, ExpressionAttributeNames=names
        )
        return [version_of(item) for item in found]

    def status(self) -> Status:
        """What became of the last edit."""
        item = self._get(MAP, STATUS)
        if not item:
            return Status("none")
        return status_of(item)

    def publish(self, publication: Publication, versions: Sequence[NewVersion], *, after: Live, status: Status) -> None:
        """Write what is live, the versions that are new and the status, all or nothing.

        Raises `Conflict` unless `after` is still the live record and `status` the report just after the one there;
        `InvalidMap` where the maps are too large for an item.
        """
        self._put(publishing(publication, versions, after, status))

    def retire(self, number: int, expires: int) -> None:
        """Let DynamoDB remove a version that is no longer live, at this time (seconds since the epoch)."""
        for prefix in (VERSION, SOURCE):
            try:
                self._table.update_item(
                    Key={"pk": MAP, "sk": key_of(prefix, number)},
                    UpdateExpression="SET expires = :expires",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":expires": expires},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    def report(self, status: Status) -> None:
        """Write the status alone. Raises `Conflict` unless it is the report just after the one there."""
        self._put([reporting(status)])

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
