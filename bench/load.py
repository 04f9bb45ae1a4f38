"""Load the router with locust, and see whether its memory stays flat: `make load`.

PYTHONPATH=lambdas python -m bench.load [REQUESTS [SECONDS]]

First at the app under uvicorn, in ten parts, then with fewer requests at the endpoint deployed into the emulator. Ends
after SECONDS at the latest, and says so where REQUESTS were not reached.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bench.stage import stage
from infra.settings import Settings
from local.emulator import ROOT
from local.failure import LocalFailure

LOCUST = ROOT / ".venv-load" / "bin" / "locust"
USERS = 8
PARTS = 10
DEPLOYED, DEPLOYED_SECONDS = 500, 90
"""Requests for the deployed endpoint: the emulator is no server to load."""
RATE: int = Settings.model_fields["rate"].default
DEPLOYED_PACE = 0.9 * RATE / USERS
"""Requests a second of one user there: together they stay below what API Gateway lets through."""


@dataclass(frozen=True)
class Load:
    """What locust saw. `times` counts requests by their milliseconds, which locust rounds."""

    requests: int
    failures: int
    times: Counter[int]
    seconds: float

    def __add__(self, other: Load) -> Load:
        return Load(
            self.requests + other.requests,
            self.failures + other.failures,
            self.times + other.times,
            self.seconds + other.seconds,
        )

    def __str__(self) -> str:
        p50, p95, p99 = (percentile(self.times, share) for share in (0.50, 0.95, 0.99))
        rate = self.requests / self.seconds if self.seconds else 0
        return f"{self.requests:,} | {self.failures} | {rate:.0f} | {p50} | {p95} | {p99}"


NOTHING = Load(0, 0, Counter(), 0)
HEAD = "| at | requests | errors | a second | p50 ms | p95 ms | p99 ms |\n| --- |" + 6 * " ---: |"


def percentile(times: Counter[int], share: float) -> int:
    """The time within which so large a share of the requests was answered."""
    left = share * times.total()
    for milliseconds in sorted(times):
        left -= times[milliseconds]
        if left <= 0:
            return milliseconds
    return 0


def read(statistics_: str) -> Load:
    """Locust's `--json`."""
    entries = json.loads(statistics_)
    times: Counter[int] = Counter()
    for entry in entries:
        for milliseconds, requests in entry["response_times"].items():
            times[round(float(milliseconds))] += requests
    starts, ends = [e["start_time"] for e in entries], [e["last_request_timestamp"] for e in entries]
    seconds = max(ends) - min(starts) if entries else 0
    return Load(sum(e["num_requests"] for e in entries), sum(e["num_failures"] for e in entries), times, seconds)


def slope(samples: Iterable[tuple[int, float]]) -> float:
    """Megabytes that 10,000 further requests add, by least squares."""
    requests, megabytes = zip(*samples, strict=True)
    return 10_000 * statistics.linear_regression(requests, megabytes).slope


def locust(url: str, key: str, requests: int, seconds: float, **options: str) -> Load:
    """Raises `LocalFailure`."""
    if not LOCUST.exists():
        raise LocalFailure("locust is not installed: make load sets everything up")
    own = {"LOAD_KEY": key, "LOAD_REQUESTS": str(requests), **options}
    command = [str(LOCUST), "-f", str(ROOT / "bench" / "locustfile.py"), "--headless", "--json", "--only-summary"]
    command += ["--users", str(USERS), "--spawn-rate", str(USERS), "--host", url, "--loglevel", "ERROR"]
    command += ["--run-time", f"{max(1, round(seconds))}s", "--exit-code-on-error", "0"]
    done = subprocess.run(command, env=dict(os.environ) | own, capture_output=True, text=True)
    if done.returncode:
        raise LocalFailure(f"locust failed: {''.join(done.stderr.strip().splitlines()[-1:])[:300]}")
    return read(done.stdout)


def main(requests: int = 100_000, seconds: float = 1_200) -> None:
    with stage() as stood:
        ends = time.monotonic() + seconds
        load, samples = NOTHING, [(0, stood.router.megabytes)]
        for _ in range(PARTS):
            left = ends - time.monotonic()
            if left > 1:
                load += locust(stood.router.url, stood.key, requests // PARTS, left, LOAD_STREAMS="1")
                samples.append((load.requests, stood.router.megabytes))
        print(f"{HEAD}\n| the app under uvicorn | {load} |")
        locust(stood.deployed, stood.key, 2 * USERS, DEPLOYED_SECONDS)  # a container for each user
        deployed = locust(stood.deployed, stood.key, DEPLOYED, DEPLOYED_SECONDS, LOAD_PACE=str(DEPLOYED_PACE))
        print(f"| the endpoint in the emulator | {deployed} |\n")
    print(f"{USERS} users without a pause, one request in ten streamed; at the endpoint whole, below {RATE} a second.")
    print("The router's memory, MB:", ", ".join(f"{mb:.1f} at {count:,}" for count, mb in samples))
    if len(samples) > 3:
        print(f"From {samples[1][0]:,} requests on: {slope(samples[1:]):+.2f} MB for each 10,000.")
    if load.requests < requests:
        print(f"Stopped after {seconds:.0f} s, short of {requests:,} requests.")


if __name__ == "__main__":
    try:
        main(*(int(argument) for argument in sys.argv[1:]))
    except LocalFailure as failure:
        sys.exit(str(failure))
