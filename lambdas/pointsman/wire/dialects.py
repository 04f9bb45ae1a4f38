"""Which dialect a caller speaks."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.wire.dialect import Dialect
from pointsman.wire.openai import OPENAI

CHAT_PATHS: Mapping[str, Dialect] = {"/v1/chat/completions": OPENAI}
"""Where a model is asked, and in which dialect."""


def dialect_of(path: str, headers: Mapping[str, str]) -> Dialect:
    """By the path where it tells, else by what the vendor's SDK sends."""
    return CHAT_PATHS.get(path, OPENAI)
