"""Weighted ridge regression over sparse columns, each with a penalty of its own, solved by conjugate gradients."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg

Vector = NDArray[np.float64]

STEPS = 150
PRECISION = 1e-5


def fit(columns: sp.csr_matrix, target: Vector, penalty: Vector, weight: Vector) -> Vector:
    """The coefficients; `target` has been centred."""
    turned = columns.T.tocsr()
    normal = LinearOperator(
        (columns.shape[1],) * 2,
        matvec=lambda v: turned @ (weight * (columns @ v)) + penalty * v,
        dtype=np.float64,
    )
    diagonal = 1 / (penalty + columns.multiply(columns).T @ weight)
    scaled = LinearOperator(normal.shape, matvec=lambda v: diagonal * v, dtype=np.float64)
    found, _ = cg(normal, turned @ (weight * target), rtol=PRECISION, maxiter=STEPS, M=scaled)
    return np.asarray(found)
