"""The three shapes that vendors speak: how each is read, checked against its published schema, and answered."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import botocore.session
from botocore.validate import ParamValidator

from tests.unit.providers.bedrock_server import event
from tests.unit.providers.schemas import check_anthropic, check_openai

ARGUMENTS = {"city": "Oslo"}
"""What every tool is called with, and what every schema is filled with."""
VENDORS_OWN = frozenset({"random_seed", "thinking", "top_k", "max_tokens"})
"""Fields that some vendors of OpenAI's shape have besides."""


@dataclass(frozen=True)
class Said:
    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    """Ids and names."""
    n: int = 1
    """How many choices say so."""


@dataclass(frozen=True)
class Asked:
    """What a model would make of a request. `answered`: it ends with what tools gave back."""

    text: str
    tools: tuple[str, ...]
    answered: bool
    schema: bool
    image: bool
    stream: bool
    call_id: str
    n: int = 1

    def answer(self) -> Said:
        if self.tools and not self.answered and "No tools!" not in self.text:
            count = 2 if "Twice!" in self.text else 1
            ids = [self.call_id + uuid.uuid4().hex[:24] for _ in range(count)]
            return Said("", tuple((id, self.tools[0]) for id in ids), self.n)
        if self.schema:
            return Said(json.dumps(ARGUMENTS), n=self.n)
        text = "I see an image." if self.image else "It rains." if self.answered else "Paris, en été."
        return Said(text, n=self.n)


class Shape(Protocol):
    name: str
    prefix: str
    stream_type: str

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        """Raises where the vendor would refuse it."""
        ...

    def whole(self, said: Said) -> dict[str, Any]: ...

    def stream(self, said: Said) -> tuple[bytes, list[bytes], bytes]: ...

    def text(self, text: str) -> bytes: ...

    def error(self, code: str, message: str) -> dict[str, Any]: ...

    def headers(self, status: int) -> dict[str, str]: ...


def check_loop(turns: Iterable[tuple[list[str], list[str]]]) -> None:
    """Each turn's calls and results, by id: a call is answered by the next turn, and nothing else is."""
    open: list[str] = []
    for calls, results in turns:
        assert sorted(results) == sorted(open), f"calls {open}, but results {results}"
        assert len(set(calls)) == len(calls)
        open = calls
    assert not open, f"{open} were never answered"


class OpenAI:
    name, prefix, stream_type = "openai", "/openai/", "text/event-stream"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        check_openai(body, beside=VENDORS_OWN)
        messages = body["messages"]
        turns: list[tuple[list[str], list[str]]] = []
        for message in messages:
            calls = [call["id"] for call in message.get("tool_calls") or ()]
            results = [message["tool_call_id"]] if message["role"] == "tool" else []
            if results and turns and turns[-1][1]:
                turns[-1][1].extend(results)
            else:
                turns.append((calls, results))
        check_loop(turns)
        users = [message["content"] for message in messages if message["role"] == "user"]
        parts = [{"type": "text", "text": users[-1]}] if isinstance(users[-1], str) else users[-1]
        return Asked(
            " ".join(part["text"] for part in parts if part["type"] == "text"),
            () if body.get("tool_choice") == "none" else tuple(t["function"]["name"] for t in body.get("tools") or ()),
            messages[-1]["role"] == "tool",
            "response_format" in body,
            any(part["type"] == "image_url" for part in parts),
            bool(body.get("stream")),
            "call_",
            body.get("n", 1),
        )

    def whole(self, said: Said) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text or None, "refusal": None}
        if said.calls:
            message["tool_calls"] = [self._call(id, name) for id, name in said.calls]
        finish = "tool_calls" if said.calls else "stop"
        choice = {"message": message, "finish_reason": finish, "logprobs": None}
        head = {"id": "chatcmpl-x", "object": "chat.completion", "created": 1, "model": "m"}
        return head | {"choices": [{"index": i, **choice} for i in range(said.n)], "usage": self._usage(said.n)}

    def stream(self, said: Said) -> tuple[bytes, list[bytes], bytes]:
        calls = [
            self._chunk({"tool_calls": [{"index": i, **self._call(id, name, "")}]})
            + self._chunk({"tool_calls": [{"index": i, "function": {"arguments": '{"city": '}}]})
            for i, (id, name) in enumerate(said.calls)
        ]
        rest = [
            self._chunk({"tool_calls": [{"index": i, "function": {"arguments": '"Oslo"}'}}]})
            for i in range(len(said.calls))
        ]
        choices = range(said.n)
        texts = [self._chunk({"content": char}, index=i) for char in said.text for i in choices]
        finish = b"".join(self._chunk({}, "tool_calls" if said.calls else "stop", i) for i in choices)
        usage = f"data: {json.dumps({'choices': [], 'usage': self._usage(said.n)})}\n\ndata: [DONE]\n\n".encode()
        return self._chunk({"role": "assistant", "content": ""}), [*texts, *calls, *rest], finish + usage

    def text(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def error(self, code: str, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": code, "param": None, "code": code}}

    def headers(self, status: int) -> dict[str, str]:
        return {"content-type": "application/json"}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, index: int = 0) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n".encode()

    def _call(self, id: str, name: str, arguments: str = json.dumps(ARGUMENTS)) -> dict[str, Any]:
        return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}

    def _usage(self, n: int) -> dict[str, int]:
        return {"prompt_tokens": 12, "completion_tokens": 5 * n, "total_tokens": 12 + 5 * n}


