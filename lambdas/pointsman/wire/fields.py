"""What the dialects' schemas share: strict models, cache markers, and errors that name a field and echo nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from pointsman.domain import CacheTtl, Json, Message, Part
from pointsman.errors import RequestError, Unsupported
from pointsman.wire.words import in_words

Name = Annotated[str, Field(min_length=1, max_length=256)]
Role = Literal["system", "user", "assistant", "tool"]
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


def text_or(parts: str, type: str) -> BeforeValidator:
    """A plain string stands for one text of this `type`; `parts` is what the dialect calls them."""

    def as_parts(content: object) -> object:
        if isinstance(content, str):
            return [{"type": type, "text": content}]
        if content is None or isinstance(content, list):
            return content
        raise PydanticCustomError("content_type", "Must be a string or a list of {parts}", {"parts": parts})

    return BeforeValidator(as_parts)


def _as_choice(choice: object) -> object:
    """`auto`, `none` and `required` are written as plain strings, the rest as objects."""
    if isinstance(choice, str):
        if choice in {"auto", "none", "required"}:
            return {"type": choice}
    elif choice is None or (isinstance(choice, dict) and choice.get("type") in {"function", "allowed_tools"}):
        return choice
    raise PydanticCustomError("tool_choice", "Must be 'auto', 'none', 'required', a function or allowed_tools")


word_or_choice = BeforeValidator(_as_choice)
"""A `tool_choice` of OpenAI's."""

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], body: Mapping[str, Json]) -> M:
    """Raises `RequestError` for the first thing found wrong."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    path = ""
    for step in first["loc"]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif "[" not in step:  # else the name of a Python type, of which a field may have several
            path += f".{step[:64]}"
    raise RequestError(in_words(first), param=path.removeprefix("."))


Harmless = Mapping[str, tuple[Json, ...]]
"""Fields, with the values that change nothing."""


def extras(extra: Mapping[str, Json], only: Harmless, idle: Harmless) -> dict[str, Json]:
    """The fields to keep: none that changes nothing. `only` names those whose effect on the answer could not be carried
    back: with any other value they raise `Unsupported`. Those of `idle` are kept with any other."""
    kept = {}
    for name, value in extra.items():
        if value is None or _among(value, {**idle, **only}.get(name, ())):
            continue
        if name in only:
            allowed = " or ".join(json.dumps(harmless) for harmless in only[name])
            raise Unsupported(f"May only be {allowed} here." if allowed else NOT_HERE, param=name)
        kept[name] = value
    return kept


def _among(value: Json, harmless: Iterable[Json]) -> bool:
    """To Python `False` is 0."""
    return any(isinstance(value, bool) == isinstance(each, bool) and value == each for each in harmless)


NOT_HERE = "This field is not supported here."


def check_distinct(names: Iterable[str], path: str) -> None:
    """No two tools may have one name; `path` has a `%d` for the tool's place."""
    names = list(names)
    counts = Counter(names)
    for index, name in enumerate(names):
        if counts[name] > 1:
            raise RequestError("Two tools have the same name.", param=path % index)


def message(role: Role, placed: Iterable[tuple[Part, str]]) -> Message:
    """One turn, of parts and the paths at which they stand in the request."""
    parts, places = zip(*placed, strict=True)
    return Message(role, parts, places=places)


def described(schema: Mapping[str, Json] | None, description: str | None) -> dict[str, Json]:
    """What a schema is for is told by the schema itself: not every vendor has another place for it."""
    schema = dict(schema or {})
    return {"description": description} | schema if description else schema
