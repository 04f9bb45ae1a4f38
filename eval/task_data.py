"""Prompts with their tasks: from the public sources of `prompts.toml` and our own, sorted as `tasks.toml` says."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import random
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from eval import manifest, overlaps
from eval.manifest import Source
from pointsman.domain import Task

HERE = Path(__file__).parent
SEED = 7
OURS = {
    "wordings": "eval/wordings/*.toml",
    "tuning": "tests/unit/classify/tuning.tsv",
    "held-out": "tests/unit/classify/held_out.tsv",
}
"""What is this project's own: where its files are."""
USES = {"wordings": "train", "tuning": "train", "held-out": "evaluate"}
LONGEST = 20_000
_SLOT = re.compile(r"\{\{(.*?)\}\}", re.S)
_BLOCK = re.compile(r"\{%.*?%\}", re.S)
_JINJA = re.compile(r"^    jinja: (.*?)^    metadata:", re.S | re.M)
_LONG = re.compile(
    r"text|article|document|passage|context|review|dialog|content|body|story|paragraph|abstract|conversation"
)

PASSAGES = (
    "The council met on Tuesday to weigh a plan for the old harbour. Fourteen members spoke, most of them in favour, "
    "and the vote was put off until the costs of the new quay are known.",
    "Anna: are you coming tonight? Ben: not sure yet, my train is late again. Anna: we start at eight, just join when "
    "you can. Ben: will do, keep me a seat!",
    "I bought this kettle in March and it has leaked ever since. The shop was friendly and took it back at once, "
    "though, so two stars for them.",
    "Marie Curie was born in Warsaw in 1867. She won the Nobel Prize in Physics in 1903 and that in Chemistry in 1911, "
    "and died in Passy in 1934.",
    "Sleep was measured in 212 adults over six weeks. Those who walked for thirty minutes a day fell asleep nine "
    "minutes sooner than those who did not; the effect was the same in both sexes.",
    "Shares of the airline fell by six per cent on Monday after it said that fuel had cost it more than planned.",
)
PHRASES = (
    "the red door",
    "a small boat",
    "Lisbon",
    "Ann sold the bicycle to her brother.",
    "the weather was fine",
    "1911",
)


@dataclass(frozen=True)
class Example:
    text: str
    task: Task
    source: str
    tag: str


@cache
def examples(use: str) -> list[Example]:
    """All examples of the sources for this use, `train` or `evaluate`, without repetition and always in one order; none
    to evaluate stands among those to train on.

    Raises `Missing` where a file of theirs cannot be had.
    """
    found: dict[str, Example] = {}
    for name, meanings in _meanings().items():
        if _use(name) == use:
            for example in _of_source(name, meanings):
                found.setdefault(example.text, example)
    rows = list(found.values())
    if use == "evaluate":
        taught = overlaps.within([row.text for row in rows], [row.text for row in examples("train")])
        rows = [row for row, known in zip(rows, taught, strict=True) if not known]
    return rows


def feedback(path: Path) -> list[Example]:
    """The verdicts of an export that teach a task: those with a prompt, given to be stored, and its right task."""
    records = list(json_rows(path))
    known = [record for record in records if record.get("prompt") and record.get("task") in set(Task)]
    print(f"{path}: {len(records)} verdicts, {len(known)} with a prompt and its task", file=sys.stderr)
    return [Example(record["prompt"][:LONGEST], Task(record["task"]), "feedback", "") for record in known]


def records() -> list[dict[str, str]]:
    """What the artefact says of its data: every file that is trained on."""
    found = [record for name in _meanings() if _use(name) == "train" for record in _record(name)]
    return sorted(found, key=lambda record: record["url"])


def used(use: str) -> dict[str, Source]:
    """The sources for this use; ours have a path in the project for their address."""
    return {name: _ours(name) if name in OURS else _public()[name] for name in _meanings() if _use(name) == use}


@cache
def _meanings() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / "tasks.toml").read_text(encoding="utf-8"))


@cache
def _public() -> dict[str, Source]:
    outcomes = manifest.sources()["routellm"]
    questions = {path: sha256 for path, sha256 in outcomes.files.items() if path.startswith("mmlu/responses/")}
    return manifest.sources("prompts.toml") | {"mmlu": replace(outcomes, files=questions)}


def _use(name: str) -> str:
    return USES[name] if name in OURS else _public()[name].use


def _record(name: str) -> list[dict[str, str]]:
    if name not in OURS:
        return _public()[name].record()
    ours = _ours(name)
    return [{"url": path, "sha256": sha256, "licence": ours.licence} for path, sha256 in ours.files.items()]


def _ours(name: str) -> Source:
    files = {place: hashlib.sha256(path.read_bytes()).hexdigest() for place, path in _paths(name)}
    address = OURS[name] if len(files) == 1 else OURS[name].rpartition("/")[0]
    return Source(name, f"../../{address}", "this project's", USES[name], "our own prompts", files)


