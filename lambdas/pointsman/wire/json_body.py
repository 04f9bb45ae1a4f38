"""A request's body as a JSON object, or a `RequestError` that tells where it is not one and echoes nothing of it."""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF8
from collections import Counter
from typing import NoReturn

from pointsman.domain import Json
from pointsman.errors import PayloadTooLarge, RequestError

MAX_BODY_BYTES = 6 * 1024 * 1024
"""What a Lambda function may be sent at once."""
MAX_DEPTH = 100
"""Objects and arrays inside each other; far more than any tool schema needs."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(body: bytes) -> dict[str, Json]:
    """The JSON object in `body`: UTF-8, finite numbers, no key twice, at most `MAX_DEPTH` deep. A byte order mark,
    which some editors write, is skipped.

    Raises `PayloadTooLarge` or `RequestError`.
    """
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    try:
        text = body.removeprefix(BOM_UTF8).decode()
        value = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise RequestError(f"The body is not valid UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise RequestError(f"The body is not valid JSON (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise RequestError("The body holds a number that is too long.") from None
    if not isinstance(value, dict):
        raise RequestError("The body must be a JSON object.")
    _check_depth(value)
    if _SURROGATE.search(body):
        _check_surrogates(value)
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise RequestError("The body has a key twice in the same object.", param=twice[:64])
    return found


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise RequestError("The body holds a number that is too large.")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise RequestError(f"The body holds {name}, which is not JSON.")


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return
    raise _too_deep()


def _children(node: Json) -> list[Json]:
    return list(node.values()) if isinstance(node, dict) else node


def _too_deep() -> RequestError:
    return RequestError(f"The body is nested more than {MAX_DEPTH} levels deep.")


def _check_surrogates(value: Json, path: str = "") -> None:
    """Half a surrogate pair is valid in a JSON escape, but no text: nothing downstream could encode it."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RequestError("Holds half a surrogate pair (\\ud800-\\udfff).", param=path or None) from None
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_surrogates(name, path)
            _check_surrogates(inner, f"{path}.{name[:64]}".removeprefix("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_surrogates(inner, f"{path}[{index}]")
