"""Time what a dialect's stream adds to a chunk: p50 and p99 in microseconds, over the bare chunks.

python bench/bench_streams.py
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

from pointsman.domain import Chunk, End, Finish, TextDelta, Usage, request_of
from pointsman.wire.dialect import Dialect, Envelope
from pointsman.wire.dialects import CHAT_PATHS
from pointsman.wire.sse import stream_events

CHUNKS = 20_000
REQUEST = request_of("hi")


async def chunks() -> AsyncIterator[Chunk]:
    for _ in range(CHUNKS):
        yield TextDelta("a word, é")
    yield End(Finish.STOP, Usage(1, 1))


async def run(dialect: Dialect) -> None:
    writer = dialect.event_writer(Envelope("1", "small", 1_800_000_000, REQUEST))
    times = []
    last = time.perf_counter()
    async for _ in stream_events(chunks(), lambda: writer, trailer=str):
        now = time.perf_counter()
        times.append((now - last) * 1e6)
        last = now
    cuts = statistics.quantiles(times, n=100)
    print(f"{dialect.name:10} {cuts[49]:8.1f} {cuts[98]:8.1f}")


async def main() -> None:
    print(f"{'dialect':10} {'p50 µs':>8} {'p99 µs':>8}")
    for dialect in CHAT_PATHS.values():
        await run(dialect)


if __name__ == "__main__":
    asyncio.run(main())
