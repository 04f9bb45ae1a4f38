"""An answer in JSON of no particular shape, from vendors that know only schemas: the model is told. OpenAI's own wants
the word in the prompt as well."""

from __future__ import annotations

from pointsman.domain import ChatRequest

_INSTRUCTION = (
    "When you answer in words, answer with one valid JSON object and nothing else: nothing before it, nothing after "
    "it, and no code fence around it."
)


def asked_for(request: ChatRequest) -> list[str]:
    """What stands behind the request's system messages."""
    wanted = request.response_format
    return [_INSTRUCTION] if wanted and wanted.kind == "json_object" else []
