"""Fits snapshots into DynamoDB's 400 KB items."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal

from pointsman.domain import Json, TierMap
from pointsman.errors import MapError
from pointsman.tiermap import snapshot
from pointsman.tiermap.draft import plain
from pointsman.tiermap.problems import InvalidMap, problem

LARGEST = 390 * 1024
"""Bytes of all snapshots in one item: DynamoDB's limit is 400 KB, names and the other attributes included."""


def pack(maps: Sequence[TierMap]) -> list[str | bytes]:
    """The maps as texts, readable in the console; compressed only where they would not fit into one item together.
    Raises `InvalidMap` where they do not even so."""
    texts = [snapshot.dump(tier_map) for tier_map in maps]
    if sum(len(text.encode()) for text in texts) <= LARGEST:
        return list(texts)
    packed: list[str | bytes] = [gzip.compress(text.encode(), mtime=0) for text in texts]
    if (size := sum(map(len, packed))) > LARGEST:
        together = " together with the canary and the shadow" if len(maps) > 1 else ""
        reason = (
            f"is {size:,} bytes compressed{together}; one item holds {LARGEST:,}. Remove models, routes or examples"
        )
        raise InvalidMap((problem("MAP", "snapshot", reason),))
    return packed


def pack_source(items: Mapping[str, Mapping[str, Json]]) -> bytes:
    """Draft items, by sort key, compressed. Raises `InvalidMap` where they are too large even so."""
    text = json.dumps(plain(items), sort_keys=True, default=_plain, ensure_ascii=False)
    packed = gzip.compress(text.encode(), mtime=0)
    if len(packed) > LARGEST:
        reason = f"is {len(packed):,} bytes compressed; one item holds {LARGEST:,}. Remove models, routes or examples"
        raise InvalidMap((problem("MAP", "source", reason),))
    return packed


def unpack_source(item: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """What `pack_source` packed into an item's `items`; empty where there is no item."""
    if not item:
        return {}
    try:
        found: dict[str, dict[str, Json]] = json.loads(gzip.decompress(bytes(item["items"])), parse_float=Decimal)
    except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise MapError("The source of a version of the tier map cannot be unpacked.") from error
    return found


def _plain(value: Json) -> Json:
    return float(value) if isinstance(value, Decimal) else str(value)


def unpack(item: Mapping[str, Json], key: str) -> TierMap:
    """The map in an item's `snapshot`. Raises `MapError` where there is none that can be read."""
    try:
        value = item["snapshot"]
        text = value if isinstance(value, str) else gzip.decompress(bytes(value)).decode()
    except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise MapError(f"The tier map under {key} cannot be unpacked.") from error
    return snapshot.load(text)
