"""A trained head on disk: one `.npz` of plain arrays that also says, as JSON, what it was made from.

`make train` writes it, the router reads it once, at cold start. It is stored uncompressed, so that loading is copying,
and its entries carry no clock, so that the same arrays and metadata always give the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.domain import Json

FOLDER = Path(__file__).parent
FORMAT = 1
METADATA = "metadata.json"
_NO_CLOCK = (1980, 1, 1, 0, 0, 0)

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Artefact:
    """`metadata` holds at least `format`, `head`, `seed`, `versions` (of the libraries that trained it) and `data`: for
    each file trained on its `url`, `sha256` and `licence`."""

    arrays: Mapping[str, Array]
    metadata: Mapping[str, Json]


def load(head: str, folder: Path = FOLDER) -> Artefact:
    """The artefact packaged for this head. Raises `ValueError` where it has another format than this code reads."""
    with zipfile.ZipFile(folder / f"{head}.npz") as packed:
        metadata = json.loads(packed.read(METADATA))
        if (metadata["format"], metadata["head"]) != (FORMAT, head):
            raise ValueError(f"{head}.npz is a {metadata['head']!r} of format {metadata['format']}, not {FORMAT}")
        names = [name for name in packed.namelist() if name != METADATA]
        return Artefact({name.removesuffix(".npy"): _array(packed.read(name)) for name in names}, metadata)


def save(head: str, arrays: Mapping[str, Array], metadata: Mapping[str, Json], folder: Path = FOLDER) -> Path:
    """Write `<head>.npz`, byte for byte the same for the same input."""
    path = folder / f"{head}.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        whole = {"format": FORMAT, "head": head, **metadata}
        out.writestr(zipfile.ZipInfo(METADATA, _NO_CLOCK), json.dumps(whole, indent=1, sort_keys=True))
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(arrays[name], order="C"), allow_pickle=False)
            out.writestr(zipfile.ZipInfo(f"{name}.npy", _NO_CLOCK), content.getvalue())
    return path


def _array(content: bytes) -> Array:
    array: Array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array
