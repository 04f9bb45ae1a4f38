"""A model's thoughts as a reasoning item's `encrypted_content`: opaque to the caller, who sends it back unchanged."""

from __future__ import annotations

import base64
import json

from pointsman.domain import Thinking

PREFIX = "pm1."


def seal(thinking: Thinking) -> str | None:
    """Nothing where nobody signed them: the summary says it all."""
    if thinking.signature is None and thinking.redacted is None:
        return None
    said = json.dumps([thinking.text, thinking.signature, thinking.redacted])
    return PREFIX + base64.urlsafe_b64encode(said.encode()).decode()


def unseal(sealed: str) -> Thinking | None:
    """Nothing where it was not sealed here."""
    if not sealed.startswith(PREFIX):
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(sealed.removeprefix(PREFIX)))
        text, signature, redacted = found
    except (ValueError, TypeError):
        return None
    if not (isinstance(text, str) and all(value is None or isinstance(value, str) for value in (signature, redacted))):
        return None
    return Thinking(text, signature, redacted)
