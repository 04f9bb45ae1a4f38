"""Bedrock, as boto3 sees it on the loopback, failing in every way: the ledger says what its replies have cost.

One request at a time and no fault that takes time: boto3 works in threads, which virtual time would not wait for.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config

from pointsman.domain import TierMap
from tests.chaos.test_chaos import world
from tests.chaos.upstream import WORDS, tokens
from tests.fakes import tier_map
from tests.unit.providers.bedrock_server import Reply, event, events, serve

REQUESTS = 200
TEXT = "".join(WORDS)
PROMPT = 4 + tokens("What is the capital of France?")
USAGE = {"inputTokens": PROMPT, "outputTokens": tokens(TEXT), "totalTokens": PROMPT + tokens(TEXT)}
WHOLE = {
    "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}},
    "stopReason": "end_turn",
    "usage": USAGE,
    "metrics": {"latencyMs": 1},
}
SPOKEN = [
    ("messageStart", {"role": "assistant"}),
    *(("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}}) for word in WORDS),
]
END = [("messageStop", {"stopReason": "end_turn"}), ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}})]
Bill = tuple[int, int] | None
"""Tokens of the prompt and of the answer that a reply costs."""


def refused(name: str, status: int) -> tuple[Reply, Bill]:
    return Reply(json.dumps({"message": "no"}).encode(), status, {"x-amzn-errortype": name}), None


REFUSALS = [
    refused("ThrottlingException", 429),
    refused("InternalServerException", 500),
    refused("ServiceUnavailableException", 503),
    refused("ExpiredTokenException", 403),
]
ANSWERS: Mapping[bool, list[tuple[Reply, Bill]]] = {
    False: [
        *[(Reply(json.dumps(WHOLE).encode()), (PROMPT, tokens(TEXT)))] * 20,
        *REFUSALS,
        (Reply(b"<html>It works!</html>"), (PROMPT, 0)),
        (Reply(json.dumps(WHOLE).encode()[:40], missing=60), (PROMPT, 0)),
    ],
    True: [
        *[(Reply(events(*SPOKEN, *END)), (PROMPT, tokens(TEXT)))] * 20,
        *REFUSALS,
        (Reply(events(*SPOKEN[:3])), (PROMPT, tokens("".join(WORDS[:2])))),
        (
            Reply([*events(*SPOKEN[:2]), event("throttlingException", {"message": "no"}, kind="exception")]),
            (PROMPT, tokens(WORDS[0])),
        ),
    ],
}


def on_bedrock() -> TierMap:
    plain = tier_map()
    models = {alias: replace(model, provider="bedrock") for alias, model in plain.models.items()}
    return replace(plain, models=models)


@pytest.mark.parametrize("stream", [False, True])
async def test_bedrock_through_every_fault(stream: bool) -> None:
    draw = random.Random(6)
    planned = [draw.choice(ANSWERS[stream]) for _ in range(10 * REQUESTS)]
    with serve() as server:
        server.replies += [reply for reply, _ in planned]
        client = boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=server.url,
            config=Config(retries={"total_max_attempts": 1}),
        )
        async with world(on_bedrock(), bedrock=lambda region: client) as here:
            answers = [await here.ask(stream) for _ in range(REQUESTS)]
        calls = len(server.requests)
    assert {response.status_code for response in answers} >= {200}
    assert len(here.events) == REQUESTS
    assert sum(response.status_code == 200 for response in answers) > REQUESTS / 2
    charged = Counter(
        attempt.usage and (attempt.usage.input, attempt.usage.output)
        for each in here.events
        for attempt in each.attempts
    )
    assert charged == Counter(bill for _, bill in planned[:calls])
