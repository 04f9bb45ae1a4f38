"""What pydantic found wrong, in a caller's words: what was expected, never what was sent."""

from __future__ import annotations

import re

from pydantic_core import ErrorDetails

_MUST = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known.",
    "none_required": "This field is not supported.",
    "string_type": "Must be a string.",
    "bool_type": "Must be true or false.",
    "int_type": "Must be a whole number.",
    "int_from_float": "Must be a whole number.",
    "float_type": "Must be a number.",
    "finite_number": "Must be a number that is not infinite.",
    "list_type": "Must be a list.",
    "dict_type": "Must be an object.",
    "model_type": "Must be an object.",
    "greater_than": "Must be more than {gt:g}.",
    "greater_than_equal": "Must be at least {ge:g}.",
    "less_than_equal": "Must be at most {le:g}.",
    "string_too_short": "Must not be empty.",
    "string_too_long": "Must have at most {max_length} characters.",
    "too_short": "Must not be empty.",
    "too_long": "Must be empty: this is not supported here.",
    "literal_error": "Must be {expected}.",
}
"""By pydantic's type; every least length of ours is 1, and every most of a list or an object 0."""
_NAMES = re.compile(r"\^\[A-Za-z0-9(?P<signs>[._-]*)\]\{1,(?P<most>\d+)\}\$")
"""The patterns that a field of ours may have."""


def in_words(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch" and (found := _NAMES.fullmatch(context["pattern"])):
        signs = ", ".join(f"'{sign}'" for sign in found["signs"])
        return f"Must be 1 to {found['most']} letters, digits or {signs}."
    if template := _MUST.get(error["type"]):
        return template.format(**context).replace("False", "false").replace("True", "true")
    return f"{error['msg'].replace('Input should be', 'Must be')}."
