from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pointsman.classify import artefact
from pointsman.classify.artefact import Array

ARRAYS: dict[str, Array] = {
    "weights": np.arange(6, dtype=np.int8).reshape(2, 3),
    "scale": np.array(0.5, np.float32),
    "words": np.array(["a", "bé"]),
}
METADATA = {"seed": 7, "versions": {"numpy": "2"}, "data": [{"url": "u", "sha256": "s", "licence": "MIT"}]}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    artefact.save("task", ARRAYS, METADATA, tmp_path)
    found = artefact.load("task", tmp_path)
    assert found.metadata == {**METADATA, "format": artefact.FORMAT, "head": "task"}
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found.arrays[name], array)


def test_the_same_content_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first = artefact.save("task", ARRAYS, METADATA, tmp_path).read_bytes()
    again = artefact.save("task", dict(sorted(ARRAYS.items(), reverse=True)), dict(sorted(METADATA.items())), tmp_path)
    assert again.read_bytes() == first


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle=False"):
        artefact.save("task", {"evil": np.array([object()])}, METADATA, tmp_path)


@pytest.mark.parametrize("change", [{"format": artefact.FORMAT + 1}, {"head": "complexity"}])
def test_another_format_or_head_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    artefact.save("task", {}, {**METADATA, **change}, tmp_path)
    with pytest.raises(ValueError, match=r"task\.npz is a"):
        artefact.load("task", tmp_path)
