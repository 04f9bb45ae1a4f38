"""A trained head on disk: a zip of plain arrays that also says, as JSON, what it was made from.

`make train` writes it, the router reads it once, at cold start. It is stored uncompressed, so that loading is copying,
and its entries carry no clock, so that the same arrays and metadata always give the same bytes. An array is flat and
little-endian; its entry is named after it and the typecode of its numbers, as in `words.b`.
"""

from __future__ import annotations

import json
import zipfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.domain import Json

FOLDER = Path(__file__).parent
FORMAT = 2
METADATA = "metadata.json"
_NO_CLOCK = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Artefact:
    """`metadata` holds at least `format`, `head`, `seed`, `versions` (of the libraries that trained it) and `data`: for
    each file trained on its `url`, `sha256` and `licence`."""

    arrays: Mapping[str, array[Any]]
    metadata: Mapping[str, Json]


def path(head: str, folder: Path = FOLDER) -> Path:
    return folder / f"{head}.zip"


def load(head: str, folder: Path = FOLDER) -> Artefact:
    """The artefact packaged for this head. Raises `ValueError` where it has another format than this code reads."""
    with zipfile.ZipFile(path(head, folder)) as packed:
        metadata = json.loads(packed.read(METADATA))
        if (metadata["format"], metadata["head"]) != (FORMAT, head):
            raise ValueError(f"{head}.zip is a {metadata['head']!r} of format {metadata['format']}, not {FORMAT}")
        entries = [name.rpartition(".") for name in packed.namelist() if name != METADATA]
        return Artefact({name: array(code, packed.read(f"{name}.{code}")) for name, _, code in entries}, metadata)


def save(head: str, arrays: Mapping[str, array[Any]], metadata: Mapping[str, Json], folder: Path = FOLDER) -> Path:
    """Write the artefact, byte for byte the same for the same input."""
    with zipfile.ZipFile(path(head, folder), "w", zipfile.ZIP_STORED) as out:
        whole = {"format": FORMAT, "head": head, **metadata}
        out.writestr(zipfile.ZipInfo(METADATA, _NO_CLOCK), json.dumps(whole, indent=1, sort_keys=True))
        for name, values in sorted(arrays.items()):
            out.writestr(zipfile.ZipInfo(f"{name}.{values.typecode}", _NO_CLOCK), values.tobytes())
    return path(head, folder)
