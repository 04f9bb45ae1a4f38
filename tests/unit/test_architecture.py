"""Imports go one way, and the router's cold start carries nothing that it does not need."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LAMBDAS = Path(__file__).parents[2] / "lambdas"
PACKAGE = LAMBDAS / "pointsman"

LAYERS = [
    {"domain", "errors"},
    {"conversation"},
    {"classify", "tiermap", "policy", "metering", "accounts", "providers", "wire", "rollout"},
    {"invoke", "admission"},
    {"second_look"},
    {"exchange", "console"},
    {"api"},
    {"app"},
]
"""From the bottom up: a module imports from its own layer's folder and from the layers below, never upwards."""

PURE = ["domain", "errors.py", "policy", "classify", "metering", "conversation.py", "rollout.py"]
WORLD = {"boto3", "botocore", "httpx", "socket", "urllib", "requests", "starlette", "mangum"}


def sources(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer(name: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if name in names)


@pytest.mark.parametrize("path", [p for p in sources(PACKAGE) if p.parent != PACKAGE or p.stem != "__init__"], ids=str)
def test_a_module_imports_only_downwards(path: Path) -> None:
    own = part(path)
    for name in imports(path):
        assert name.split(".")[0] not in {"router", "publisher", "infra", "cli", "local", "tests"}
        if name.startswith("pointsman."):
            other = name.split(".")[1]
            assert other == own or layer(other) < layer(own), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", [p for name in PURE for p in sources(PACKAGE / name)], ids=str)
def test_the_pure_core_does_not_touch_the_world(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & WORLD


def test_the_router_imports_nothing_heavy() -> None:
    """In a process of its own: what other tests imported does not count."""
    program = "import router.wiring, mangum, sys; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(LAMBDAS)}
    ).stdout.split()
    assert "starlette" in loaded
    assert not {"sklearn", "pandas", "scipy", "aws_cdk", "moto", "openai", "hypothesis", "yaml"} & set(loaded)
