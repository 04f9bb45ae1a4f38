"""Distils `embedding.zip` from a sentence encoder: a vector for each of its tokens, from the token alone in a sentence.

    python -m eval.embedding [FOLDER]

The mean direction of instructions, which all texts share, is taken out. Principal components keep what tells
tokens apart; a token counts the more, the rarer it is (a/(a+p), p by its rank in the vocabulary, which is in order of
frequency). Takes minutes; nothing is drawn at random.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.manifest import Missing, sources
from eval.minilm import MiniLM
from eval.packing import flat
from pointsman.classify import artefact, embedding

DIMENSIONS = 160
RARITY = 1e-3
"""The share of all words at which a token counts half."""
FIRST_WORD = 1996
"""Where whole words begin in the vocabulary; before them come marks, then single characters in order of code."""
BATCH = 1024
INSTRUCTIONS = "input_data.jsonl"

Floats = NDArray[np.float32]


def distil(wheel: Path, instructions: Path, data: list[dict[str, str]], folder: Path) -> Path:
    encoder = MiniLM(wheel)
    tokens = sorted((place, token) for token, place in encoder.vocabulary.items() if _usable(token))
    places = np.array([place for place, _ in tokens])
    vectors = _reduce(_states(encoder, places)) * _rarity(tokens)[:, None]
    largest = np.abs(vectors).max(1)
    arrays = {
        "tokens": array("B", "\n".join(token for _, token in tokens).encode()),
        "vectors": flat((np.round(vectors * (127 / largest)[:, None]) + embedding.ZERO).astype(np.uint8)),
        "weights": flat(np.round(largest * (embedding.HEAVIEST / largest.max())).astype(np.uint16)),
        "centre": array("f", [0.0] * DIMENSIONS),
    }
    metadata = {"name": "", "seed": 0, "versions": {"numpy": np.__version__}, "data": data}
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


def _centre(encoder: embedding.Encoder, instructions: Path) -> array[float]:
    texts = [json.loads(line)["prompt"] for line in instructions.read_text(encoding="utf-8").splitlines()]
    return flat(np.mean([encoder(text) for text in texts], axis=0).astype(np.float32))


def main(arguments: Sequence[str]) -> int:
    encoder, ifeval = sources("encoder.toml")["minilm"], sources("prompts.toml")["ifeval"]
    try:
        wheel, instructions = next(encoder.paths()), ifeval.path(INSTRUCTIONS)
    except Missing as error:
        print(f"Not distilled, data is missing: {error}", file=sys.stderr)
        return 1
    data = [record for source in (ifeval, encoder) for record in source.record()]
    print(distil(wheel, instructions, data, Path(arguments[0]) if arguments else artefact.FOLDER))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
