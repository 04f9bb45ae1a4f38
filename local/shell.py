"""What a second terminal must know so that `pointsman`, `aws` and boto3 speak to what `make run` serves."""

from __future__ import annotations

import shlex
from pathlib import Path

from local.deploy import Outputs
from local.emulator import ROOT, Emulator

COMMANDS = ROOT / ".venv" / "bin"


def write_exports(file: Path, emulator: Emulator, outputs: Outputs, key: str) -> None:
    """Lines for a shell to source, for this user's eyes alone."""
    values = {**emulator.environment, "POINTSMAN_ENDPOINT": outputs.endpoint, "POINTSMAN_API_KEY": key}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    lines.append(f'export PATH={shlex.quote(str(COMMANDS))}:"$PATH"')
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")
