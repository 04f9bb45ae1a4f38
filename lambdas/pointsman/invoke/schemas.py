"""Whether an answer matches its JSON Schema, where that can be told in bounded time.

References let a short schema stand for one that is exponentially long, and a validator walks it all. So the walk is
counted first, without judging anything, and not made where it would be too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

from pointsman.domain import Json

MOST = 50_000
"""Steps: a subschema held against a part of the answer. An answer of 16 kB takes some thousands."""

_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"})
_EACH_CHILD = frozenset(
    {"items", "prefixItems", "additionalItems", "contains", "additionalProperties", "patternProperties"}
)
_BY_NAME = frozenset({"dependentSchemas", "dependencies", "patternProperties"})
_UNTOLD = frozenset({"$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties"})
"""Keywords whose effort cannot be told before."""


class _Uncounted(Exception):
    """How far the walk would go cannot be told."""


def matches(value: Json, schema: Mapping[str, Json]) -> bool:
    """A schema that cannot be checked is taken as met: one with faults of its own, one that refers to another place,
    which is never fetched, and one that would take too long. Patterns are matched in linear time."""
    import jsonschema_rs

    if steps(value, schema) > MOST:
        return True
    options: Any = {"retriever": _refuse, "pattern_options": jsonschema_rs.RegexOptions()}
    try:
        return jsonschema_rs.validator_for(dict(schema), **options).is_valid(value)
    except ValueError:
        return True


def steps(value: Json, schema: Mapping[str, Json]) -> int:
    """How many steps a validator takes at most that gives up nowhere and remembers nothing; `MOST` + 1 where that is
    more, or cannot be told."""
    if "draft-04" in str(schema.get("$schema")):  # there it is `id` that changes what a reference means
        return MOST + 1
    if any(_UNTOLD & node.keys() or ("$id" in node and node is not schema) for node in _objects(schema)):
        return MOST + 1
    taken = 0
    todo = [(schema, value)]
    try:
        while todo:
            for step in _steps(schema, *todo.pop()):
                taken += 1
                if taken > MOST:
                    return taken
                todo.append(step)
    except _Uncounted:
        return MOST + 1
    return taken


def _steps(root: Json, schema: Json, value: Json) -> Iterator[tuple[Json, Json]]:
    """The subschemas of one subschema, each with the parts of the answer that it is held against."""
    if not isinstance(schema, Mapping):
        return
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for keyword, under in schema.items():
        if keyword == "$ref":
            yield _at(root, under), value
        elif keyword == "properties" and isinstance(value, dict) and isinstance(under, Mapping):
            yield from ((under[name], value[name]) for name in value if name in under)
        elif keyword == "propertyNames" and isinstance(value, dict):
            yield from ((under, name) for name in value)
        elif keyword == "enum" and isinstance(under, list):
            yield from ((True, value) for _ in under)
        elif keyword in _IN_PLACE:
            yield from ((subschema, value) for subschema in _subschemas(keyword, under))
        elif keyword in _EACH_CHILD:
            yield from ((subschema, child) for subschema in _subschemas(keyword, under) for child in children)


def _subschemas(keyword: str, under: Json) -> list[Json]:
    if keyword in _BY_NAME:
        return list(under.values()) if isinstance(under, Mapping) else []
    return under if isinstance(under, list) else [under]


def _at(root: Json, reference: Json) -> Json:
    """What a reference to this document refers to."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise _Uncounted
    found = root
    for step in unquote(reference[1:]).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (LookupError, TypeError, ValueError):
            raise _Uncounted from None
    return found


def _objects(part: Json) -> Iterator[Mapping[str, Json]]:
    """The JSON objects in a value, itself included."""
    todo = [part]
    while todo:
        node = todo.pop()
        if isinstance(node, Mapping):
            yield node
            todo += node.values()
        elif isinstance(node, list):
            todo += node


def _refuse(address: str) -> NoReturn:
    raise ValueError(address)
