"""Which dialect a caller speaks."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import DialectName, Json
from pointsman.wire.anthropic import ANTHROPIC
from pointsman.wire.dialect import Dialect
from pointsman.wire.openai import OPENAI
from pointsman.wire.responses import RESPONSES

CHAT_PATHS: Mapping[str, Dialect] = {
    "/v1/chat/completions": OPENAI,
    "/v1/responses": RESPONSES,
    "/v1/messages": ANTHROPIC,
}
"""Where a model is asked, and in which dialect."""
COUNT_PATH = "/v1/messages/count_tokens"


def dialect_of(path: str, headers: Mapping[str, str]) -> Dialect:
    """By the path where it tells, else by what the vendor's SDK sends."""
    if path in CHAT_PATHS:
        return CHAT_PATHS[path]
    return ANTHROPIC if path.startswith("/v1/messages") or "anthropic-version" in headers else OPENAI


def dialect_named(name: DialectName) -> Dialect:
    return next(dialect for dialect in CHAT_PATHS.values() if dialect.name == name)


def dialect_of_body(body: Mapping[str, Json], spoken: Dialect) -> Dialect:
    """Where the path is every dialect's: only Responses asks by `input`."""
    return RESPONSES if "input" in body and "messages" not in body else spoken
