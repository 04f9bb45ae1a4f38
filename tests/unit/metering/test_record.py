"""The record, its published schema and its document are one and the same."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from local.documents import DOCS, schema, with_tables
from pointsman.domain import CostEvent, Usage
from pointsman.metering import names, sinks
from pointsman.metering.record import CostRecord, Tokens, record
from tests.unit.metering.test_sinks import refused, served

SCHEMA = json.loads((DOCS / "cost-event.schema.json").read_text(encoding="utf-8"))
DOCUMENT = (DOCS / "cost-event.md").read_text(encoding="utf-8")


def test_the_documents_are_those_that_the_code_makes() -> None:
    assert (DOCS / "cost-event.schema.json").read_text(encoding="utf-8") == schema(), "run `make docs`"
    assert with_tables(DOCUMENT) == DOCUMENT, "run `make docs`"


@pytest.mark.parametrize("event", [served(), refused(), served(Usage(1, 1, 1, 1, 1, 1, True, 1))])
def test_a_line_keeps_to_the_schema(event: CostEvent) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(sinks.line(event, stage="dev")), SCHEMA)


def test_the_schema_refuses_what_is_no_event() -> None:
    line = json.loads(sinks.line(served(), stage="dev"))
    for wrong in ({"cost_nano": 0.5}, {"message": "map_published"}, {"tokens": None}, {"failed": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(line | wrong, SCHEMA)


def test_the_example_is_a_line_that_was_written() -> None:
    example = (DOCS / "cost-event.example.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(example), SCHEMA)


def test_every_fact_of_an_event_is_in_the_record() -> None:
    assert set(CostEvent.__slots__) - {"usage"} < set(CostRecord.model_fields)
    assert set(Usage.__slots__) == set(Tokens.model_fields)
    assert record(served(), "dev").model_dump(include={"price_version"}) == {"price_version": None}


def test_every_metric_is_a_field_and_documented() -> None:
    section = DOCUMENT.split("## The metrics")[1]
    for name in (*names.METRICS, *names.FAULTS, names.STAGE, names.CHANNEL, *names.BREAKDOWNS):
        assert name in CostRecord.model_fields
    for name in (*names.METRICS, *names.FAULTS):
        assert name in re.findall(r"`(\w+)`", section)
