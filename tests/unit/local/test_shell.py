"""A shell that sources the file speaks to the emulator, and to nothing in AWS."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local.deploy import Outputs
from local.emulator import Emulator
from local.shell import COMMANDS, write_exports


def test_a_shell_that_sources_the_file_knows_the_deployment(tmp_path: Path) -> None:
    file = tmp_path / "env"
    write_exports(
        file, Emulator(4711, tmp_path), Outputs("http://localhost:4711/it's/v1", "map", "accounts"), "sk-pm-1"
    )
    assert file.stat().st_mode & 0o077 == 0
    said = '. "$0"; printf "%s\\n" "$AWS_ENDPOINT_URL" "$AWS_REGION" "$POINTSMAN_ENDPOINT" "$POINTSMAN_API_KEY" "$PATH"'
    done = subprocess.run(
        ["/bin/sh", "-c", said, file], env={"PATH": "/bin"}, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "http://localhost:4711",
        "us-east-1",
        "http://localhost:4711/it's/v1",
        "sk-pm-1",
        f"{COMMANDS}:/bin",
    ]
