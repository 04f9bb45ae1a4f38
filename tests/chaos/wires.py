"""How a vendor says what the chaos upstream wants said: OpenAI's Chat Completions, and Bedrock's Converse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.unit.providers.bedrock_server import event

Head = Mapping[str, str]


def tokens(text: str) -> int:
    return -(-len(text.encode()) // 4)


@dataclass(frozen=True)
class Asked:
    """What a request asked for; `prompt` is its tokens."""

    model: str
    prompt: int
    stream: bool


class Wire(Protocol):
    """`unread` are the faults after which its client cannot tell a model that has not answered from one whose answer
    broke off, so that the prompt counts as used."""

    name: str
    media: str
    unread: frozenset[str]

    def asked(self, path: str, body: Any) -> Asked: ...

    def whole(self, text: str, prompt: int | None) -> bytes:
        """An answer. Its usage is told where `prompt` is."""
        ...

    def opening(self) -> bytes: ...

    def word(self, text: str) -> bytes: ...

    def ending(self, text: str, prompt: int | None) -> bytes: ...

    def failure(self) -> bytes:
        """Within a stream."""
        ...

    def refusal(self, status: str) -> tuple[str, Head, bytes]: ...


class OpenAI:
    name = "openai"
    media = "text/event-stream"
    unread: frozenset[str] = frozenset()

    def asked(self, path: str, body: Any) -> Asked:
        prompt = sum(4 + tokens(message["content"]) for message in body["messages"])
        return Asked(body["model"], prompt, bool(body.get("stream")))

    def whole(self, text: str, prompt: int | None) -> bytes:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return json.dumps({"choices": [choice], **self._usage(text, prompt)}).encode()

    def opening(self) -> bytes:
        return self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})

    def word(self, text: str) -> bytes:
        return self._event({"choices": [{"index": 0, "delta": {"content": text}}]})

    def ending(self, text: str, prompt: int | None) -> bytes:
        stop = self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        usage = self._event({"choices": [], **self._usage(text, prompt)}) if prompt is not None else b""
        return stop + usage + b"data: [DONE]\n\n"

    def failure(self) -> bytes:
        return self._event({"error": {"message": "overloaded", "type": "overloaded_error"}})

    def refusal(self, status: str) -> tuple[str, Head, bytes]:
        return status, {}, b'{"error": {"message": "no"}}'

    def _usage(self, text: str, prompt: int | None) -> dict[str, Any]:
        return {} if prompt is None else {"usage": {"prompt_tokens": prompt, "completion_tokens": tokens(text)}}

    def _event(self, data: Any) -> bytes:
        return b"data: " + json.dumps(data).encode() + b"\n\n"


class Converse:
    name = "bedrock"
    media = "application/vnd.amazon.eventstream"
    unread = frozenset({"empty"})

    def asked(self, path: str, body: Any) -> Asked:
        _, model, operation = path.strip("/").split("/")
        prompt = sum(4 + tokens(part["text"]) for message in body["messages"] for part in message["content"])
        return Asked(model, prompt, operation == "converse-stream")

    def whole(self, text: str, prompt: int | None) -> bytes:
        message = {"role": "assistant", "content": [{"text": text}]}
        return json.dumps(
            {"output": {"message": message}, "stopReason": "end_turn", **self._usage(text, prompt)}
        ).encode()

    def opening(self) -> bytes:
        return event("messageStart", {"role": "assistant"})

    def word(self, text: str) -> bytes:
        return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})

    def ending(self, text: str, prompt: int | None) -> bytes:
        usage = self._usage(text, prompt)
        return event("messageStop", {"stopReason": "end_turn"}) + (event("metadata", usage) if usage else b"")

    def failure(self) -> bytes:
        return event("throttlingException", {"message": "no"}, kind="exception")

    def refusal(self, status: str) -> tuple[str, Head, bytes]:
        status, name = {
            "401": ("403", "ExpiredTokenException"),
            "429": ("429", "ThrottlingException"),
            "500": ("500", "InternalServerException"),
            "503": ("503", "ServiceUnavailableException"),
        }[status]
        return status, {"x-amzn-errortype": name}, b'{"message": "no"}'

    def _usage(self, text: str, prompt: int | None) -> dict[str, Any]:
        if prompt is None:
            return {}
        used = {"inputTokens": prompt, "outputTokens": tokens(text), "totalTokens": prompt + tokens(text)}
        return {"usage": used, "metrics": {"latencyMs": 1}}


WIRES: tuple[Wire, ...] = (OpenAI(), Converse())
