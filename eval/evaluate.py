"""Judges the complexity head against other people's data and writes `eval/results/`: `make eval`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval import (
    baselines,
    calibration,
    card,
    complexity,
    feedback,
    few_labels,
    measures,
    open_prompts,
    plots,
    protocols,
    second_stage,
)
from eval.calibration import Logistic
from eval.complexity import Scale, Vector
from eval.feedback import Verdict
from eval.manifest import Missing
from eval.open_prompts import Open
from eval.protocols import BENCHMARKS, Data
from eval.published import ROUTELLM
from eval.second_stage import Judged
from pointsman.tiermap.seed import packaged_map

RESULTS = Path(__file__).parent / "results"
WISHES = (0.85, 0.90, 0.95, 0.98)
CHEAP, DEAR = "nova-lite", "sonnet-4.6"
CHARACTERS_PER_TOKEN = 4
ANSWER = 200
"""Tokens of an answer: not in the data, so taken to be the same for every prompt and model."""

LEAST = 400
"""Prompts of a set of which a correlation is taken."""

OPEN_BINS = 5
VERDICTS = (0, 50, 150, 300)
DRAWS = 20
LEAST_GAP = 0.05
"""Between weak and strong, so that a share of it says something."""

Rows = NDArray[np.bool_]


def main() -> int:
    try:
        data = protocols.read()
    except Missing as error:
        print(f"Not evaluated, data is missing: {error}", file=sys.stderr)
        return 1
    report = "\n".join(_report(data)) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "complexity.md").write_text(report, encoding="utf-8")
    second_stage.RESULTS.write_text(_second_stage(data), encoding="utf-8")
    (RESULTS / "complexity-model-card.md").write_text(card.write(), encoding="utf-8")
    print(report)
    return 0


def _report(data: Data) -> list[str]:
    groups = protocols.folds(data)
    in_domain = protocols.cross_validated(data, groups)
    subjects = protocols.cross_validated(data, _tasks(data))
    lines = [
        "# The complexity head, judged",
        "",
        "Written by `make eval`. Outcomes: Mixtral-8x7B (weak) and GPT-4 (strong), as RouteLLM published them. APGR",
        "with the middle 95 % of a bootstrap over prompts; CPT50, CPT80: share of strong calls that recovers that much",
        f"of the gap. Dollars are an illustration: the prompts at the packaged map's prices of {CHEAP} and {DEAR},",
        f"with answers of {ANSWER} tokens. Last column: the cost at 95 % of the strong model's quality, as a share of",
        "always asking it. `eval/protocols.py` says what each row was trained on. RouteLLM's rows are its best by what",
        "it was trained on, as published (`eval/published.py`): `Arena` has nothing of the benchmark, like `transfer`.",
        "",
        *([f"Missing, so left out: {missing}\n" for missing in data.missing]),
    ]
    for name in BENCHMARKS:
        rows = data.of(name)
        scores = {
            "**in-domain**, 5 folds": in_domain[rows],
            "**leave one task out**": subjects[rows] if name == "mmlu" else None,
            "**transfer**": protocols.transferred(data, name),
            "prompt length": _each(data, rows, baselines.length),
            "LiteLLM's heuristic, re-created": _each(data, rows, baselines.litellm),
            "oracle": data.gain[rows],
        }
        lines += _table(data, name, {label: score for label, score in scores.items() if score is not None})
        _plot(data, name, {label.replace("*", ""): score for label, score in scores.items() if score is not None})
    lines += few_labels.report(data)
    lines += _sources(data)
    lines += _calibration(data, in_domain, groups)
    lines += _dial(data, in_domain, groups)
    lines += _open_prompts()
    lines += _verdicts(complexity.scale(data.design))
    return lines


def _second_stage(data: Data) -> str:
    groups = protocols.folds(data)
    probability = protocols.calibrated(data, protocols.cross_validated(data, groups), groups)
    judged = []
    for name in BENCHMARKS:
        rows = data.of(name)
        known = (each[rows] for each in (probability, data.weak, data.strong, data.tie))
        judged.append(Judged(name.upper(), *known, *_costs(data, rows)))
    models = packaged_map().models
    asked = {name: models[name].prices for name in (CHEAP, "haiku-4.5")}
    calls = {
        name: (second_stage.QUESTION * price.input + second_stage.ANSWER * price.output) / 1e15
        for name, price in asked.items()
    }
    return second_stage.report(judged, calls)


def _table(data: Data, name: str, scores: dict[str, Vector]) -> list[str]:
    rows = data.of(name)
    gain, tie, weak, strong = data.gain[rows], data.tie[rows], data.weak[rows], data.strong[rows]
    lines = [
        f"## {name.upper()}: {rows.sum():,} prompts, weak {weak.mean():.1%}, strong {strong.mean():.1%}",
        "",
        "| | APGR | 95 % | CPT50 | CPT80 | cost at 95 % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for label, score in scores.items():
        order = measures.order(score, tie)
        found = measures.rank(gain[order])
        low, high = measures.interval(gain, score, tie)
        cost = _cost_at(data, rows, order, 0.95)
        shares = f"{found.cpt50:.0%} | {found.cpt80:.0%} | {cost:.0%}"
        lines.append(f"| {label} | {found.apgr:.3f} | {low:.3f}–{high:.3f} | {shares} |")
    lines.append("| random | 0.500 | | 50% | 80% | |")
    lines += [
        f"| RouteLLM, {each.trained_on}: {each.router} | {each.apgr:.3f} | | {each.cpt50:.0%} | {each.cpt80:.0%} | |"
        for each in ROUTELLM[name]
    ]
    return [*lines, "", f"![share](complexity-{name}-share.svg) ![dollars](complexity-{name}-dollars.svg)", ""]


def _plot(data: Data, name: str, scores: dict[str, Vector]) -> None:
    rows = data.of(name)
    gain, tie = data.gain[rows], data.tie[rows]
    cheap, dear = _costs(data, rows)
    weak, strong = data.weak[rows].sum(), data.strong[rows].sum()
    share, dollars = {}, {}
    for label, score in scores.items():
        order = measures.order(score, tie)
        kept = (weak + np.r_[0.0, np.cumsum(gain[order])]) / strong
        share[label] = (np.linspace(0, 1, len(kept)), kept)
        dollars[label] = (cheap.sum() + np.r_[0.0, np.cumsum((dear - cheap)[order])], kept)
    line = np.array([weak / strong, 1.0])
    share["random"] = (np.array([0.0, 1.0]), line)
    dollars["random"] = (np.array([cheap.sum(), dear.sum()]), line)
    plots.curves(RESULTS / f"complexity-{name}-share.svg", name.upper(), share, "share of prompts to the strong model")
    plots.curves(RESULTS / f"complexity-{name}-dollars.svg", name.upper(), dollars, "US dollars for all prompts")


def _calibration(data: Data, score: Vector, groups: NDArray[np.intp]) -> list[str]:
    probability = protocols.calibrated(data, score, groups)
    lines = [
        "## Calibration",
        "",
        "Each prompt's probability was calibrated on other folds. ECE over 15 bins of as many prompts.",
        "",
    ]
    lines += ["| | prompts | happened | said | ECE |", "| --- | --- | --- | --- | --- |"]
    reliability = {}
    for name in BENCHMARKS:
        rows = data.of(name)
        said, happened = probability[rows], data.happened[rows]
        error = measures.calibration_error(said, happened)
        lines.append(f"| {name} | {rows.sum():,} | {happened.mean():.1%} | {said.mean():.1%} | {error:.3f} |")
        reliability[name] = (said, happened)
    plots.reliability(RESULTS / "complexity-reliability.svg", "in-domain, out of fold", reliability)
    return [*lines, "", "![reliability](complexity-reliability.svg)", ""]


def _dial(data: Data, score: Vector, groups: NDArray[np.intp]) -> list[str]:
    """Each limit is chosen on what the prompts that it is judged on had no part in."""
    probability = protocols.calibrated(data, score, groups)
    lines = [
        "## The dial",
        "",
        "A limit for each form of prompts. Those of questions with options (MMLU) and sums (GSM8K) are chosen on four",
        "folds for the quality wished for, quality is measured on the fifth; that of open prompts is chosen on all",
        "sources but one, for the mean of their quality less its standard error, and measured on that one. In",
        "brackets: the strong calls.",
        "",
        "| wished for | MMLU | GSM8K | open, mean of the sources | open, from – to |",
        "| --- | --- | --- | --- | --- |",
    ]
    unranked = open_prompts.train()
    said = unranked.said()
    sources = [unranked.source == source for source in sorted(set(unranked.source))]
    for wish in WISHES:
        cells, step = [], round(100 * wish)
        for name in BENCHMARKS:
            rows = data.of(name)
            strong = np.zeros(len(probability), bool)
            for group in range(protocols.FOLDS):
                limit = protocols.dial(data, probability, rows & (groups != group))[step]
                strong |= (groups == group) & (probability >= limit)
            cells.append(_given(data.weak[rows], data.strong[rows], strong[rows]))
        for rows in sources:
            limit = unranked[~rows].dial(said[~rows])[step]
            cells.append(_given(unranked.weak[rows], unranked.strong[rows], said[rows] >= limit))
        kept, calls = np.array(cells).T
        both = [f"{kept[index]:.1%} ({calls[index]:.0%})" for index in range(len(BENCHMARKS))]
        kept, calls = kept[len(BENCHMARKS) :], calls[len(BENCHMARKS) :]
        lines.append(
            f"| {wish:.0%} | {' | '.join(both)} | {kept.mean():.1%} ({calls.mean():.0%}) | "
            f"{kept.min():.1%} – {kept.max():.1%} |"
        )
    return [*lines, ""]


def _given(weak: Vector, strong: Vector, routed: Rows) -> tuple[float, float]:
    """The share of the strong model's quality that is kept, and that of prompts it is asked."""
    return float(np.where(routed, strong, weak).sum() / strong.sum()), float(routed.mean())


