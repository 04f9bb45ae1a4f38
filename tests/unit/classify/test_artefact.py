from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest

from pointsman.classify import artefact

ARRAYS: dict[str, array[Any]] = {
    "weights": array("b", [-128, 0, 127]),
    "scale": array("d", [0.1]),
    "words": array("B", "bé".encode()),
    "nothing": array("f"),
}
METADATA = {"seed": 7, "versions": {"numpy": "2"}, "data": [{"url": "u", "sha256": "s", "licence": "MIT"}]}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    artefact.save("task", ARRAYS, METADATA, tmp_path)
    found = artefact.load("task", tmp_path)
    assert found.metadata == {**METADATA, "format": artefact.FORMAT, "head": "task"}
    assert found.arrays == ARRAYS
    assert {name: each.typecode for name, each in found.arrays.items()} == {
        name: each.typecode for name, each in ARRAYS.items()
    }


def test_the_same_content_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first = artefact.save("task", ARRAYS, METADATA, tmp_path).read_bytes()
    again = artefact.save("task", dict(sorted(ARRAYS.items(), reverse=True)), dict(sorted(METADATA.items())), tmp_path)
    assert again.read_bytes() == first


@pytest.mark.parametrize("change", [{"format": artefact.FORMAT + 1}, {"head": "complexity"}])
def test_another_format_or_head_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    artefact.save("task", {}, {**METADATA, **change}, tmp_path)
    with pytest.raises(ValueError, match=r"task\.zip is a"):
        artefact.load("task", tmp_path)
