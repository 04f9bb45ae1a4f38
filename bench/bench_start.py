"""Time a cold start of the packed router: import of its handler, memory, size of the zip.

PYTHONPATH=lambdas python -m bench.bench_start
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from bench.stage import stage
from infra.bundle import bundle
from local.failure import LocalFailure

RUNS = 7
IMPORT = """
import time
wall, cpu = time.perf_counter(), time.process_time()
import router.handler
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
import os, subprocess
rss = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True).stdout
print(1_000 * wall, 1_000 * cpu, int(rss) / 1024)
"""


@dataclass(frozen=True)
class Start:
    """Medians over fresh processes: milliseconds by the clock and of CPU, and resident megabytes after it."""

    wall: float
    cpu: float
    megabytes: float


def megabytes() -> float:
    """Of the zip that goes to AWS."""
    return bundle("router", "aws").stat().st_size / 1e6


def measure(environment: Mapping[str, str]) -> Start:
    """Import the handler of the bundle for this machine."""
    with tempfile.TemporaryDirectory(prefix="pointsman-start-") as folder:
        with zipfile.ZipFile(bundle("router", "local")) as packed:
            packed.extractall(folder)
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": folder, "PYTHONNOUSERSITE": "1"}
        # -S: nothing of this environment, only what was packed.
        command = [sys.executable, "-S", "-c", IMPORT]
        runs = []
        for _ in range(RUNS + 1):
            done = subprocess.run(command, env=own | dict(environment), capture_output=True, text=True, cwd=folder)
            if done.returncode:
                raise LocalFailure(f"The packed handler does not import: {done.stderr.strip().splitlines()[-1]}")
            runs.append([float(figure) for figure in done.stdout.split()[-3:]])
    return Start(*(statistics.median(column) for column in zip(*runs[1:], strict=True)))


def main() -> None:
    with stage() as stood:
        start = measure(stood.environment)
        print(
            f"import of the handler: {start.wall:.0f} ms, {start.cpu:.0f} ms of CPU, {start.megabytes:.0f} MB after it"
        )
    print(f"zip for AWS: {megabytes():.1f} MB")


if __name__ == "__main__":
    main()
