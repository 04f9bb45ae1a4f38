"""Time the providers' streams over the loopback: what a chunk costs, and how soon a model is let go of.

python bench/bench_providers.py
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import boto3
import httpx
from botocore import UNSIGNED
from botocore.config import Config

from pointsman.domain import Model, Prices, request_of
from pointsman.providers.anthropic import Anthropic
from pointsman.providers.base import Provider
from pointsman.providers.bedrock import Bedrock
from pointsman.providers.openai_compatible import OpenAICompatible
from pointsman.providers.registry import VENDORS
from pointsman.providers.sse import EventReader
from tests.unit.providers.bedrock_server import event

CHUNKS = 10_000
WORD = "pointsman "
HANG_UPS = 20
REQUEST = request_of("Hi")


def sse(*events: object) -> bytes:
    return b"".join(f"data: {json.dumps(one)}\n\n".encode() for one in events)


def openai_stream(count: int) -> tuple[bytes, bytes, bytes]:
    piece = sse({"choices": [{"index": 0, "delta": {"content": WORD}, "finish_reason": None}]})
    return b"", piece, sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n"


def anthropic_stream(count: int) -> tuple[bytes, bytes, bytes]:
    usage = {"input_tokens": 9, "output_tokens": 1}
    start = sse(
        {"type": "message_start", "message": {"content": [], "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    )
    piece = sse({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORD}})
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": count}}
    return start, piece, sse(end, {"type": "message_stop"})


def bedrock_stream(count: int) -> tuple[bytes, bytes, bytes]:
    piece = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": WORD}})
    return event("messageStart", {"role": "assistant"}), piece, event("messageStop", {"stopReason": "end_turn"})


Stream = Callable[[int], tuple[bytes, bytes, bytes]]


def providers(url: str) -> Iterable[tuple[str, Provider, Model, Stream]]:
    http = httpx.AsyncClient()
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    client = boto3.client("bedrock-runtime", endpoint_url=url, region_name="us-east-1", config=config)
    model = Model("m", "", "m", Prices(1, 5), 200_000, 64_000, endpoint=url, secret="s")  # noqa: S106
    yield "openai", OpenAICompatible(VENDORS["openai"], http, lambda _: "k"), model, openai_stream
    yield "anthropic", Anthropic(http, lambda _: "k"), model, anthropic_stream
    yield "bedrock", Bedrock(lambda _: client), model, bedrock_stream


def chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Server:
    """Answers every call with `stream`, whole, or with its first piece until the client has gone."""

    def __init__(self) -> None:
        self.stream: Stream = openai_stream
        self.endless = False
        self.gone: asyncio.Queue[float] = asyncio.Queue()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        start, piece, end = self.stream(CHUNKS)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(chunked(start + piece))
        with contextlib.suppress(ConnectionError):
            if self.endless:
                await reader.read()
                self.gone.put_nowait(time.perf_counter())
            else:
                for _ in range(CHUNKS):
                    writer.write(chunked(piece))
                    await writer.drain()
                writer.write(chunked(end) + b"0\r\n\r\n")
                await writer.drain()
        writer.close()


async def chunk_cost(provider: Provider, model: Model) -> float:
    """Milliseconds of this process's CPU a chunk, the server's share included."""
    started, count = time.process_time(), 0
    async for _ in provider.stream(model, REQUEST, 30):
        count += 1
    return 1_000 * (time.process_time() - started) / count


async def hang_up(provider: Provider, model: Model, server: Server) -> float:
    chunks: AsyncIterator[object] = provider.stream(model, REQUEST, 30)
    await anext(chunks)
    waiting = asyncio.ensure_future(anext(chunks))
    await asyncio.sleep(0.02)
    started = time.perf_counter()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
        await waiting
    await chunks.aclose()  # type: ignore[attr-defined]
    return 1_000 * (await server.gone.get() - started)


def memory() -> float:
    """The most that reading 10 MB of events held, in kB."""
    piece = openai_stream(1)[1]
    reader = EventReader()
    tracemalloc.start()
    for _ in range(10_000_000 // len(piece)):
        for _ in reader.feed(piece):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1_000


async def main() -> None:
    server = Server()
    listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    print(f"{'provider':10} {'ms a chunk':>10} {'let go p50 ms':>14} {'most':>8}")
    for name, provider, model, stream in providers(url):
        server.stream, server.endless = stream, False
        cost = await chunk_cost(provider, model)
        server.endless = True
        times = [await hang_up(provider, model, server) for _ in range(HANG_UPS)]
        print(f"{name:10} {cost:10.4f} {statistics.median(times):14.1f} {max(times):8.1f}")
    print(f"EventReader over 10 MB: {memory():.1f} kB at most")


if __name__ == "__main__":
    asyncio.run(main())
