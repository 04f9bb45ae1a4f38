"""Judges the complexity head against other people's data and writes `eval/results/`: `make eval`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval import (
    bands,
    benchmark,
    calibrated,
    complexity,
    curves,
    dollars,
    few_labels,
    mt_bench,
    open_prompts,
    open_sources,
    other_sets,
    own_verdicts,
    plots,
    protocols,
    second_stage,
    task_data,
    unseen,
)
from eval.benchmark import Benchmark
from eval.calibrated import Pair
from eval.complexity import Vector
from eval.manifest import Missing
from eval.protocols import BENCHMARKS, Data
from eval.second_stage import Judged
from pointsman.tiermap.seed import packaged_map

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    try:
        data = protocols.read()
        report = "\n".join(_report(data)) + "\n"
    except Missing as error:
        print(f"Not evaluated, data is missing: {error}", file=sys.stderr)
        return 1
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "complexity.md").write_text(report, encoding="utf-8")
    print(report)
    return 0


def _report(data: Data) -> list[str]:
    groups = protocols.folds(data)
    in_domain = protocols.cross_validated(data, groups)
    probability = protocols.calibrated(data, in_domain, groups)
    subjects = protocols.cross_validated(data, protocols.tasks(data))
    transferred = {name: protocols.transferred(data, name) for name in BENCHMARKS}
    new = unseen.of(data, transferred)
    trained, others = open_prompts.train(), open_prompts.evaluate()
    taught = [example.text for example in task_data.examples("train")]
    outcomes = {
        name: benchmark.of(name, data.prompts(rows), data.weak[rows], data.strong[rows])
        for name, rows in ((name, data.of(name)) for name in BENCHMARKS)
    }
    judged = [Judged(outcomes[name], probability[data.of(name)]) for name in BENCHMARKS]
    second_stage.RESULTS.write_text(_second_stage(judged), encoding="utf-8")
    lines = [
        "# The complexity head, judged",
        "",
        "Written by `make eval`. Outcomes: Mixtral-8x7B (weak) and GPT-4 (strong), as RouteLLM published them. CPT50,",
        "CPT80: share of strong calls that recovers that much of the gap. Last column: the cost at 95 % of the strong",
        "model's quality, as a share of always asking it. In brackets the middle 95 % of a bootstrap over prompts.",
        f"Dollars are an illustration: the prompts at the packaged map's prices of {dollars.CHEAP} and {dollars.DEAR},",
        f"with answers of {dollars.ANSWER} tokens. `eval/protocols.py` says what each row was trained on. RouteLLM's",
        "rows are its best by what it was trained on, as published (`eval/published.py`): `Arena` has nothing of the",
        "benchmark, like `transfer`.",
        "",
        *([f"Missing, so left out: {missing}\n" for missing in data.missing]),
    ]
    for name in BENCHMARKS:
        rows = data.of(name)
        scores = {"**in-domain**, 5 folds": in_domain[rows]}
        if name == "mmlu":
            scores["**leave one task out**"] = subjects[rows]
        scores["**transfer**"] = transferred[name]
        lines += _judged(outcomes[name], scores)
    few = mt_bench.read()
    lines += _judged(few, {"**transfer**": mt_bench.score(few.prompts, trained)}, mt_bench.notes(few.prompts, taught))
    lines += few_labels.report(data)
    lines += other_sets.report(data)
    said = calibrated.pairs(data, probability, new)
    lines += calibrated.calibration(said, new)
    _reliability(said, open_sources.pairs(trained, others))
    lines += calibrated.dial(data, probability, groups, new, trained)
    lines += bands.report(data, probability, trained, others)
    lines += open_sources.report(trained, others, taught)
    lines += own_verdicts.report(complexity.scale(data.design))
    return lines


def _judged(judged: Benchmark, scores: Mapping[str, Vector], notes: Sequence[str] = ()) -> list[str]:
    orders = judged.orders(scores)
    curves.draw(judged, orders, RESULTS)
    return judged.report(orders, notes)


def _reliability(said: Mapping[str, Pair], unranked: Mapping[str, Pair]) -> None:
    paths = [RESULTS / f"complexity-{name}.svg" for name in calibrated.RELIABILITY]
    in_domain = {name.split(",")[0]: pair for name, pair in said.items() if "in-domain" in name}
    transfer = {name.replace(" transfer,", ""): pair for name, pair in said.items() if "transfer" in name}
    plots.reliability(paths[0], "in-domain, out of fold", in_domain)
    plots.reliability(paths[1], "transfer", transfer)
    plots.reliability(paths[2], "open prompts, calibrated on the other sources", unranked, open_prompts.BINS)


def _second_stage(judged: list[Judged]) -> str:
    models = packaged_map().models
    asked = {name: models[name].prices for name in (dollars.CHEAP, "haiku-4.5")}
    calls = {
        name: (second_stage.QUESTION * price.input + second_stage.ANSWER * price.output) / 1e15
        for name, price in asked.items()
    }
    return second_stage.report(judged, calls)


if __name__ == "__main__":
    sys.exit(main())
