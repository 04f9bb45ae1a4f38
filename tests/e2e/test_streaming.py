"""The same app under uvicorn, as the Lambda Web Adapter hosts it, against the deployed tables: here answers stream."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e

LAMBDAS = Path(__file__).parents[2] / "lambdas"
QUESTION: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Name three rivers."}]


@pytest.fixture(scope="module")
def url(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The router's base URL under uvicorn, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = deployment.emulator.environment | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(LAMBDAS),
        "MAP_TABLE": deployment.outputs.map_table,
        "ACCOUNTS_TABLE": deployment.outputs.accounts_table,
        "STAGE": "dev",
    }
    command = [sys.executable, "-m", "uvicorn", "router.asgi:app", "--host", "127.0.0.1", "--port", str(port)]
    log = tmp_path_factory.mktemp("uvicorn") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    root = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                httpx.get(f"{root}/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield f"{root}/v1"
    finally:
        process.terminate()
        process.wait(10)


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
