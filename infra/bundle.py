"""Packs a function with its dependencies into one zip, without Docker: pip fetches wheels for where it will run.

Everything lands in `build/` and is made again only when what went into it has changed. The zip is deterministic, so an
unchanged function is not deployed anew.
"""

from __future__ import annotations

import compileall
import hashlib
import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
LAMBDAS = ROOT / "lambdas"
BUILD = ROOT / "build"

Target = Literal["aws", "local"]

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = HERE if HERE in {"3.11", "3.12", "3.13", "3.14"} else "3.13"
"""The runtime in AWS: this machine's Python where Lambda has it, as only then can the bundle carry bytecode for it,
which spares a cold start compiling every module. An emulator always runs functions with this machine's."""
WHEELS: dict[Target, list[str]] = {
    "aws": [
        *("--platform", "manylinux2014_aarch64", "--platform", "manylinux_2_28_aarch64"),
        *("--python-version", PYTHON, "--implementation", "cp", "--only-binary=:all:"),
    ],
    "local": [],
}
EFFORT: dict[Target, int] = {"aws": 9, "local": 1}
"""Of compression: a zip for AWS has a size to keep to, one for this machine is wanted soon."""
SERVICES = frozenset({"bedrock-runtime", "dynamodb", "logs", "secretsmanager", "sts"})
"""The AWS services the functions call; botocore's descriptions of the four hundred others stay behind."""
NEVER = frozenset({"tests", "test", "bin", "py.typed"})
UNUSED = (
    *(f"aws_lambda_powertools/utilities/{part}" for part in ("data_classes", "kafka", "parameters", "parser")),
    "aws_lambda_powertools/event_handler",
    "pydantic/v1",
)
"""Packages within packages that are loaded only by who names them, and nothing here does."""
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
"""Bytecode that is taken as it is: the times of files do not survive a deterministic zip."""
LAYOUT_VERSION = 3
"""Raise it when the rules below change, so that bundles made by the old ones are not reused."""


class BundleFailed(Exception):
    """The dependencies could not be fetched; the message is pip's own last line."""


def bundle(function: str, target: Target, *, lambdas: Path = LAMBDAS, build: Path = BUILD) -> Path:
    """The zip of `lambdas/<function>` with the shared package and every dependency. Raises `BundleFailed`."""
    packages = _dependencies(lambdas / "requirements.txt", target, build)
    own = {path: path.relative_to(lambdas) for part in ("pointsman", function) for path in kept(lambdas / part)}
    own = {path: name for path, name in own.items() if path.suffix != ".pyc"}
    mark = _hash(packages.name, *(f"{name}\0{_digest(path)}" for path, name in sorted(own.items())))
    archive = build / f"{function}-{target}-{mark}.zip"
    if not archive.exists():
        for old in build.glob(f"{function}-{target}-*.zip"):
            old.unlink()
        files = {path: path.relative_to(packages) for path in kept(packages)} | own
        with tempfile.TemporaryDirectory() as scratch:
            if target == "local" or PYTHON == HERE:
                files |= _bytecode(own, Path(scratch))
            _write_zip(archive, files, EFFORT[target])
        print(f"{function}: {archive.stat().st_size / 1e6:.1f} MB zipped, {len(files)} files", file=sys.stderr)
    return archive


def kept(folder: Path) -> Iterator[Path]:
    """The files under a folder that a function needs at run time."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and needed(path.relative_to(folder)):
            yield path


def needed(path: Path) -> bool:
    """Whether an installed file, given relative to the bundle's root, is of any use in Lambda.

    No dependency reads its own `.dist-info` when imported, so none is kept.
    """
    if NEVER.intersection(path.parts) or path.suffix == ".pyi" or path.parts[0].endswith(".dist-info"):
        return False
    if any(path.is_relative_to(unused) for unused in UNUSED):
        return False
    match path.parts:
        case ("botocore" | "boto3", "data", service, _, *_):
            return service in SERVICES
        case ("botocore" | "boto3", "examples", *_):
            return False
    return True


def _dependencies(requirements: Path, target: Target, build: Path) -> Path:
    """The folder with the dependencies, made by pip once for each content of the requirements."""
    host = f"{sys.implementation.cache_tag}-{sys.platform}" if target == "local" else PYTHON
    mark = _hash(requirements.read_text(), target, host, str(LAYOUT_VERSION))
    folder = build / f"packages-{target}-{mark}"
    if folder.exists():
        return folder
    build.mkdir(parents=True, exist_ok=True)
    for old in build.glob(f"packages-{target}-*"):
        shutil.rmtree(old, ignore_errors=True)
    print(f"fetching the functions' dependencies for {target} …", file=sys.stderr)
    unfinished = build / f"unfinished-{target}"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += [*WHEELS[target], "--target", str(unfinished), "--requirement", str(requirements)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own words only)
    if result.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BundleFailed(f"pip could not fetch {requirements.name} for {target}: {_last_error(result.stderr)}")
    if host.endswith(sys.platform) or host == HERE:
        compileall.compile_dir(unfinished, quiet=2, stripdir=unfinished, invalidation_mode=UNCHECKED)
    return unfinished.rename(folder)


def _bytecode(own: Mapping[Path, Path], scratch: Path) -> dict[Path, Path]:
    """Our own modules compiled, as Python looks for them beside the sources."""
    compiled = {}
    for path, name in own.items():
        if path.suffix == ".py":
            cached = Path(importlib.util.cache_from_source(name.as_posix()))
            py_compile.compile(str(path), str(scratch / cached), str(name), doraise=True, invalidation_mode=UNCHECKED)
            compiled[scratch / cached] = cached
    return compiled


def _last_error(output: str) -> str:
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines() or ["no output"]
    return errors[-1]


def _write_zip(archive: Path, files: dict[Path, Path], effort: int) -> None:
    unfinished = archive.with_suffix(f".{os.getpid()}.part")  # two builds at once must not share it
    with zipfile.ZipFile(unfinished, "w") as out:
        for path, name in sorted(files.items(), key=lambda item: item[1]):
            entry = zipfile.ZipInfo(name.as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
            executable = path.suffix == ".sh"
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            out.writestr(entry, path.read_bytes(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=effort)
    unfinished.rename(archive)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
