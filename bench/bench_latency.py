"""Time what stands between a client and its model: the router beside the LiteLLM proxy, over calling it directly.

PYTHONPATH=lambdas python -m bench.bench_latency

The three are asked in turn, one request at a time, and compared within each round, so that what else the machine does
falls on all of them alike. Medians.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.bench_classify import PROMPT
from bench.stage import Process, Stage, server, stage
from bench.upstream import CHUNKS, LAST, MODEL
from local.emulator import ROOT
from local.failure import LocalFailure
from local.ports import free_port

WARM_UP = 20
ROUNDS = 200
STREAM_ROUNDS = 30
LITELLM = ROOT / ".venv-litellm" / "bin" / "litellm"
QUIET = {
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
}
"""No telemetry, no list of prices fetched, nothing printed, no pages beside the API."""


@dataclass(frozen=True)
class Timing:
    """Milliseconds over calling the model directly."""

    whole: float
    first: float
    per_chunk: float


class Client:
    """One connection, kept alive."""

    def __init__(self, url: str, model: str, key: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._path = f"{parts.path}/chat/completions"
        self._headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}
        body = {"model": model, "messages": [{"role": "user", "content": PROMPT}]}
        self._whole = json.dumps(body).encode()
        self._stream = json.dumps(body | {"stream": True}).encode()

    def whole(self) -> float:
        """Milliseconds to the whole answer."""
        started = time.perf_counter()
        self._ask(self._whole).read()
        return 1_000 * (time.perf_counter() - started)

    def stream(self) -> tuple[float, float]:
        """Milliseconds to the first word, and from there to the end."""
        started = time.perf_counter()
        response = self._ask(self._stream)
        _read_past(response, b'"content"')
        first = time.perf_counter()
        _read_past(response, LAST)
        ended = time.perf_counter()
        response.read()
        return 1_000 * (first - started), 1_000 * (ended - first)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, body: bytes) -> http.client.HTTPResponse:
        self._connection.request("POST", self._path, body, self._headers)
        response = self._connection.getresponse()
        if response.status != 200:
            raise LocalFailure(f"{self._path} answered {response.status}: {response.read()[:300]!r}")
        return response


def _read_past(response: http.client.HTTPResponse, words: bytes) -> None:
    last = b""
    while line := response.readline():
        if words in line:
            return
        last = line if line.strip() else last
    raise LocalFailure(f"A stream ended before {words!r}; its last line: {last[:300]!r}")


def compare(clients: dict[str, Client], rounds: int = ROUNDS, stream_rounds: int = STREAM_ROUNDS) -> dict[str, Timing]:
    """What each adds to the client named `direct`."""
    for _ in range(WARM_UP):  # in turn too: uvicorn hangs up on who is silent for five seconds
        for client in clients.values():
            client.whole()
            client.stream()
    whole = [{name: client.whole() for name, client in clients.items()} for _ in range(rounds)]
    streams = [{name: client.stream() for name, client in clients.items()} for _ in range(stream_rounds)]
    firsts = [{name: first for name, (first, _) in one.items()} for one in streams]
    rests = [{name: rest for name, (_, rest) in one.items()} for one in streams]
    return {
        name: Timing(added(whole, name), added(firsts, name), added(rests, name) / (CHUNKS - 1))
        for name in clients
        if name != "direct"
    }


def added(rounds: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] - one["direct"] for one in rounds)


@contextmanager
def server_litellm(upstream: str) -> Iterator[Process]:
    """LiteLLM's proxy with the same model, one worker, and no database. Raises `LocalFailure`."""
    if not LITELLM.exists():
        raise LocalFailure("LiteLLM is not installed: make bench sets everything up")
    model = {"model": f"openai/{MODEL}", "api_base": upstream, "api_key": "none"}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": model}],
        "general_settings": {"master_key": "sk-bench"},
        "litellm_settings": {"telemetry": False},
    }
    with tempfile.TemporaryDirectory(prefix="pointsman-litellm-") as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(json.dumps(config))
        port = free_port()
        command = [str(LITELLM), "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
        environment = QUIET | {"HOME": folder, "PATH": f"{LITELLM.parent}{os.pathsep}{os.environ['PATH']}"}
        with server([*command, "--num_workers", "1"], port, environment) as process:
            yield process


def run(stage: Stage) -> dict[str, Timing]:
    with server_litellm(stage.upstream.url) as litellm:
        return compare(
            {
                "direct": Client(stage.upstream.url, MODEL, "none"),
                "router": Client(stage.router.url, "auto", stage.key),
                "LiteLLM": Client(litellm.url, MODEL, "sk-bench"),
            }
        )


def main() -> None:
    with stage() as stood:
        found = run(stood)
    print(f"{'added, ms':10} {'whole':>8} {'first':>8} {'a chunk':>8}")
    for name, timing in found.items():
        print(f"{name:10} {timing.whole:8.2f} {timing.first:8.2f} {timing.per_chunk:8.4f}")


if __name__ == "__main__":
    main()
