from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import bundle as bundling
from infra.bundle import LAMBDAS, SERVICES, BundleFailed, bundle, needed


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("botocore/data/dynamodb/2012-08-10/service-2.json.gz", True),
        ("botocore/data/bedrock-runtime/2023-09-30/service-2.json.gz", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("botocore/data/endpoints.json", True),
        ("botocore/data/sdk-default-configuration.json", True),
        ("boto3/data/dynamodb/2012-08-10/resources-1.json", True),
        ("boto3/data/s3/2006-03-01/resources-1.json", False),
        ("boto3/examples/s3.rst", False),
        ("botocore/client.py", True),
        ("certifi/cacert.pem", True),
        ("pydantic_core/_pydantic_core.cpython-313-aarch64-linux-gnu.so", True),
        ("pydantic_core/_pydantic_core.pyi", False),
        ("pydantic-2.0.dist-info/METADATA", False),
        ("anyio/__pycache__/abc.cpython-313.pyc", True),
        ("aws_lambda_powertools/event_handler/api_gateway.py", False),
        ("six/tests/test_six.py", False),
        ("bin/uvicorn", False),
        ("pointsman/tiermap/seed.json", True),
        ("router/run.sh", True),
    ],
)
def test_only_what_runs_is_shipped(name: str, wanted: bool) -> None:
    assert needed(Path(name)) is wanted


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose one dependency is a folder, so that pip needs no network."""
    lambdas = tmp_path / "lambdas"
    for name in ("pointsman", "router", "publisher"):
        (lambdas / name).mkdir(parents=True)
        (lambdas / name / "code.py").write_text(f"name = '{name}'\n")
    (lambdas / "router" / "run.sh").write_text("#!/bin/sh\n")
    (lambdas / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def test_a_bundle_holds_the_shared_package_and_its_own_folder(project: Path) -> None:
    archive = bundle("router", "local", lambdas=project / "lambdas", build=project / "build")
    with zipfile.ZipFile(archive) as packed:
        sources = [name for name in packed.namelist() if not name.endswith(".pyc")]
        assert sources == ["pointsman/code.py", "router/code.py", "router/run.sh"]
        assert packed.getinfo("router/run.sh").external_attr >> 16 == 0o100755


def test_a_bundle_is_imported_without_compiling_anything(project: Path, tmp_path: Path) -> None:
    """The bytecode is taken as it is: a source that changes later on is not looked at."""
    archive = bundle("router", "local", lambdas=project / "lambdas", build=project / "build")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "task")
    (tmp_path / "task" / "pointsman" / "code.py").write_text("name = 'compiled anew'\n")
    program = "import pointsman.code; print(pointsman.code.name)"
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path / "task", capture_output=True, text=True)
    assert told.stdout == "pointsman\n"


def test_a_bundle_is_made_again_only_when_something_changed(project: Path) -> None:
    lambdas, build = project / "lambdas", project / "build"
    first = bundle("router", "local", lambdas=lambdas, build=build)
    content, made = first.read_bytes(), first.stat().st_mtime_ns
    assert bundle("router", "local", lambdas=lambdas, build=build).stat().st_mtime_ns == made
    (lambdas / "publisher" / "code.py").write_text("changed = True\n")
    assert bundle("router", "local", lambdas=lambdas, build=build) == first
    (lambdas / "pointsman" / "code.py").write_text("changed = True\n")
    second = bundle("router", "local", lambdas=lambdas, build=build)
    assert second.read_bytes() != content
    assert list(build.glob("router-*")) == [second]


def test_a_dependency_that_cannot_be_had_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bundling.WHEELS, "aws", ["--no-index"])
    (project / "lambdas" / "requirements.txt").write_text("no-such-package==1\n")
    with pytest.raises(BundleFailed, match="No matching distribution found for no-such-package==1") as caught:
        bundle("router", "aws", lambdas=project / "lambdas", build=project / "build")
    assert len(str(caught.value).splitlines()) == 1
    assert not list((project / "build").iterdir())


def test_the_services_that_are_called_are_the_ones_described() -> None:
    """One too few fails only once it is deployed. `sts` is botocore's own, for some credentials."""
    sources = "".join(path.read_text(encoding="utf-8") for path in LAMBDAS.rglob("*.py"))
    called = set(re.findall(r"boto3\.(?:client|resource)\(\s*\"([\w-]+)\"", sources))
    assert called == SERVICES - {"sts"}
