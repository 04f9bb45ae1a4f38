from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from eval import manifest
from eval.manifest import Missing, Source, sources


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Its file `a` is on this machine, its file `b` nowhere: the address leads to no server."""
    monkeypatch.setattr(manifest, "folders", lambda: [tmp_path])
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a").write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    return Source("set", "http://127.0.0.1:9", "MIT", "train", "a set", {"a": digest, "b": digest})


def test_a_file_on_this_machine_is_taken(source: Source, tmp_path: Path) -> None:
    assert source.path("a") == tmp_path / "set" / "a"


def test_a_file_that_is_nowhere_is_named(source: Source) -> None:
    with pytest.raises(Missing, match=r"set/b: not in EVAL_DATA_DIR, and http://127\.0\.0\.1:9/b is out of reach"):
        source.path("b")


def test_another_file_of_that_name_is_not_taken(source: Source, tmp_path: Path) -> None:
    (tmp_path / "set" / "a").write_bytes(b"changed")
    with pytest.raises(Missing):
        source.path("a")


def test_every_source_says_where_it_is_from_and_nothing_non_commercial_is_trained_on() -> None:
    found = sources()
    assert found
    for source in found.values():
        assert source.base.startswith("https://")
        assert source.use in {"train", "evaluate"}
        assert all(len(digest) == 64 for digest in source.files.values())
        if source.use == "train":
            assert source.licence in {"Apache-2.0", "MIT"}