class Anthropic:
    name, prefix, stream_type = "anthropic", "/anthropic/", "text/event-stream"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        check_anthropic(body)
        messages = body["messages"]
        blocks = [_blocks(message["content"]) for message in messages]
        check_loop(
            (
                [block["id"] for block in turn if block["type"] == "tool_use"],
                [block["tool_use_id"] for block in turn if block["type"] == "tool_result"],
            )
            for turn in blocks
        )
        users = [turn for message, turn in zip(messages, blocks, strict=True) if message["role"] == "user"]
        texts = [block["text"] for turn in users for block in turn if block["type"] == "text"]
        choice = (body.get("tool_choice") or {}).get("type")
        return Asked(
            texts[-1] if texts else "",
            () if choice == "none" else tuple(tool["name"] for tool in body.get("tools") or ()),
            any(block["type"] == "tool_result" for block in blocks[-1]),
            "format" in body.get("output_config", {}),
            any(block["type"] == "image" for block in users[-1]),
            bool(body.get("stream")),
            "toolu_",
        )

    def whole(self, said: Said) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "text", "text": said.text}] if said.text else []
        content += [{"type": "tool_use", "id": id, "name": name, "input": ARGUMENTS} for id, name in said.calls]
        return self._message(content, "tool_use" if said.calls else "end_turn")

    def stream(self, said: Said) -> tuple[bytes, list[bytes], bytes]:
        start = self._event("message_start", message=self._message([], None))
        start += self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        pieces = [self.text(char) for char in said.text] + [self._event("content_block_stop", index=0)]
        for index, (id, name) in enumerate(said.calls, 1):
            block = {"type": "tool_use", "id": id, "name": name, "input": {}}
            pieces.append(self._event("content_block_start", index=index, content_block=block))
            for part in ('{"city": ', '"Oslo"}'):
                delta = {"type": "input_json_delta", "partial_json": part}
                pieces.append(self._event("content_block_delta", index=index, delta=delta))
            pieces.append(self._event("content_block_stop", index=index))
        reason = {"stop_reason": "tool_use" if said.calls else "end_turn", "stop_sequence": None}
        end = self._event("message_delta", delta=reason, usage={"output_tokens": 5}) + self._event("message_stop")
        return start, pieces, end

    def text(self, text: str) -> bytes:
        return self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def error(self, code: str, message: str) -> dict[str, Any]:
        return {"type": "error", "error": {"type": code, "message": message}}

    def headers(self, status: int) -> dict[str, str]:
        return {"content-type": "application/json"}

    def _message(self, content: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
        usage = {"input_tokens": 12, "output_tokens": 5 if reason else 1}
        head = {"id": "msg_x", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
        return head | {"content": content, "stop_reason": reason, "usage": usage}

    def _event(self, kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False)}\n\n".encode()


class Bedrock:
    """botocore checks each request before it is sent; here it is checked once more as it came."""

    name, prefix, stream_type = "bedrock", "/model/", "application/vnd.amazon.eventstream"

    def read(self, path: str, body: dict[str, Any]) -> Asked:
        _, _, model, operation = path.split("/", 3)
        report = ParamValidator().validate(
            {"modelId": model, **_bytes(body)},
            _service().operation_model("ConverseStream" if operation == "converse-stream" else "Converse").input_shape,
        )
        assert not report.has_errors(), report.generate_report()
        turns = [turn["content"] for turn in body["messages"]]
        check_loop(
            (
                [block["toolUse"]["toolUseId"] for block in turn if "toolUse" in block],
                [block["toolResult"]["toolUseId"] for block in turn if "toolResult" in block],
            )
            for turn in turns
        )
        roles = [turn["role"] for turn in body["messages"]]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
        users = turns[::2]
        texts = [block["text"] for turn in users for block in turn if "text" in block]
        return Asked(
            texts[-1],
            tuple(t["toolSpec"]["name"] for t in body.get("toolConfig", {}).get("tools", ()) if "toolSpec" in t),
            any("toolResult" in block for block in turns[-1]),
            "textFormat" in body.get("outputConfig", {}),
            any("image" in block for block in users[-1]),
            operation == "converse-stream",
            "tooluse_",
        )

    def whole(self, said: Said) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
        content += [{"toolUse": {"toolUseId": id, "name": name, "input": ARGUMENTS}} for id, name in said.calls]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": "tool_use" if said.calls else "end_turn",
            **self._metadata(),
        }

    def stream(self, said: Said) -> tuple[bytes, list[bytes], bytes]:
        pieces = [self.text(char) for char in said.text]
        for index, (id, name) in enumerate(said.calls, 1):
            start = {"toolUse": {"toolUseId": id, "name": name}}
            pieces.append(event("contentBlockStart", {"contentBlockIndex": index, "start": start}))
            for part in ('{"city": ', '"Oslo"}'):
                delta = {"toolUse": {"input": part}}
                pieces.append(event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}))
            pieces.append(event("contentBlockStop", {"contentBlockIndex": index}))
        end = event("messageStop", {"stopReason": "tool_use" if said.calls else "end_turn"})
        return event("messageStart", {"role": "assistant"}), pieces, end + event("metadata", self._metadata())

    def text(self, text: str) -> bytes:
        return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})

    def error(self, code: str, message: str) -> dict[str, Any]:
        return {"message": message}

    def headers(self, status: int) -> dict[str, str]:
        code = {429: "ThrottlingException", 400: "ValidationException"}.get(status, "InternalServerException")
        return {"content-type": "application/json"} | ({"x-amzn-errortype": code} if status >= 400 else {})

    def _metadata(self) -> dict[str, Any]:
        return {"usage": {"inputTokens": 12, "outputTokens": 5, "totalTokens": 17}, "metrics": {"latencyMs": 1}}


@cache
def _service() -> Any:
    return botocore.session.get_session().get_service_model("bedrock-runtime")


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _bytes(value: Any) -> Any:
    """What stands as base64 in the JSON, as the bytes that the model names."""
    if isinstance(value, dict):
        return {k: b"" if k in {"bytes", "redactedContent"} else _bytes(inner) for k, inner in value.items()}
    return [_bytes(inner) for inner in value] if isinstance(value, list) else value


SHAPES: tuple[Shape, ...] = (OpenAI(), Anthropic(), Bedrock())
