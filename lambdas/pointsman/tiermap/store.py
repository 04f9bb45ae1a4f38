"""Every DynamoDB shape of the map table, and no other place that knows one.

pk DRAFT  sk MODEL#<alias> | TIER#<name> | ROUTE#<task> | SETTINGS     what people edit
pk MAP    sk LIVE                                                      the map that routers read
pk MAP    sk VERSION#000000001 …                                       each map ever published
pk MAP    sk STATUS                                                    what became of the last edit
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from pointsman.domain import Json, TierMap
from pointsman.errors import MapError
from pointsman.tiermap import snapshot
from pointsman.tiermap.items import DRAFT
from pointsman.tiermap.problems import InvalidMap, Problem, problem

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MAP, LIVE, STATUS = "MAP", "LIVE", "STATUS"
LARGEST = 390 * 1024
"""Bytes of a snapshot in one item: DynamoDB's limit is 400 KB, names and the other attributes included."""
MOST_PROBLEMS = 100
"""Problems kept in STATUS, whose size is limited too; the log line has them all."""


class Conflict(Exception):
    """Somebody else published or reported in between: read again and start anew."""


@dataclass(frozen=True, slots=True)
class Status:
    """What became of the last edit. `version` is the live map's (0: none yet), `revision` counts the reports."""

    state: Literal["none", "ok", "rejected"]
    version: int = 0
    at: str = ""
    problems: tuple[Problem, ...] = ()
    revision: int = 0


class MapStore:
    """The map table. Reads are strongly consistent: a map that was published is seen by the next read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # ── the draft ────────────────────────────────────────────────────────────────────────────────────────────────

    def drafts(self) -> list[dict[str, Json]]:
        """All draft items, in the order of their sort keys."""
        items: list[dict[str, Json]] = []
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :draft",
            "ExpressionAttributeValues": {":draft": DRAFT},
            "ConsistentRead": True,
        }
        while True:
            page = self._table.query(**query)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                return items
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def put_draft(self, item: Mapping[str, Json]) -> None:
        """Write one draft item, whole. Fractions must be Decimals."""
        self._table.put_item(Item={**item, "pk": DRAFT})

    def delete_draft(self, key: str) -> None:
        """Remove the draft item with this sort key; none there is no error."""
        self._table.delete_item(Key={"pk": DRAFT, "sk": key})

    # ── what was published ───────────────────────────────────────────────────────────────────────────────────────

    def live(self) -> TierMap:
        """The live map. Raises `MapError` where there is none or it cannot be read."""
        return self._load(LIVE)

    def version(self, number: int) -> TierMap:
        """The map once published under this number. Raises `MapError` as `live` does."""
        return self._load(_version_key(number))

    def head(self) -> tuple[int, str]:
        """The live map's version and hash; 0 and none before the first."""
        item = self._get(LIVE, "version, #hash", {"#hash": "hash"})
        return (int(item["version"]), str(item["hash"])) if item else (0, "")

    def status(self) -> Status:
        """What became of the last edit."""
        item = self._get(STATUS)
        if not item:
            return Status("none")
        return Status(
            state=item["state"],
            version=int(item["version"]),
            at=item["at"],
            problems=tuple(Problem(**fields) for fields in item["problems"]),
            revision=int(item["revision"]),
        )

    def publish(self, tier_map: TierMap, *, after: int, status: Status) -> None:
        """Write the map as a version and as the live one, and the status, all or nothing.

        Raises `Conflict` unless `after` is still the live version and `status` the report just after the one there;
        `InvalidMap` where the map is too large for an item.
        """
        item = {
            "pk": MAP,
            "version": tier_map.version,
            "hash": tier_map.hash,
            "author": tier_map.author,
            "published_at": tier_map.published_at,
            "schema_version": tier_map.schema_version,
            "snapshot": _pack(snapshot.dump(tier_map)),
        }
        self._write(
            {"Item": item | {"sk": _version_key(tier_map.version)}, "ConditionExpression": "attribute_not_exists(pk)"},
            _guarded(item | {"sk": LIVE}, "version", after),
            _status_put(status),
        )

    def report(self, status: Status) -> None:
        """Write the status alone. Raises `Conflict` unless it is the report just after the one there."""
        self._write(_status_put(status))

    def _write(self, *puts: dict[str, Any]) -> None:
        try:
            self._table.meta.client.transact_write_items(
                TransactItems=[{"Put": {"TableName": self._table.name, **put}} for put in puts]  # type: ignore[typeddict-item]
            )
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict from error
            raise

    def _load(self, key: str) -> TierMap:
        item = self._get(key)
        if not item:
            raise MapError(f"There is no tier map under {key}.")
        try:
            text = _unpack(item["snapshot"])
        except (KeyError, TypeError, ValueError, OSError, EOFError) as error:
            raise MapError(f"The tier map under {key} cannot be unpacked.") from error
        return snapshot.load(text)

    def _get(self, key: str, projection: str | None = None, names: dict[str, str] | None = None) -> dict[str, Any]:
        extra: dict[str, Any] = {"ProjectionExpression": projection} if projection else {}
        if names:
            extra["ExpressionAttributeNames"] = names
        return self._table.get_item(Key={"pk": MAP, "sk": key}, ConsistentRead=True, **extra).get("Item", {})


def _version_key(number: int) -> str:
    """Nine digits, so that the order of the keys is that of the numbers."""
    return f"VERSION#{number:09}"


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


def _pack(text: str) -> str | bytes:
    """The text itself, readable in the console; compressed only where it would not fit."""
    raw = text.encode()
    if len(raw) <= LARGEST:
        return text
    packed = gzip.compress(raw, mtime=0)
    if len(packed) > LARGEST:
        reason = f"is {len(packed):,} bytes compressed; one item holds {LARGEST:,}. Remove models, routes or examples"
        raise InvalidMap((problem("MAP", "snapshot", reason),))
    return packed


def _unpack(value: Json) -> str:
    return value if isinstance(value, str) else gzip.decompress(bytes(value)).decode()
