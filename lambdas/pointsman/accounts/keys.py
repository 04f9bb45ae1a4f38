"""API keys: made here, stored as a hash, looked up with one read, revoked within `CACHE_SECONDS`.

Two items a key: `KEY#<sha256>` is what a request is checked against, `KEYID#<key_id>` leads from the public id to it.
One item a team that has limits: `TEAM#<team>`.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pointsman.domain import Account, Limits
from pointsman.errors import KeysUnavailable, Unauthenticated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "sk-pm-"
NO_LIMITS = Limits()
CACHE_SECONDS = 30.0
"""How long a good answer is kept, and so how long a revoked key may still work."""
STALE_SECONDS = 60.0
"""The same where the table does not answer."""
CACHE_SIZE = 4096

logger = logging.getLogger(__name__)

_WORDS = ("key_id", "team", "name", "created_at", "revoked_at")
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
    limits: Limits = NO_LIMITS


class UnknownKey(LookupError):
    """No key has that id."""


class KeyStore:
    """The accounts table. `clock` gives seconds since the epoch."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Account]] = OrderedDict()
        self._teams: OrderedDict[str, tuple[float, Limits]] = OrderedDict()

    def create(self, team: str, name: str, limits: Limits = NO_LIMITS) -> NewKey:
        """Make a key of 256 random bits and store its hash."""
        key = PREFIX + secrets.token_urlsafe(32)
        record = KeyRecord(f"key-{secrets.token_hex(6)}", team, name, self._now(), limits=limits)
        self._put(record, _hash(key))
        return NewKey(key, record.key_id)

    def limit(self, key_id: str, limits: Limits) -> KeyRecord:
        """Replace a key's limits; they hold everywhere within `CACHE_SECONDS`. Raises `UnknownKey`."""
        record, digest = self._find(key_id)
        record = replace(record, limits=limits)
        self._put(record, digest)
        return record

    def find(self, key_id: str) -> KeyRecord:
        """Raises `UnknownKey`."""
        return self._find(key_id)[0]

    def limit_team(self, team: str, limits: Limits) -> None:
        """Replace a team's limits; they hold everywhere within `CACHE_SECONDS`."""
        self._table.put_item(Item=_at(f"TEAM#{team}") | {"limits": _plain(limits)})

    def team_limits(self, team: str) -> Limits:
        return _limits(self._table.get_item(Key=_at(f"TEAM#{team}")).get("Item", {}))

    def revoke(self, key_id: str) -> KeyRecord:
        """Refuse the key from now on. A second call changes nothing; raises `UnknownKey`."""
        record, digest = self._find(key_id)
        if record.revoked_at:
            return record
        record = replace(record, revoked_at=self._now())
        self._put(record, digest)
        return record

    def list(self) -> list[KeyRecord]:
        """Every key, oldest first. Reads the whole table."""
        pages = self._table.meta.client.get_paginator("scan").paginate(TableName=self._table.name)
        items = [item for page in pages for item in page["Items"] if str(item["pk"]).startswith("KEYID#")]
        return sorted((_record(item) for item in items), key=lambda record: record.created_at)

    def authenticate(self, headers: Mapping[str, str]) -> Account:
        """The holder of the key in `authorization: Bearer` or `x-api-key`, whatever the case of the names.

        Raises `Unauthenticated`, or `KeysUnavailable` where the table does not answer. Only good answers are kept, so a
        new key works at once.
        """
        digest = _hash(_presented(headers))
        if fresh := self._fresh(digest):
            return fresh
        kept_at, account = self._cache.get(digest, (0.0, None))
        age = self._clock() - kept_at
        try:
            account = self._look_up(digest)
        except (ClientError, BotoCoreError) as error:
            logger.warning("A key could not be looked up: %s", type(error).__name__)
            if account and age < STALE_SECONDS:
                return account
            raise KeysUnavailable("API keys cannot be looked up just now.") from error
        except Unauthenticated:
            self._cache.pop(digest, None)
            raise
        self._cache[digest] = (self._clock(), account)
        self._cache.move_to_end(digest)
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)
        return account

    def remembered(self, headers: Mapping[str, str]) -> Account | None:
        """What `authenticate` would give without reading the table. Raises `Unauthenticated` where there is no key."""
        return self._fresh(_hash(_presented(headers)))

    def _fresh(self, digest: str) -> Account | None:
        kept_at, account = self._cache.get(digest, (0.0, None))
        if account is None or self._clock() - kept_at >= CACHE_SECONDS:
            return None
        self._cache.move_to_end(digest)
        return account

    def _look_up(self, digest: str) -> Account:
        found = self._table.get_item(Key=_at(f"KEY#{digest}")).get("Item")
        if found is None:
            raise Unauthenticated("The API key is not known.")
        if found.get("revoked_at"):
            raise Unauthenticated("The API key has been revoked.")
        team = str(found["team"])
        return Account(str(found["key_id"]), team, _limits(found), self._team(team))

    def _team(self, team: str) -> Limits:
        """A team's limits, read once for all its keys."""
        kept_until, limits = self._teams.get(team, (0.0, NO_LIMITS))
        if self._clock() >= kept_until:
            limits = self.team_limits(team)
            self._teams[team] = (self._clock() + CACHE_SECONDS, limits)
            if len(self._teams) > CACHE_SIZE:
                self._teams.popitem(last=False)
        return limits

    def _find(self, key_id: str) -> tuple[KeyRecord, str]:
        found = self._table.get_item(Key=_at(f"KEYID#{key_id}"), ConsistentRead=True).get("Item")
        if found is None:
            raise UnknownKey(key_id)
        return _record(found), str(found["hash"])

    def _put(self, record: KeyRecord, digest: str) -> None:
        self._table.put_item(Item=_at(f"KEY#{digest}") | _attributes(record))
        self._table.put_item(Item=_at(f"KEYID#{record.key_id}") | {"hash": digest} | _attributes(record))

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
    return {name: getattr(record, name) for name in _WORDS} | {"limits": _plain(record.limits)}


def _record(item: Mapping[str, Any]) -> KeyRecord:
    return KeyRecord(**{name: str(item[name]) for name in _WORDS}, limits=_limits(item))


def _plain(limits: Limits) -> dict[str, int]:
    return {name: value for name, value in asdict(limits).items() if value is not None}


def _limits(item: Mapping[str, Any]) -> Limits:
    """Those of a stored item; one from before there were limits has none."""
    return Limits(**{name: int(value) for name, value in item.get("limits", {}).items()})
