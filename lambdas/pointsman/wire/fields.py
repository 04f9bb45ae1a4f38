"""What the dialects' schemas share: strict models, cache markers, and errors that name a field and echo nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pointsman.domain import CacheTtl, Json
from pointsman.errors import RequestError, Unsupported

Name = Annotated[str, Field(min_length=1, max_length=256)]
CallId = Annotated[str, Field(min_length=1, max_length=32_768)]
"""Longer than any vendor's own: some carry a signature (`wire/calls.py`)."""


class Strict(BaseModel):
    """No coercion, and no field that we do not know."""

    model_config = ConfigDict(strict=True, extra="forbid", protected_namespaces=())


class CacheControl(Strict):
    """Anthropic's marker, which clients of every dialect send."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


def cache_ttl(marker: CacheControl | None) -> CacheTtl | None:
    return (marker.ttl or "5m") if marker else None


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], body: Mapping[str, Json]) -> M:
    """Raises `RequestError` for the first thing found wrong. Pydantic's messages tell what was expected, not what was
    sent."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ""
    for step in first["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step[:64]}"
    match first["type"]:
        case "missing":
            message = "This field is required."
        case "extra_forbidden":
            message = "This field is not known."
        case "none_required":
            message = "This field is not supported."
        case _:
            message = f"{first['msg']}."
    raise RequestError(message, param=path.removeprefix("."))


def extras(extra: Mapping[str, Json], only: Mapping[str, tuple[Json, ...]]) -> dict[str, Json]:
    """The fields to keep. `only` names those whose effect on the answer could not be carried back, with the values that
    change nothing; any other raises `Unsupported`."""
    kept = {}
    for name, value in extra.items():
        if value is None:
            continue
        if name not in only:
            kept[name] = value
        elif not any(type(value) is type(harmless) and value == harmless for harmless in only[name]):
            allowed = " or ".join(str(harmless) for harmless in only[name])
            raise Unsupported(f"{name} may only be {allowed} here." if allowed else _NOT_HERE % name, param=name)
    return kept


_NOT_HERE = "%s is not supported here."


def check_distinct(names: Iterable[str], path: str) -> None:
    """No two tools may have one name; `path` has a `%d` for the tool's place."""
    names = list(names)
    counts = Counter(names)
    for index, name in enumerate(names):
        if counts[name] > 1:
            raise RequestError("Two tools have the same name.", param=path % index)


def described(schema: Mapping[str, Json] | None, description: str | None) -> dict[str, Json]:
    """What a schema is for is told by the schema itself: not every vendor has another place for it."""
    schema = dict(schema or {})
    return {"description": description} | schema if description else schema
