"""A small real model on this machine, for `make run LOCAL_MODEL=1`: Gemma 3 270M behind llama.cpp's OpenAI routes."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx

from local.emulator import ROOT
from local.failure import LocalFailure
from local.ports import free_port
from local.vendors import LOCAL_OUTPUT

PYTHON = ROOT / ".venv-model" / "bin" / "python"
SERVER = Path(__file__).with_name("model_server.py")
LOAD_SECONDS = 60


class LocalModel:
    """The model's server as a child process. It ends when its standard input does, so it cannot outlive us."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Serve the model on loopback and give its base URL. Raises `LocalFailure`."""
        self._state.mkdir(parents=True, exist_ok=True)
        port = free_port()
        log = self._state / "model.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [PYTHON, SERVER, str(port), self._state / "model.gguf", str(LOCAL_OUTPUT)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                    return f"http://127.0.0.1:{port}/v1"
            time.sleep(0.2)
        self.stop()
        raise LocalFailure(f"The local model did not start; its log is {log}")

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
