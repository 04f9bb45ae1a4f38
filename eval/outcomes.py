"""Prompts and how models did on them, read from the manifest's files into one shape."""

from __future__ import annotations

import ast
import csv
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.manifest import Missing, Source, sources

WEAK_OF_LLMROUTER = ("mistral-7b-instruct-v0.3", "gemma-2-9b-it", "qwen2.5-7b-instruct", "llama-3.1-8b-instruct")
STRONG_OF_LLMROUTER = ("llama-3.1-nemotron-51b-instruct", "llama-3.3-nemotron-super-49b-v1")
LEFT_OUT_OF_LLMROUTER = {"gpqa", "agentverse-logicgrid"}
"""Sets whose authors ask not to train on them."""
RELATED = {
    "mmlu": {"mmlu", "mmlu_pro/of-mmlu", "llmrouter/mmlu"},
    "gsm8k": {"gsm8k", "zeroeval/gsm", "llmrouter/gsm8k", "llmrouter/agentverse-mgsm"},
}
"""Benchmark → the sources that hold questions of it, put the same way, changed or translated."""
_ANSWER = re.compile(r'"answer"\s*:\s*("((?:[^"\\]|\\.)*)"|[^\n}]+)')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FRACTION = re.compile(r"\\d?frac\{(-?\d+)\}\{(\d+)\}|^\s*(-?\d+)\s*/\s*(\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`weak` is the share of weak models that were right, `strong` likewise where strong ones were asked."""

    source: str
    task: str
    prompt: str
    weak: float
    strong: float | None = None


def benchmark(name: str) -> list[Outcome]:
    """`mmlu` or `gsm8k`: Mixtral-8x7B against GPT-4, as RouteLLM published it, without what it calls contaminated."""
    source = sources()["routellm"]
    dropped = {json.loads(line)["eval_prompt"] for line in _lines(source.path(f"{name}/contaminated_prompts.jsonl"))}
    found = []
    for path in source.paths(f"{name}/responses/" if name == "mmlu" else f"{name}/gsm8k_responses"):
        with path.open(encoding="utf-8", newline="") as file:
            for prompt, weak, strong, *_ in list(csv.reader(file))[1:]:
                if prompt not in dropped:
                    found.append(Outcome(name, path.stem, prompt, float(weak == "True"), float(strong == "True")))
    return found


def broad() -> tuple[list[Outcome], list[str]]:
    """Prompts of many other sets, and what of them was missing."""
    found: list[Outcome] = []
    missing: list[str] = []
    for name, read in (("mmlu_pro", _mmlu_pro), ("zeroeval", _zeroeval), ("llmrouter", llmrouter)):
        try:
            found += read(sources()[name])
        except Missing as error:
            missing.append(str(error))
    return found, missing


def mt_bench() -> list[tuple[str, float, float]]:
    """The first turn of each question, and how many points of ten Mixtral-8x7B and GPT-4 got over both turns."""
    source = sources()["routellm"]
    dropped = {json.loads(line)["eval_prompt"] for line in _lines(source.path("mt_bench/contaminated_prompts.jsonl"))}
    questions = {
        row["question_id"]: row["turns"] for row in map(json.loads, _lines(source.path("mt_bench/question.jsonl")))
    }
    scores: dict[tuple[int, str], list[float]] = {}
    for row in map(json.loads, _lines(source.path("mt_bench/judgements.jsonl"))):
        scores.setdefault((row["question_id"], row["model"]), []).append(row["score"])
    models = sorted({model for _, model in scores}, key=lambda m: sum(sum(v) for (_, n), v in scores.items() if n == m))
    weak, strong = models[0], models[-1]
    return [
        (turns[0], sum(scores[number, weak]) / 2, sum(scores[number, strong]) / 2)
        for number, turns in questions.items()
        if turns[0] not in dropped and (number, weak) in scores
    ]


def _mmlu_pro(source: Source) -> Iterator[Outcome]:
    right: dict[str, list[float]] = {}
    questions: dict[str, Outcome] = {}
    for path in source.paths():
        with zipfile.ZipFile(path) as packed:
            rows = json.loads(packed.read(next(n for n in packed.namelist() if n.endswith(".json"))))
        for row in rows:
            number, task = str(row["question_id"]), row["category"]
            origin = "mmlu_pro/of-mmlu" if row["src"].startswith("ori_mmlu") else f"mmlu_pro/{task}"
            right.setdefault(number, []).append(float(row["pred"] == row["answer"]))
            prompt = _choices(row["question"], "ABCDEFGHIJ", row["options"])
            questions[number] = Outcome(origin, task, prompt, 0.0)
    yield from (_with(questions[number], scores) for number, scores in right.items())


def _zeroeval(source: Source) -> Iterator[Outcome]:
    for task, same in (("crux", _same_literal), ("gsm", _same_number), ("math-l5", _same_number)):
        right: dict[str, list[float]] = {}
        for path in source.paths(f"{task}/"):
            for row in json.loads(path.read_text(encoding="utf-8")):
                prompt = row.get("question") or row["problem"]
                right.setdefault(prompt, []).append(float(same(_answer(row["output"][0]), row["answer"])))
        yield from (_with(Outcome(f"zeroeval/{task}", task, prompt, 0.0), scores) for prompt, scores in right.items())


def llmrouter(source: Source) -> Iterator[Outcome]:
    queries = map(json.loads, _lines(source.path("example_data/query_data/default_query_train.jsonl")))
    about = {row["query"]: row for row in queries}
    for row in json.loads(source.path("dcrouter_preprocessed/train.json").read_text(encoding="utf-8")):
        known = about.get(row["question"])
        if known and known["task_name"] not in LEFT_OUT_OF_LLMROUTER:
            choices = ast.literal_eval(str(known["choices"]))
            prompt = row["question"]
            if isinstance(choices, dict):
                prompt = _choices(prompt, choices.get("labels") or choices["label"], choices["text"])
            weak, strong = (
                sum(float(row["scores"][model]) for model in models) / len(models)
                for models in (WEAK_OF_LLMROUTER, STRONG_OF_LLMROUTER)
            )
            yield Outcome(f"llmrouter/{known['task_name']}", known["task_name"], prompt, weak, strong)


def _with(outcome: Outcome, scores: list[float]) -> Outcome:
    return Outcome(outcome.source, outcome.task, outcome.prompt, sum(scores) / len(scores))


def _choices(question: str, labels: Iterable[str], options: Iterable[str]) -> str:
    """As RouteLLM puts a multiple-choice question."""
    lines = [f"{label}. {option}" for label, option in zip(labels, options, strict=False)]
    return "\n".join([question, *lines, "Answer:"])


def _answer(output: str) -> str:
    found = list(_ANSWER.finditer(output or ""))
    return (found[-1][2] or found[-1][1]).strip() if found else ""


def _same_literal(answer: str, truth: str) -> bool:
    def plain(text: str) -> str:
        return re.sub(r"[\s\\]", "", text).strip("\"'")

    return plain(answer) == plain(truth)


def _same_number(answer: str, truth: str) -> bool:
    found = _number(answer)
    return found is not None and found == _number(truth)


def _number(text: str) -> float | None:
    text = text.replace("\\\\", "\\").replace("$", "").replace(",", "")
    if (fraction := _FRACTION.search(text)) and float(fraction[2] or fraction[4]):
        return float(fraction[1] or fraction[3]) / float(fraction[2] or fraction[4])
    found = _NUMBER.search(text)
    return float(found[0]) if found else None


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]
