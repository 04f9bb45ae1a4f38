"""An array as numpy has it → one that an artefact stores and the router reads without numpy."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = frozenset("bBhHfd")
"""Those whose letter and size are the same in numpy and in `array`."""


def flat(values: NDArray[Any]) -> array[Any]:
    """Row by row. Raises `ValueError` for a type that an artefact cannot store."""
    if values.dtype.char not in TYPES:
        raise ValueError(f"{values.dtype} cannot be stored in an artefact")
    return array(values.dtype.char, np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes())
