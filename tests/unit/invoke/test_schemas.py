"""No schema takes for ever to check, and the effort reckoned is never less than a plain validator's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pointsman.domain import Json
from pointsman.invoke.schemas import MOST, matches, steps

NAMES = ("a", "b", "c")


def doubling(levels: int, step: str) -> Json:
    """Each definition holds the next one twice; the last allows nothing."""
    definitions: dict[str, Json] = {str(levels): False}
    for level in range(levels):
        twice = [{"$ref": f"#/$defs/{level + 1}"}] * 2
        definitions[str(level)] = {step: twice} if step != "items" else {"anyOf": [{"items": one} for one in twice]}
    return {"$defs": definitions, "$ref": "#/$defs/0"}


def nested(depth: int) -> Json:
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "schema",
    [
        doubling(60, "anyOf"),
        doubling(60, "oneOf"),
        doubling(60, "items"),
        {"$ref": "#"},
        doubling(60, "allOf") | {"unevaluatedProperties": False},
        {"items": {"anyOf": [{"$ref": "#"}] * 9}, "type": "array"},
        {"enum": [0] * (MOST + 1)},
    ],
)
def test_a_schema_that_would_take_for_ever_is_taken_as_met(schema: Json) -> None:
    assert matches(nested(60), schema)


@pytest.mark.parametrize(
    "schema",
    [doubling(10, "anyOf"), doubling(10, "items"), {"$id": "urn:x", "$ref": "#/$defs/a", "$defs": {"a": False}}],
)
def test_one_that_takes_a_while_is_checked(schema: Json) -> None:
    assert not matches(nested(10), schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:1/schema"},
        {"$ref": "#name"},
        {"$ref": "#/$defs/none"},
        {"$defs": {"a": {"$id": "urn:y", "$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"$dynamicRef": "#name"},
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        {"items": {"unevaluatedItems": False}},
    ],
)
def test_what_cannot_be_told_is_the_most(schema: Json) -> None:
    assert steps(1, schema) == MOST + 1


def test_a_step_is_a_subschema_held_against_a_part() -> None:
    person = {"type": "object", "properties": {"name": {"minLength": 1}, "age": {"enum": [1, 2]}}}
    assert steps({"name": "Ada", "age": 1}, person) == 2 + 2
    assert steps([{"name": "Ada"}] * 3, {"items": {"$ref": "#/$defs/p"}, "$defs": {"p": person}}) == 3 * (1 + 1 + 1)


schemas = st.recursive(
    st.booleans()
    | st.sampled_from([{"type": "object"}, {"type": "array"}, {"enum": [1, "a"]}])
    | st.sampled_from(NAMES).map(lambda name: {"$ref": f"#/$defs/{name}"}),
    lambda inner: (
        st.dictionaries(
            st.sampled_from(["allOf", "anyOf", "oneOf"]), st.lists(inner, min_size=1, max_size=3), max_size=2
        )
        | st.dictionaries(
            st.sampled_from(
                ["not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"]
            ),
            inner,
            max_size=3,
        )
        | st.dictionaries(
            st.sampled_from(["properties", "patternProperties", "dependentSchemas"]),
            st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
            max_size=2,
        )
        | st.fixed_dictionaries({"prefixItems": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=8,
)
values = st.recursive(
    st.sampled_from([1, "a", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)


@contextmanager
def counted() -> Iterator[list[int]]:
    """How often a plain validator holds a subschema against a value."""
    validator, calls = jsonschema.Draft202012Validator, [0]
    kept = {name: getattr(validator, name) for name in ("descend", "iter_errors")}

    def counting(name: str) -> Any:
        def count(*args: Any, **more: Any) -> Any:
            calls[0] += 1
            return kept[name](*args, **more)

        return count

    try:
        for name in kept:
            setattr(validator, name, counting(name))
        yield calls
    finally:
        for name, method in kept.items():
            setattr(validator, name, method)


@given(schemas, st.fixed_dictionaries(dict.fromkeys(NAMES, schemas)), values)
def test_a_plain_validator_takes_no_more_steps_than_reckoned(schema: Json, definitions: Json, value: Json) -> None:
    whole = {"$defs": definitions, "allOf": [schema]}
    reckoned = steps(value, whole)
    assume(reckoned <= 2_000)
    with counted() as calls:
        list(jsonschema.Draft202012Validator(whole).iter_errors(value))
    assert calls[0] - 1 <= reckoned
