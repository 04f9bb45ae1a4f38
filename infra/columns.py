"""A record's fields as the columns of a Glue table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

_PLAIN = {int: "bigint", str: "string", bool: "boolean", float: "double"}


def columns(record: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Name and Hive type of each field; a record within a record is a struct, so that Athena reads `tokens.input`."""
    for name, field in record.model_fields.items():
        yield name, _hive(field.annotation)


def _hive(kind: Any) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"struct<{','.join(f'{name}:{inner}' for name, inner in columns(kind))}>"
    arguments = [argument for argument in get_args(kind) if argument is not type(None)]
    if get_origin(kind) is list:
        return f"array<{_hive(arguments[0])}>"
    if get_origin(kind) is Literal:
        return _hive(type(arguments[0]))
    (only,) = arguments
    return _hive(only)
