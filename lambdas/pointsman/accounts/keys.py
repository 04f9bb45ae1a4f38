"""API keys: made here, stored as a hash, looked up with one read, revoked within `CACHE_SECONDS`.

Two items a key: `KEY#<sha256>` is what a request is checked against, `KEYID#<key_id>` leads from the public id to it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pointsman.domain import Account
from pointsman.errors import Unauthenticated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "sk-pm-"
CACHE_SECONDS = 30.0
"""How long a good answer is kept, and so how long a revoked key may still work."""
CACHE_SIZE = 4096

_WELL_FORMED = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `key` exists nowhere else: show it once."""

    key: str
    key_id: str


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as it is stored. Times are ISO 8601 in UTC; `revoked_at` is empty while the key works."""

    key_id: str
    team: str
    name: str
    created_at: str
    revoked_at: str = ""


class UnknownKey(LookupError):
    """No key has that id."""


class KeyStore:
    """The accounts table. `clock` gives seconds since the epoch."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Account]] = OrderedDict()

    def create(self, team: str, name: str) -> NewKey:
        """Make a key of 256 random bits and store its hash."""
        key = PREFIX + secrets.token_urlsafe(32)
        record = KeyRecord(f"key-{secrets.token_hex(6)}", team, name, self._now())
        digest = _hash(key)
        self._table.put_item(Item=_at(f"KEY#{digest}") | _attributes(record))
        self._table.put_item(Item=_at(f"KEYID#{record.key_id}") | {"hash": digest} | _attributes(record))
        return NewKey(key, record.key_id)

    def revoke(self, key_id: str) -> KeyRecord:
        """Refuse the key from now on. A second call changes nothing; raises `UnknownKey`."""
        found = self._table.get_item(Key=_at(f"KEYID#{key_id}"), ConsistentRead=True).get("Item")
        if found is None:
            raise UnknownKey(key_id)
        record, digest = _record(found), str(found["hash"])
        if record.revoked_at:
            return record
        record = replace(record, revoked_at=self._now())
        self._table.put_item(Item=_at(f"KEY#{digest}") | _attributes(record))
        self._table.put_item(Item=_at(f"KEYID#{key_id}") | {"hash": digest} | _attributes(record))
        return record

    def list(self) -> list[KeyRecord]:
        """Every key, oldest first. Reads the whole table."""
        pages = self._table.meta.client.get_paginator("scan").paginate(TableName=self._table.name)
        items = [item for page in pages for item in page["Items"] if str(item["pk"]).startswith("KEYID#")]
        return sorted((_record(item) for item in items), key=lambda record: record.created_at)

    def authenticate(self, headers: Mapping[str, str]) -> Account:
        """The holder of the key in `authorization: Bearer` or `x-api-key`, whatever the case of the names.

        Raises `Unauthenticated`. Only good answers are kept, so a new key works at once.
        """
        digest = _hash(_presented(headers))
        kept_until, account = self._cache.get(digest, (0.0, None))
        if account and self._clock() < kept_until:
            self._cache.move_to_end(digest)
            return account
        self._cache.pop(digest, None)
        found = self._table.get_item(Key=_at(f"KEY#{digest}")).get("Item")
        if found is None:
            raise Unauthenticated("The API key is not known.")
        if found.get("revoked_at"):
            raise Unauthenticated("The API key has been revoked.")
        account = Account(str(found["key_id"]), str(found["team"]))
        self._cache[digest] = (self._clock() + CACHE_SECONDS, account)
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return account

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")


def _presented(headers: Mapping[str, str]) -> str:
    given = {name.lower(): value for name, value in headers.items()}
    scheme, _, token = given.get("authorization", "").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else given.get("x-api-key", "").strip()
    if not key:
        raise Unauthenticated("No API key: send 'Authorization: Bearer <key>' or 'x-api-key: <key>'.")
    if not _WELL_FORMED.fullmatch(key):
        raise Unauthenticated("The API key is not of the form this endpoint issues.")
    return key


def _hash(key: str) -> str:
    """A key has 256 random bits, so a plain hash cannot be reversed by guessing: no salt, no stretching."""
    return hashlib.sha256(key.encode()).hexdigest()


def _at(pk: str) -> dict[str, Any]:
    return {"pk": pk, "sk": "KEY"}


def _attributes(record: KeyRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in KeyRecord.__slots__}


def _record(item: Mapping[str, Any]) -> KeyRecord:
    return KeyRecord(**{name: str(item[name]) for name in KeyRecord.__slots__})
