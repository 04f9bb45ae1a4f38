"""The AWS emulator as a process on 127.0.0.1, in a process group of its own so that its functions end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.failure import LocalFailure
from local.ports import listening

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / ".venv-emulator" / "bin" / "ministack"
START_SECONDS = 30


@dataclass(frozen=True)
class Emulator:
    """`state` holds its pid file, its port and its log."""

    port: int
    state: Path = ROOT / ".local"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.state / "emulator.log"

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS client needs in its environment to speak to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
        }

    def start(self, functions: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start afresh; one that an earlier run left is stopped first. `functions` is added to the environment of the
        functions. Raises `LocalFailure`."""
        if not PROGRAM.exists():
            raise LocalFailure("The emulator is not installed: make run sets everything up")
        if listening(self.port) and self.port != _port(self.state):
            raise LocalFailure(f"Port {self.port} is in use by another program; choose another: make run PORT=4666")
        stop(self.state)
        self.state.mkdir(parents=True, exist_ok=True)
        scratch = self.state / "tmp"
        scratch.mkdir(exist_ok=True)
        own = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(self.port), "TMPDIR": str(scratch), "LOG_LEVEL": "INFO"}
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [PROGRAM],
                env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | own | dict(functions or {}),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        (self.state / "emulator.port").write_text(str(self.port))
        (self.state / "emulator.pid").write_text(str(process.pid))
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if process.poll() is not None or time.monotonic() > deadline:
                stop(self.state)
                raise LocalFailure(f"The emulator did not start; its log is {self.log}")
            time.sleep(0.1)
        return process

    def _healthy(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/_ministack/health", timeout=2).status_code == 200
        return False


def running(state: Path) -> int | None:
    """The process group of the emulator that was started with this state, if it or one of its functions still lives."""
    try:
        group = int((state / "emulator.pid").read_text())
    except (OSError, ValueError):
        return None
    # After a restart of the machine the number may be somebody else's: the words tell.
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pgid=,command="], capture_output=True, text=True, check=True
    ).stdout
    return group if any(_ours(line, group) for line in listed.splitlines()) else None


def _port(state: Path) -> int | None:
    """Where the emulator that still runs listens."""
    if running(state) is None:
        return None
    with suppress(OSError, ValueError):
        return int((state / "emulator.port").read_text())
    return None


def _ours(line: str, group: int) -> bool:
    number, _, command = line.strip().partition(" ")
    return number == str(group) and "ministack" in command


def stop(state: Path, only: int | None = None) -> bool:
    """End the emulator and its functions, or only the one with this process id; whether there was one."""
    group = running(state)
    if only is not None and group != only:
        return False
    (state / "emulator.pid").unlink(missing_ok=True)
    if group is None:
        return False
    for sent, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
        with suppress(ProcessLookupError):
            os.killpg(group, sent)
        deadline = time.monotonic() + seconds
        while _alive(group) and time.monotonic() < deadline:
            time.sleep(0.05)
    return True


def _alive(group: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