def _open_prompts() -> list[str]:
    """What is held of open prompts beforehand ranks them; its calibration is judged on sources it was not made on."""
    trained, others = open_prompts.train(), open_prompts.evaluate()
    arena, judge = (each.apgr for each in ROUTELLM["mt_bench"])
    lines = [
        "## Open prompts",
        "",
        "Ranked by weights set by hand, for nothing learned ranked better; calibrated on outcomes, here each source on",
        "the other sources' alone. Raw ECE: of the weights themselves, taken for log-odds. Weak and strong: how often",
        "such models' answers were good enough, by tests (MBPP, HumanEval), the right answer (MATH, Natural Questions,",
        "TriviaQA), people (Tulu), or a judge. AlpacaEval is judged on alone. APGR where the gap is 5 points or more.",
        f"RouteLLM on MT-Bench, as published: {arena:.3f} trained on Arena, {judge:.3f} with verdicts of a judge "
        "beside it.",
        "",
        "| source | prompts | weak | strong | APGR | 95 % | prompt length | happened | said | ECE | raw ECE |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in (*sorted(set(trained.source)), "alpaca_eval"):
        part = others if name == "alpaca_eval" else trained[trained.source == name]
        said = trained[trained.source != name].calibration()(part.held)
        error, raw = (
            measures.calibration_error(each, part.happened, OPEN_BINS)
            for each in (said, calibration.logistic(part.held))
        )
        ranked = "| | |"
        if part.gain.mean() >= LEAST_GAP:
            low, high = measures.interval(part.gain, part.held, part.tie)
            length = np.array([baselines.length(prompt) for prompt in part.prompts])
            ours, theirs = (measures.ranked(part.gain, each, part.tie).apgr for each in (part.held, length))
            ranked = f"{ours:.3f} | {low:.3f}–{high:.3f} | {theirs:.3f} |"
        lines.append(
            f"| {name} | {len(part.prompts):,} | {part.weak.mean():.1%} | {part.strong.mean():.1%} | {ranked} "
            f"{part.happened.mean():.1%} | {said.mean():.1%} | {error:.3f} | {raw:.3f} |"
        )
    return [*lines, ""]


def _verdicts(scale: Scale) -> list[str]:
    """Each open source taken for one's own traffic: verdicts drawn from one half of it, judged on the other."""
    lines = [
        "## Own verdicts",
        "",
        f"Simulated: each open source of {2 * VERDICTS[-2]} prompts or more is a new user's traffic, whose verdicts on",
        "the cheapest tier's answers are drawn from one half of it by what happened. On the other half, of what all",
        f"other sources and these verdicts say: the error of the probability (ECE), then APGR; mean of {DRAWS} draws.",
        "",
        "| source | " + " | ".join(f"{count} verdicts" for count in VERDICTS) + " |",
        "| --- " * (1 + len(VERDICTS)) + "|",
    ]
    trained, judged = open_prompts.train(), open_prompts.evaluate()
    for name in (*sorted(set(trained.source)), "alpaca_eval"):
        part = judged if name == "alpaca_eval" else trained[trained.source == name]
        if len(part.prompts) >= 2 * VERDICTS[-2]:
            before = trained[trained.source != name].calibration()
            cells = _taught(part, before, [count for count in VERDICTS if count <= len(part.prompts) // 2], scale)
            lines.append(f"| {name} | {' | '.join(cells)}{' |' * (len(VERDICTS) - len(cells))} |")
    return [*lines, ""]


def _taught(part: Open, before: Logistic, counts: Sequence[int], scale: Scale) -> list[str]:
    """What so many verdicts give: the error, and APGR where the gap is wide enough."""
    found = np.zeros((DRAWS, len(counts), 2))
    for draw in range(DRAWS):
        chance = np.random.default_rng(draw)
        own, others = np.array_split(chance.permutation(len(part.prompts)), 2)
        said = [Verdict(part.prompts[row], float(chance.random() < part.happened[row])) for row in own]
        for index, count in enumerate(counts):
            taught = feedback.of_open_prompts(before, said[:count], scale)
            probability = taught([part.prompts[row] for row in others], scale)
            error = measures.calibration_error(probability, part.happened[others], OPEN_BINS)
            found[draw, index] = error, measures.ranked(part.gain[others], probability, part.tie[others]).apgr
    wide = part.gain.mean() >= LEAST_GAP
    return [f"{error:.3f}, {apgr:.3f}" if wide else f"{error:.3f}" for error, apgr in found.mean(0)]


def _sources(data: Data) -> list[str]:
    """Whether difficulty carries over to a set of which nothing was trained on, beyond the two benchmarks."""
    sets = np.array([source.split("/")[0] if source.startswith("mmlu_pro") else source for source in data.source])
    unrelated = data.without(*BENCHMARKS)
    lines = [
        "## Transfer to other sets",
        "",
        "Correlation with how often weak models fail, each set scored by a head trained on all others and on neither",
        f"benchmark. Sets of at least {LEAST} prompts.",
        "",
        "| set | prompts | head | prompt length |",
        "| --- | --- | --- | --- |",
    ]
    found = []
    for name in sorted(set(sets[unrelated])):
        rows = unrelated & (sets == name)
        if rows.sum() >= LEAST:
            score = protocols.difficulty(data, unrelated & (sets != name)).score(data.design[rows])
            pair = [
                float(np.corrcoef(each, data.weak[rows])[0, 1]) for each in (-score, -_each(data, rows, _log_length))
            ]
            found.append(pair)
            lines.append(f"| {name} | {rows.sum():,} | {pair[0]:.2f} | {pair[1]:.2f} |")
    mean = np.mean(found, axis=0)
    return [*lines, f"| mean | | {mean[0]:.2f} | {mean[1]:.2f} |", ""]


def _log_length(prompt: str) -> float:
    return float(np.log1p(baselines.length(prompt)))


def _costs(data: Data, rows: Rows) -> tuple[Vector, Vector]:
    """US dollars for each prompt at the cheap and the dear model."""
    models = packaged_map().models
    read = np.array([len(outcome.prompt) / CHARACTERS_PER_TOKEN for outcome in data.outcomes[rows]])
    cheap, dear = (
        (read * models[alias].prices.input + ANSWER * models[alias].prices.output) / 1e15 for alias in (CHEAP, DEAR)
    )
    return cheap, dear


def _cost_at(data: Data, rows: Rows, order: NDArray[np.intp], wish: float) -> float:
    """The cost of the first strong calls that reach this quality, as a share of asking the strong model always."""
    cheap, dear = _costs(data, rows)
    kept = (data.weak[rows].sum() + np.r_[0.0, np.cumsum(data.gain[rows][order])]) / data.strong[rows].sum()
    spent = cheap.sum() + np.r_[0.0, np.cumsum((dear - cheap)[order])]
    return float(spent[np.argmax(kept >= wish)] / dear.sum())


def _tasks(data: Data) -> NDArray[np.intp]:
    """The judged prompts by task, MMLU's subjects shared out over ten groups of whole subjects."""
    names = sorted(set(data.task[data.judged]))
    number = {name: index % 10 for index, name in enumerate(np.random.default_rng(protocols.SEED).permutation(names))}
    return np.array([number.get(name, 0) for name in data.task])


def _each(data: Data, rows: Rows, score: Callable[[str], float]) -> Vector:
    return np.array([score(outcome.prompt) for outcome in data.outcomes[rows]])


if __name__ == "__main__":
    sys.exit(main())
