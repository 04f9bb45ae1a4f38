"""What is found wanting in an answer, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import ChatRequest, Completion, Finish, Json, ResponseFormat, Text, Thinking, ToolCall
from pointsman.invoke.flaws import Flaw, flaw_of
from tests.fakes import chat, completion

PERSON = {
    "$defs": {"name": {"type": "string", "minLength": 1}},
    "type": "object",
    "properties": {"name": {"$ref": "#/$defs/name"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
JSON = chat(response_format=ResponseFormat("json_object"))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def asked(schema: Json) -> ChatRequest:
    return chat(response_format=ResponseFormat("json_schema", "answer", schema))


def said(text: str, finish: Finish = Finish.STOP, stop: str | None = None) -> Completion:
    return replace(completion(text), finish=finish, stop_sequence=stop)


@pytest.mark.parametrize(
    ("request_", "answer", "flaw"),
    [
        (chat(), said("Paris."), None),
        (chat(), said(" \n"), Flaw.EMPTY),
        (chat(), Completion((Thinking("hm"),), Finish.STOP, None), Flaw.EMPTY),
        (chat(), Completion((ToolCall("1", "f", "{}"),), Finish.TOOL_CALLS, None), None),
        (JSON, Completion((ToolCall("1", "f", "{}"),), Finish.TOOL_CALLS, None), None),
        (chat(), said("I cannot.", Finish.CONTENT_FILTER), Flaw.REFUSED),
        (chat(), said("Once upon", Finish.LENGTH), Flaw.TRUNCATED),
        (chat(max_tokens=2), said("Once upon", Finish.LENGTH), None),
        (chat(max_tokens=2), said("", Finish.LENGTH), None),
        (chat(max_tokens=200), said(""), Flaw.EMPTY),
        (chat(stop=("\n",)), said("", stop="\n"), None),
        (chat(n=2), replace(said("Heads"), others=(said("Tails"),)), None),
        (chat(n=2), replace(said("Heads"), others=(said(" "),)), Flaw.EMPTY),
        (JSON, said(' {"a": 1}\n'), None),
        (JSON, said("[1]"), Flaw.INVALID_JSON),
        (JSON, said('```json\n{"a": 1}\n```'), Flaw.INVALID_JSON),
        (JSON, said('{"a": NaN}'), Flaw.INVALID_JSON),
        (JSON, said('{"a": "\\ud800"}'), Flaw.INVALID_JSON),
        (JSON, said('{"a":' * 100_000), Flaw.INVALID_JSON),
        (replace(JSON, max_tokens=3), said('{"a"', Finish.LENGTH), None),
        (asked(PERSON), said('{"name": "Ada", "age": 36}'), None),
        (asked(PERSON), said('{"name": "Ada"}'), Flaw.SCHEMA_MISMATCH),
        (asked(PERSON), said('{"name": "", "age": 1}'), Flaw.SCHEMA_MISMATCH),
        (asked(PERSON), said('{"name": "Ada", "age": 36, "born": 1815}'), Flaw.SCHEMA_MISMATCH),
        (asked(PERSON), said("Ada is 36."), Flaw.INVALID_JSON),
    ],
)
def test_a_flaw_is_seen(request_: ChatRequest, answer: Completion, flaw: Flaw | None) -> None:
    assert flaw_of(request_, answer) is flaw


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:1/schema"},
        {"type": "strnig"},
        {"$schema": "http://nowhere.invalid/"},
        {"pattern": "(?=a)"},
        {"$ref": "#/$defs/none"},
    ],
)
def test_a_schema_that_cannot_be_checked_is_taken_as_met_and_nothing_is_fetched(schema: Json) -> None:
    assert flaw_of(asked(schema), said('"b"')) is None
    assert flaw_of(asked(schema), said("b")) is Flaw.INVALID_JSON


def test_a_pattern_made_to_take_for_ever_does_not() -> None:
    assert flaw_of(asked({"pattern": "^(a+)+$"}), said(json.dumps("a" * 50_000 + "b"))) is Flaw.SCHEMA_MISMATCH


@given(values, st.sampled_from(["", " ", "\n\t"]))
def test_whatever_json_is_written_is_read(value: Json, space: str) -> None:
    answer = said(space + json.dumps(value) + space)
    assert flaw_of(asked({}), answer) is None
    assert flaw_of(JSON, answer) is (None if isinstance(value, dict) else Flaw.INVALID_JSON)


@given(values)
def test_a_value_matches_the_schema_that_allows_only_it_and_no_other(value: Json) -> None:
    assert flaw_of(asked({"const": value}), said(json.dumps(value))) is None
    assert flaw_of(asked({"not": {"const": value}}), said(json.dumps(value))) is Flaw.SCHEMA_MISMATCH


@given(st.dictionaries(texts, values, min_size=1, max_size=5), st.data())
def test_json_cut_anywhere_is_no_longer_json(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    kept = text[: data.draw(st.integers(1, len(text) - 1))]
    assert flaw_of(JSON, said(kept)) is Flaw.INVALID_JSON
    assert flaw_of(JSON, said(kept, Finish.LENGTH)) is Flaw.TRUNCATED


@given(st.text(max_size=200), st.dictionaries(texts, values, max_size=4) | st.just(PERSON), st.sampled_from(Finish))
def test_no_answer_and_no_schema_can_break_it(text: str, schema: Json, finish: Finish) -> None:
    for wanted in (JSON, asked(schema), chat()):
        assert flaw_of(wanted, said(text, finish)) in {None, *Flaw}


def test_text_in_several_parts_is_one_text() -> None:
    assert flaw_of(JSON, Completion((Text('{"a"'), Text(": 1}")), Finish.STOP, None)) is None
