"""What is ours is found and ended with all its children; what is not ours is left alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local import emulator as emulators
from local.__main__ import app
from local.emulator import Emulator, running, stop
from local.failure import LocalFailure

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process group that sleeps, under a name far to the right on its command line."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> subprocess.Popen[bytes]:
        program = "import subprocess, sys, time; print(flush=True); time.sleep(30)"
        process = subprocess.Popen(
            [sys.executable, "-c", program, "x" * 200, name], start_new_session=True, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        (tmp_path / "emulator.pid").write_text(str(process.pid))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_an_emulator_is_found_and_ended(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    process = start("ministack")
    assert running(tmp_path) == process.pid
    assert stop(tmp_path)
    assert running(tmp_path) is None
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_somebody_elses_process_of_the_same_number_is_left_alone(start: Start, tmp_path: Path) -> None:
    process = start("innocent")
    assert running(tmp_path) is None
    assert not stop(tmp_path)
    assert process.poll() is None


def test_a_newer_emulator_is_left_to_who_started_it(start: Start, tmp_path: Path) -> None:
    process = start("ministack")
    assert not stop(tmp_path, only=process.pid + 1)
    assert running(tmp_path) == process.pid


@pytest.mark.parametrize("content", [None, "", "half a numb"])
def test_a_broken_pid_file_means_nothing_runs(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "emulator.pid").write_text(content)
    assert not stop(tmp_path)


def test_a_port_in_use_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulators, "PROGRAM", Path(sys.executable))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalFailure, match=f"Port {port} is in use"):
            Emulator(port, tmp_path).start()


def test_what_runs_goes_on_where_another_cannot_start(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emulators, "PROGRAM", Path(sys.executable))
    process = start("ministack")
    (tmp_path / "emulator.port").write_text("4711")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(LocalFailure, match="in use"):
            Emulator(taken.getsockname()[1], tmp_path).start()
        assert process.poll() is None
        (tmp_path / "emulator.port").write_text(str(taken.getsockname()[1]))
        monkeypatch.setattr(emulators, "PROGRAM", Path("/bin/false"))
        with pytest.raises(LocalFailure, match="did not start"):
            Emulator(taken.getsockname()[1], tmp_path).start()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("port", ["0", "80000"])
def test_a_port_that_there_is_not_is_said(port: str) -> None:
    refused = CliRunner().invoke(app, ["run", "--port", port])
    assert (refused.exit_code, "--port" in refused.output) == (2, True)
