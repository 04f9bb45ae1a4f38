"""What a caller calls the field that was refused later on, where all dialects are one."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import ChatRequest


def callers_field(param: str, request: ChatRequest, names: Mapping[str, str]) -> str:
    """`param` names a field of `ChatRequest`, as `messages.1.content`. Only in Chat Completions is each message one of
    the request's."""
    head, _, rest = param.partition(".")
    wanted = request.reasoning
    if head == "reasoning" and wanted:
        return names.get("reasoning.effort" if wanted.effort and wanted.budget is None else "reasoning.budget", head)
    name = names.get(head, head)
    if head == "messages" and rest:
        index, _, place = rest.partition(".")
        return f"{name}[{index}].{place}" if request.dialect == "openai" else name
    return f"{name}.{rest}" if rest else name
