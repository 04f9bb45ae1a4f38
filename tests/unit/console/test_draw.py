"""What the console's script makes of amounts, asked of Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman import console

DRAW = Path(console.__file__).with_name("static") / "draw.js"
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")


def drawn(expression: str) -> object:
    if NODE is None:
        pytest.skip("no Node on this machine")
    script = f"import {{ usd, above }} from {json.dumps(DRAW.as_uri())};\nconsole.log(JSON.stringify({expression}));"
    done = subprocess.run([NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_small_amounts_keep_three_digits_and_large_ones_two_places() -> None:
    amounts = [0, 1, 5_130, 9_830_000, 13_800_000, -1_806_000, 1_234_567_890, 123_456_789_012]
    shown = ["0.00", "0.000000001", "0.00000513", "0.00983", "0.0138", "-0.00181", "1.23", "123.46"]
    assert drawn(f"{amounts}.map(usd)") == shown


def test_an_axis_ends_at_a_round_figure_above_its_bars() -> None:
    assert drawn("[1, 17458000, 20000000, 3e9].map(above)") == [1, 20_000_000, 20_000_000, 5_000_000_000]
