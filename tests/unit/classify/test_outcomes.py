"""The complexity score against what a weak and a strong model really got right, as RouteLLM published it (Apache-2.0).

APGR: the share of the weak-to-strong gap that routing recovers, averaged over all shares of prompts sent to the strong
model; 0.5 is random. `EVAL_DATA_DIR` names the folder that holds `routellm/`. The features of one half of the prompts
were looked at while the weights were set (see `classify/complexity.py`), of the other only the score; both are
printed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.classify import load
from tests.unit.classify.prompts import ask

DATA = Path(os.environ.get("EVAL_DATA_DIR") or Path(__file__).parents[3].parent / "shared" / "data") / "routellm"
FILES = {"mmlu": "responses/*.csv", "gsm8k": "gsm8k_responses.csv"}


def outcomes(benchmark: str) -> Iterator[tuple[str, int]]:
    """Each prompt, and what the strong model adds: 1, 0, or -1 where only the weak one was right."""
    folder = DATA / benchmark
    contaminated = (folder / "contaminated_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    dropped = {json.loads(line)["eval_prompt"] for line in contaminated}
    for file in sorted(folder.glob(FILES[benchmark])):
        with file.open(encoding="utf-8", newline="") as lines:
            for prompt, weak, strong, *_ in list(csv.reader(lines))[1:]:
                if prompt not in dropped:
                    yield prompt, (strong == "True") - (weak == "True")


def digest(prompt: str) -> int:
    return int.from_bytes(hashlib.md5(prompt.encode()).digest(), "little")


def apgr(rows: list[tuple[float, int, int]]) -> float:
    """The area under recovered gap by share sent to the strong model, of (score, tie-breaker, gain)."""
    recovered = area = 0.0
    for _, _, gain in sorted(rows, reverse=True):
        area += recovered + gain / 2
        recovered += gain
    return area / len(rows) / recovered


@pytest.mark.skipif(not DATA.is_dir(), reason="no outcomes: set EVAL_DATA_DIR to the folder that holds routellm/")
@pytest.mark.parametrize("benchmark", FILES)
def test_the_score_beats_random(benchmark: str, capsys: pytest.CaptureFixture[str]) -> None:
    classify = load()
    rows = [(prompt, digest(prompt), gain) for prompt, gain in outcomes(benchmark)]
    scored = [(classify(ask(prompt)).complexity, tie, gain) for prompt, tie, gain in rows]
    by_length = apgr([(float(len(prompt)), tie, gain) for prompt, tie, gain in rows])
    at_random = apgr([(0.0, tie, gain) for _, tie, gain in rows])
    seen, unseen = ([row for row in scored if row[1] % 2 == half] for half in (0, 1))
    with capsys.disabled():
        print(
            f"\n{benchmark}: {len(rows)} prompts, APGR {apgr(scored):.3f} (half used {apgr(seen):.3f}, "
            f"other half {apgr(unseen):.3f}), prompt length {by_length:.3f}, random {at_random:.3f}"
        )
    assert apgr(scored) > 0.5


def test_apgr_is_a_half_at_random_and_more_for_an_oracle() -> None:
    gains = [0, 1, 0, 1, 0, 0, -1, 1]
    assert apgr([(gain, 0, gain) for gain in gains]) > 0.9
    assert apgr([(-gain, 0, gain) for gain in gains]) < 0.1
    assert apgr([(place, 0, 1) for place in range(8)]) == pytest.approx(0.5)