def _paths(name: str) -> Iterator[tuple[str, Path]]:
    """The files of a source, with their paths within it."""
    if name in OURS:
        paths = sorted(HERE.parent.glob(OURS[name]))
        yield from ((path.relative_to(HERE.parent).as_posix(), path) for path in paths)
    else:
        source = _public()[name]
        yield from ((path, source.path(path)) for path in sorted(source.files))


def _of_source(name: str, source: dict[str, Any]) -> Iterator[Example]:
    meant = source.get("tags") or {tag: task for task, tags in source.get("sorted", {}).items() for tag in tags}
    by_tag: dict[str, list[str]] = defaultdict(list)
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    for text, tag in (row for place, path in _paths(name) for row in _rows(name, source, place, path, chance)):
        if text.strip():
            by_tag[tag].append(text[:LONGEST])
    for tag in sorted(by_tag):
        task = source.get("all") or meant.get(tag) or (tag if not meant else None)
        if task is None:
            continue
        texts = sorted(set(by_tag[tag]), key=lambda text: hashlib.sha256(text.encode()).digest())
        for text in texts[: source.get("most")]:
            yield Example(text, Task(task), name, tag)


def _wordings(path: Path, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Every wording, where it has a slot three times with what chance fills it."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    things, passages = content.pop("things")["list"], content.pop("passages", {"list": PASSAGES})["list"]
    for task, wordings in content.items():
        for wording in wordings["list"]:
            for _ in range(3 if "{" in wording else 1):
                filled = wording.replace("{thing}", chance.choice(things))
                yield filled.replace("{passage}", chance.choice(passages)), task


def _rows(
    name: str, source: dict[str, Any], place: str, path: Path, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """The prompts of one file, with their tags."""
    if path.suffix == ".tsv":
        for line in path.read_text(encoding="utf-8").splitlines():
            task, _, _, prompt = line.split("\t")
            yield prompt.replace("\\n", "\n"), task
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            yield from ((row["prompt"], path.stem) for row in csv.DictReader(lines))
    elif name == "wordings":
        yield from _wordings(path, chance)
    elif path.suffix == ".yaml":
        yield from ((text, place.rpartition("/")[0]) for text in _templates(path, chance))
    elif name == "clinc":
        splits = json.loads(path.read_text(encoding="utf-8"))
        yield from ((text, tag) for text, tag in splits["train"])
    elif "lines" in source:
        yield from _lines(path, source)
    elif name == "bbh":
        yield from ((row["input"], path.stem) for row in json.loads(path.read_text(encoding="utf-8"))["examples"])
    else:
        for row in json_rows(path):
            text = row[source["text"]]
            text = text[0] if isinstance(text, list) else text
            if source.get("input"):
                text = f"{text}\n{row['instances'][0]['input']}".strip()
            if row.get("input") and source["text"] != "input":
                text = f"{text}\n{row['input']}"
            yield text, str(row.get(source.get("tag", ""), ""))


def _lines(path: Path, source: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The prompts of the lines that we sorted, counted from one, each with its task."""
    tasks = source["lines"][path.name.partition(".")[0]]
    meant = {line: task for task, lines in tasks.items() for line in lines}
    for line, row in enumerate(json_rows(path), 1):
        if line in meant:
            text = str(row[source["text"]] if "text" in source else row)
            first = text.split("\n\nHuman: ")[1].split("\n\nAssistant:")[0] if "dialogue" in source else text
            yield first, meant[line]


def json_rows(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
    if content.startswith("["):
        yield from json.loads(content)
    elif content.startswith("{\n"):  # rows by their names
        yield from json.loads(content).values()
    else:
        yield from (json.loads(line) for line in content.split("\n") if line.strip())


def _templates(path: Path, chance: random.Random) -> Iterator[str]:
    """What stands before `|||` in each template, its slots filled by chance with a passage or a phrase."""

    def fill(slot: re.Match[str]) -> str:
        return chance.choice(PASSAGES if _LONG.search(slot[1]) else PHRASES)

    for body in _JINJA.findall(path.read_text(encoding="utf-8")):
        yield _SLOT.sub(fill, _BLOCK.sub("", _unquoted(body).split("|||")[0])).strip()


def _unquoted(scalar: str) -> str:
    """A YAML scalar as these files write them, near enough for a prompt."""
    if scalar.startswith(("|", ">")):
        return scalar.split("\n", 1)[1].replace("\n      ", "\n")
    text = re.sub(r"\n +", " ", re.sub(r"\n\s*\n +", "\n", scalar.strip()))
    return text.strip("'\"").replace("''", "'").replace('\\"', '"').replace("\\n", "\n").replace("\\ ", " ")
