"""What a caller calls the field that was refused later on, where all dialects are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pointsman.domain import ChatRequest


def callers_field(param: str, request: ChatRequest, names: Mapping[str, str]) -> str:
    """`param` names a field of `ChatRequest`: as `messages.1.content.0`, a message's part, or a part of that again.
    Only in Chat Completions is each message one of the request's."""
    head, *steps = param.split(".")
    wanted = request.reasoning
    if head == "reasoning" and wanted:
        return names.get("reasoning.effort" if wanted.effort and wanted.budget is None else "reasoning.budget", head)
    name = names.get(head, head)
    match head, steps:
        case "messages", [index, "content", part, *inner] if places := request.messages[int(index)].places:
            return places[int(part)] + _path(inner, names)
        case "messages", _ if request.dialect != "openai":
            return name
    return name + _path(steps, names)


def _path(steps: Sequence[str], names: Mapping[str, str]) -> str:
    return "".join(f"[{step}]" if step.isdigit() else f".{names.get(step, step)}" for step in steps)
