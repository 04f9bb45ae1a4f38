"""Other people's clients, each in a process of its own, against every shape of upstream."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conformance.conftest import KEY, Router
from tests.conformance.test_sdks import MODELS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHECKS = ["cancel", "chat", "error", "image", "stream", "structured", "tools", "usage"]
PYTHON = ROOT / ".venv-conformance" / "bin" / "python"
CLIENTS: dict[str, list[Path | str]] = {
    "langchain": [PYTHON, HERE / "clients" / "langchain_client.py"],
    "litellm": [PYTHON, HERE / "clients" / "litellm_client.py"],
    "pydantic_ai": [PYTHON, HERE / "clients" / "pydantic_ai_client.py"],
    "node_openai": ["node", HERE / "node" / "openai.mjs"],
    "node_anthropic": ["node", HERE / "node" / "anthropic.mjs"],
    "vercel_ai": ["node", HERE / "node" / "vercel_ai.mjs"],
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_does_all_that_it_can(client: str, router: Router) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "ROUTER_URL": router.url,
        "ROUTER_KEY": KEY,
        "MODELS": ",".join(MODELS),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "AI_SDK_LOG_WARNINGS": "false",
    }
    done = subprocess.run(CLIENTS[client], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{router.upstream.faults}"
    assert json.loads(done.stdout.splitlines()[-1]) == CHECKS
    abandoned = router.event("abandoned")
    assert abandoned.cost_nano > 0
    assert len(router.upstream.gone) >= len(MODELS)
