"""What a model must be able to do to serve a request, and what stands in a model's way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pointsman.domain import (
    Capability,
    ChatRequest,
    Document,
    Image,
    Message,
    Model,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pointsman.errors import PromptTooLong, RequestError, Unsupported

CHARACTERS_PER_TOKEN = 3
"""Low on purpose: a prompt taken for longer than it is costs a larger model, one taken for shorter an error."""

FIELDS: Mapping[Capability, str] = {
    Capability.TOOLS: "tools",
    Capability.VISION: "messages",
    Capability.JSON_SCHEMA: "response_format",
    Capability.STREAMING: "stream",
    Capability.CHOICES: "n",
}
"""By what a request says that it needs them."""
LACKING: Mapping[Capability, str] = {
    Capability.TOOLS: "takes no tools",
    Capability.VISION: "sees no images (vision)",
    Capability.JSON_SCHEMA: "keeps to no format (json_schema)",
    Capability.STREAMING: "does not answer in a stream (streaming)",
    Capability.CHOICES: "gives one answer to a request (choices)",
}
"""What is said of a model without them, with the word that its map entry would have."""


def needs(request: ChatRequest) -> frozenset[Capability]:
    """What a model must be able to do to serve this request."""
    parts = [part for message in request.messages for part in message.parts]
    images = any(isinstance(part, Image) for part in parts) or any(
        isinstance(inner, Image) for part in parts if isinstance(part, ToolResult) for inner in part.parts
    )
    found = {
        Capability.TOOLS: bool(request.tools) or any(isinstance(part, ToolCall | ToolResult) for part in parts),
        Capability.VISION: images,
        Capability.JSON_SCHEMA: request.response_format is not None,
        Capability.STREAMING: request.stream,
        Capability.CHOICES: request.n > 1,
    }
    return frozenset(capability for capability, needed in found.items() if needed)


def signer(request: ChatRequest) -> str | None:
    """The family of models that signed thoughts of this conversation: only its models can take them back."""
    parts = [part for message in request.messages for part in message.parts]
    if any(isinstance(part, Thinking) and part.signed for part in parts):
        return "claude"
    return "gemini" if any(isinstance(part, ToolCall) and part.signature for part in parts) else None


def prompt_tokens(request: ChatRequest) -> int:
    """The prompt's tokens, estimated high from its characters; images and tool schemas are not counted."""
    return tokens(request.messages)


def tokens(messages: Iterable[Message]) -> int:
    return sum(_characters(part) for message in messages for part in message.parts) // CHARACTERS_PER_TOKEN


def _characters(part: Part) -> int:
    match part:
        case Text(text) | Thinking(text):
            return len(text)
        case ToolCall(arguments=arguments):
            return len(arguments)
        case ToolResult(parts=parts):
            return sum(_characters(inner) for inner in parts)
        case Document(media_type=kind, data=bytes(data)) if kind.startswith("text/"):
            return len(data)
    return 0


def obstacle(
    model: Model, required: frozenset[Capability], tokens: int, max_tokens: int | None, family: str | None = None
) -> str | None:
    """Why this model cannot serve the request, or nothing."""
    if family and model.signs != family:
        return f"cannot take back the thoughts that {family} signed"
    if missing := required - model.capabilities:
        return ", ".join(LACKING[capability] for capability in sorted(missing))
    if tokens + (max_tokens or 0) > model.context_window:
        return f"holds {model.context_window} tokens, the request needs about {tokens + (max_tokens or 0)}"
    if max_tokens and max_tokens > model.max_output:
        return f"writes at most {model.max_output} tokens, {max_tokens} were asked for"
    return None


def refusal(
    request: ChatRequest, models: Sequence[Model], required: frozenset[Capability], family: str | None
) -> RequestError:
    """Why none of these models can serve the request, by the field that stands in the way."""
    prompt, answer = prompt_tokens(request), request.max_tokens or 0
    able = [model for model in models if obstacle(model, required, 0, None, family) is None]
    window = max((model.context_window for model in able), default=0)
    longest = max((model.max_output for model in able), default=0)
    if able and prompt + min(answer, longest) > window:
        return PromptTooLong(prompt, answer, window)
    reasons: dict[str | None, list[str]] = {}
    for model in models:
        reasons.setdefault(obstacle(model, required, prompt, answer, family), []).append(model.alias)
    told = "; ".join(f"{', '.join(dict.fromkeys(aliases))}: {why}" for why, aliases in reasons.items())
    unmet = required.difference(*(model.capabilities for model in models))
    return Unsupported(
        f"No model can serve this request: {told or 'none is enabled'}.",
        param=FIELDS[min(unmet)] if unmet else "max_tokens" if able else "model",
    )
