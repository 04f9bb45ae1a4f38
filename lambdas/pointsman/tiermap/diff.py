"""What changed between two drafts, or two versions' sources, item by item and field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import ValidationError

from pointsman.domain import Json
from pointsman.tiermap.draft import plain
from pointsman.tiermap.items import CHANGE, KINDS

SIGNATURE = frozenset({"pk", "sk", "updated_by", "updated_at"})
LONGEST = 80
"""Characters of one value in a line of a diff."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one item; `None` stands for what is not there. A whole item that came or went has no `field`."""

    item: str
    field: str
    before: Json
    after: Json

    def __str__(self) -> str:
        where = f"{self.item} {self.field}".rstrip()
        if self.before is None:
            return f"+ {where}: {_short(self.after)}" if self.field else f"+ {where}"
        if self.after is None:
            return f"- {where}: {_short(self.before)}" if self.field else f"- {where}"
        return f"~ {where}: {_short(self.before)} → {_short(self.after)}"


def by_key(items: Iterable[Mapping[str, Json]]) -> dict[str, Mapping[str, Json]]:
    """Draft items by their sort keys, without what only says how the draft was changed."""
    return {str(item.get("sk")): item for item in items if item.get("sk") != CHANGE}


def changes(
    before: Mapping[str, Mapping[str, Json]], after: Mapping[str, Mapping[str, Json]], *, notes: bool = True
) -> list[Change]:
    """How items (by sort key) differ. Defaults written out or left out, and who signed, make no difference;
    without `notes`, neither does what is for people alone, as where a price is from."""
    found: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            found.append(Change(key, "", *(dict(side[key]) if key in side else None for side in (before, after))))
            continue
        old, new = (canonical(key, side[key], notes=notes) for side in (before, after))
        usual = _defaults(key)
        found += [
            Change(key, name, old.get(name, usual.get(name)), new.get(name, usual.get(name)))
            for name in _differing(old, new)
        ]
    return found


def canonical(key: str, item: Mapping[str, Json], *, notes: bool = True) -> dict[str, Json]:
    """An item's fields as flat names, in one form for all ways of writing them; one that is wrong as it stands."""
    kind = KINDS.get(key.partition("#")[0])
    raw = {name: plain(value) for name, value in item.items() if name not in SIGNATURE}
    if kind:
        try:
            parsed = kind.model_validate(raw)
            raw = parsed.model_dump(exclude_defaults=True, exclude=set() if notes else set(kind.notes))
        except ValidationError:
            pass
    if isinstance(raw.get("capabilities"), list):
        raw["capabilities"] = sorted(raw["capabilities"], key=str)
    if isinstance(raw.get("candidates"), list):
        raw["candidates"] = [_alias(candidate) for candidate in raw["candidates"]]
    return dict(_flat("", plain(raw)))


def _defaults(key: str) -> dict[str, Json]:
    """What fields of one value stand for where they are left out."""
    kind = KINDS.get(key.partition("#")[0])
    fields = kind.model_fields if kind else {}
    return {name: plain(field.default) for name, field in fields.items() if isinstance(field.default, int | Decimal)}


def _alias(candidate: Json) -> Json:
    """A candidate without a weight is its alias alone."""
    return candidate["model"] if isinstance(candidate, dict) and candidate.keys() == {"model"} else candidate


def _differing(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]


def _flat(path: str, value: Json) -> Iterable[tuple[str, Json]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}".lstrip("."), inner)
    elif value is not None:
        yield path, value


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
