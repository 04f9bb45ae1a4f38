"""The same app under uvicorn, as the Lambda Web Adapter hosts it, against the deployed tables: here answers stream."""

from __future__ import annotations

import httpx
import openai
import pytest

from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e

QUESTION: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Name three rivers."}]


def test_the_official_sdk_streams(deployment: Deployment, url: str) -> None:
    sdk = openai.OpenAI(base_url=url, api_key=deployment.key, max_retries=0)
    stream = sdk.chat.completions.create(
        model="auto", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens > 0


def test_headers_come_first_and_the_cost_last(deployment: Deployment, url: str) -> None:
    body = {"model": "auto", "messages": QUESTION, "stream": True}
    with httpx.stream(
        "POST", f"{url}/chat/completions", json=body, headers={"authorization": f"Bearer {deployment.key}"}
    ) as response:
        assert response.headers["x-router-model"]
        lines = [line for line in response.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert lines[-2].startswith(": pointsman cost-usd=0.0")


def test_a_wrong_key_is_refused_before_any_stream(url: str) -> None:
    sdk = openai.OpenAI(base_url=url, api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        sdk.chat.completions.create(model="auto", messages=QUESTION, stream=True)


def test_a_body_of_over_6_mb_is_refused(deployment: Deployment, url: str) -> None:
    response = httpx.post(
        f"{url}/chat/completions",
        content=b'{"model": "auto", "messages": [{"role": "user", "content": "' + b"x" * 7_000_000 + b'"}]}',
        headers={"authorization": f"Bearer {deployment.key}"},
    )
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "payload_too_large"
