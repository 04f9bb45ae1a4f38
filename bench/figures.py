"""The figures that Pointsman is held to, measured on this machine: `make bench`.

PYTHONPATH=lambdas python -m bench.figures
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from bench import bench_classify, bench_latency, bench_start
from bench.bench_classify import PROMPT
from bench.bench_latency import Client
from bench.stage import stage
from infra.bundle import BundleFailed
from local.failure import LocalFailure

REQUESTS = 1_000


def main() -> None:
    p50, p99 = bench_classify.routing(PROMPT)
    with stage() as stood:
        added = bench_latency.run(stood)
        client = Client(stood.router.url, "auto", stood.key)
        for _ in range(REQUESTS):
            client.whole()
        memory = stood.router.megabytes
        start = bench_start.measure(stood.environment)
    ours, theirs = added["router"], added["LiteLLM"]
    rows = [
        ("classify and decide, a prompt of 2 kB, p50, p99", "1 ms, 3 ms", f"{p50:.2f} ms, {p99:.2f} ms"),
        ("added to a whole answer", "a tenth of LiteLLM's", f"{ours.whole:.1f} ms"),
        ("by LiteLLM's proxy in the same run", "", f"{theirs.whole:.1f} ms, {theirs.whole / ours.whole:.1f} times it"),
        ("added to the first chunk of a stream", "5 ms", f"{ours.first:.1f} ms (LiteLLM {theirs.first:.1f} ms)"),
        ("added to each further chunk", "0.1 ms", f"{ours.per_chunk:.3f} ms (LiteLLM {theirs.per_chunk:.3f} ms)"),
        ("import of the router's handler", "600 ms", f"{start.wall:.0f} ms, {start.cpu:.0f} ms of it CPU"),
        ("the zip for AWS", "30 MB", f"{bench_start.megabytes():.1f} MB"),
        ("memory after the import", "128 MB", f"{start.megabytes:.0f} MB"),
        (f"memory under uvicorn after {REQUESTS:,} requests and more", "128 MB", f"{memory:.0f} MB"),
    ]
    load = "/".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.platform()}, Python {platform.python_version()}, ", end="")
    print(f"{os.cpu_count()} cores, load average {load}. Medians, rounds interleaved.\n")
    print("| what | at most | here |\n| --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    try:
        main()
    except (LocalFailure, BundleFailed) as failure:
        sys.exit(str(failure))
