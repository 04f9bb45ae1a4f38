"""Writes the documents that are made from code (`make docs`): the schemas of the cost event and of the map as a file,
the table of a cost event's fields, and that of dialects and providers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cli.map import schema as map_schema
from local import dialects
from pointsman.metering.record import SCHEMA_VERSION, AttemptRecord, CostRecord, ShadowRecord, Tokens

DOCS = Path(__file__).parents[1] / "docs"


def schema() -> str:
    """The line's JSON Schema. Readers ignore what they do not know, CloudWatch's `_aws` among it."""
    found = CostRecord.model_json_schema(mode="serialization")
    for part in (found, *found["$defs"].values()):
        del part["additionalProperties"], part["title"]
        for field in part["properties"].values():
            field.pop("title", None)
            field.pop("default", None)
            _never_null(field)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pointsman:cost-event:{SCHEMA_VERSION}",
        "title": "Pointsman cost event",
    }
    return json.dumps(head | found, indent=2, ensure_ascii=False) + "\n"


def _never_null(field: dict[str, Any]) -> None:
    """A field that is not known is left out, so no field is ever null."""
    kinds = [kind for kind in field.pop("anyOf", ()) if kind != {"type": "null"}]
    for kind in kinds:
        field |= kind


def table(record: type[BaseModel]) -> str:
    """The fields of a record as rows of a Markdown table."""
    rows = ["| field | | OpenTelemetry |", "| --- | --- | --- |"]
    for name, field in record.model_fields.items():
        extra = field.json_schema_extra
        otel = extra.get("otel") if isinstance(extra, dict) else None
        rows.append(f"| `{name}` | {field.description} | {f'`{otel}`' if otel else ''} |")
    return "\n".join(rows)


def with_tables(document: str) -> str:
    """The document with each table between `<!-- fields: … -->` marks made anew."""
    for record in (CostRecord, Tokens, AttemptRecord, ShadowRecord):
        mark = rf"(<!-- fields: {record.__name__} -->\n).*?(<!-- end -->)"
        rows = table(record).replace("\\", r"\\")
        document, times = re.subn(mark, rf"\1{rows}\n\2", document, flags=re.DOTALL)
        if times != 1:
            raise ValueError(f"the document has no place for the fields of {record.__name__}")
    return document


def write(docs: Path = DOCS) -> None:
    (docs / "cost-event.schema.json").write_text(schema(), encoding="utf-8")
    (docs / "tier-map.schema.json").write_text(map_schema.text(), encoding="utf-8")
    (docs / "dialects.md").write_text(dialects.render(), encoding="utf-8")
    document = docs / "cost-event.md"
    document.write_text(with_tables(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
