"""Usage objects in every shape that public bug reports name, through the readers that meet them.

Each fixture in `tests/fixtures/usage` is written after its `source`; `usages` are those of the answer, or of a stream's
chunks in order. Whatever the shape, each token is counted once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pointsman.domain import End, Usage
from pointsman.providers import anthropic_answer, bedrock_answer, openai_answer
from pointsman.providers.registry import VENDORS

FIXTURES = [
    json.loads(path.read_text()) | {"name": path.stem} for path in sorted(Path("tests/fixtures/usage").glob("*"))
]

Read = Callable[[Mapping[str, Any]], Usage | None]


def openai(fixture: Mapping[str, Any]) -> Usage | None:
    vendor = VENDORS[fixture["provider"]]
    if not fixture["stream"]:
        choice = {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
        body = {"choices": [choice], "usage": fixture["usages"][0]}
        return openai_answer.read_completion(vendor, json.dumps(body).encode()).usage
    reader = openai_answer.StreamReader(vendor)
    last = len(fixture["usages"]) - 1
    first = {"choices": [{"index": 0, "delta": {"content": "Hi."}}]}
    finish = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    for piece in (first, finish):
        assert not any(isinstance(chunk, End) for chunk in reader.read(json.dumps(piece)))
    for place, usage in enumerate(fixture["usages"]):
        choices = [] if place == last else [{"index": 0, "delta": {"content": ""}}]
        list(reader.read(json.dumps({"choices": choices, "usage": usage})))
    *_, end = reader.end()
    assert isinstance(end, End)
    return end.usage


def anthropic(fixture: Mapping[str, Any]) -> Usage | None:
    first, *later = fixture["usages"]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "usage": first}
    if not fixture["stream"]:
        whole = message | {"content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn"}
        return anthropic_answer.read_completion(json.dumps(whole).encode()).usage
    reader = anthropic_answer.StreamReader()
    list(reader.read(json.dumps({"type": "message_start", "message": message | {"stop_reason": None}})))
    for usage in later:
        delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
        list(reader.read(json.dumps(delta)))
    list(reader.read(json.dumps({"type": "message_stop"})))
    return reader.end().usage


def bedrock(fixture: Mapping[str, Any]) -> Usage | None:
    (usage,) = fixture["usages"]
    if not fixture["stream"]:
        message = {"role": "assistant", "content": [{"text": "Hi."}]}
        answer = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}
        return bedrock_answer.read_completion(answer).usage
    reader = bedrock_answer.StreamReader()
    for event in ({"messageStop": {"stopReason": "end_turn"}}, {"metadata": {"usage": usage}}):
        list(reader.read(event))
    return reader.end().usage


READERS: Mapping[str, Read] = {"anthropic": anthropic, "bedrock": bedrock}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture["name"])
def test_each_token_is_counted_once(fixture: dict[str, Any]) -> None:
    assert fixture["source"].startswith("https://")
    found = READERS.get(fixture["provider"], openai)(fixture)
    expected = fixture["expected"]
    assert found == (None if expected is None else Usage(**expected))
