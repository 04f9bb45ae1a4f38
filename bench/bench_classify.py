"""Time the classifier: p50 and p99 in milliseconds for prompts of 2 kB, 100 kB and 1 MB.

python bench/bench_classify.py
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

from pointsman.classify import load
from pointsman.domain import request_of
from pointsman.policy import decide, to_classify
from pointsman.tiermap.seed import packaged_map

ROOT = Path(__file__).parents[1]
PROMPT = (ROOT / "bench" / "prompt.txt").read_text(encoding="utf-8")
TEXTS = {
    "prose": PROMPT,
    "code": (ROOT / "lambdas" / "pointsman" / "classify" / "features.py").read_text(encoding="utf-8"),
    "chinese": "请分析下面的方案并比较其优缺点，然后计算总成本，最后用三句话概括结论。" * 20,
}
SIZES = {"2 kB": 2_000, "100 kB": 100_000, "1 MB": 1_000_000}
RUNS = 500


def routing(prompt: str) -> tuple[float, float]:
    """Milliseconds, p50 and p99, that classifying and deciding take together."""
    classify, tier_map, times = load(), packaged_map(), []
    request = request_of(prompt)
    for _ in range(RUNS):
        start = time.perf_counter()
        *earlier, latest = [classify(turn, tier_map.custom) for turn in to_classify(request, tier_map)]
        decide(request, latest, tier_map, seed="s", earlier=earlier)
        times.append(1_000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[98]


def sized(piece: str, size: int) -> str:
    """So many bytes of a text, its words in another order each time, as what is said again is not read again."""
    chance, words, found = random.Random(0), piece.split(" ") if " " in piece else list(piece), piece  # noqa: S311 (no secret)
    while len(found.encode()) < size:
        chance.shuffle(words)
        found += (" " if " " in piece else "").join(words)
    return found.encode()[:size].decode(errors="ignore")


def main() -> None:
    started = time.perf_counter()
    classify = load()
    print(
        f"load() {1_000 * (time.perf_counter() - started):.3f} ms\n{'text':8} {'size':>7} {'p50 ms':>8} {'p99 ms':>8}"
    )
    for name, piece in TEXTS.items():
        for label, size in SIZES.items():
            text = sized(piece, size)
            request = request_of(text)
            times = []
            for _ in range(RUNS):
                start = time.perf_counter()
                classify(request)
                times.append(1_000 * (time.perf_counter() - start))
            cuts = statistics.quantiles(times, n=100)
            print(f"{name:8} {label:>7} {cuts[49]:8.3f} {cuts[98]:8.3f}")


if __name__ == "__main__":
    main()
