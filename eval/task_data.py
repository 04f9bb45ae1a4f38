"""Prompts with their tasks, from public sources, as `tasks.toml` sorts them; read from EVAL_DATA_DIR."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import random
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.domain import Task

HERE = Path(__file__).parent
SEED = 7
OURS = "this project's"
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


def sources() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / "tasks.toml").read_text(encoding="utf-8"))


def examples(use: str) -> list[Example]:
    """All examples of the sources for this use, without repetition, in an order that is always the same."""
    found: dict[str, Example] = {}
    for name, source in sources().items():
        if source["use"] == use:
            for example in _of_source(name, source):
                found.setdefault(example.text, example)
    return list(found.values())


def _wordings(path: Path) -> Iterator[tuple[str, str]]:
    """Every wording, where it has a slot three times with what chance fills it."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    things = content.pop("things")["list"]
    for task, wordings in content.items():
        for wording in wordings["list"]:
            for _ in range(3 if "{" in wording else 1):
                filled = wording.replace("{thing}", chance.choice(things))
                yield filled.replace("{passage}", chance.choice(PASSAGES)), task


def files(source: dict[str, Any]) -> list[Path]:
    root = HERE.parent if source["licence"] == OURS else Path(os.environ["EVAL_DATA_DIR"])
    return sorted(root.glob(source["file"])) if "*" in source["file"] else [root / source["file"]]


def _of_source(name: str, source: dict[str, Any]) -> Iterator[Example]:
    meant = source.get("tags") or {tag: task for task, tags in source.get("sorted", {}).items() for tag in tags}
    by_tag: dict[str, list[str]] = defaultdict(list)
    for text, tag in (row for path in files(source) for row in _rows(name, source, path)):
        if text.strip():
            by_tag[tag].append(text[:LONGEST])
    for tag in sorted(by_tag):
        task = source.get("all") or meant.get(tag) or (tag if not meant else None)
        if task is None:
            continue
        texts = sorted(set(by_tag[tag]), key=lambda text: hashlib.sha256(text.encode()).digest())
        for text in texts[: source.get("most")]:
            yield Example(text, Task(task), name, tag)


def _rows(name: str, source: dict[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".tsv":
        for line in path.read_text(encoding="utf-8").splitlines():
            task, _, _, prompt = line.split("\t")
            yield prompt.replace("\\n", "\n"), task
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            yield from ((row["prompt"], path.stem) for row in csv.DictReader(lines))
    elif name == "wordings":
        yield from _wordings(path)
    elif path.is_dir():
        yield from _templates(path)
    elif name == "clinc":
        splits = json.loads(path.read_text(encoding="utf-8"))
        yield from ((text, tag) for text, tag in splits["train"])
    elif name == "bbh":
        yield from ((row["input"], path.stem) for row in json.loads(path.read_text(encoding="utf-8"))["examples"])
    else:
        for row in _records(path):
            text = row[source["text"]]
            text = text[0] if isinstance(text, list) else text
            if source.get("input"):
                text = f"{text}\n{row['instances'][0]['input']}".strip()
            if row.get("input"):
                text = f"{text}\n{row['input']}"
            yield text, str(row.get(source.get("tag", ""), ""))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
    if content.startswith("["):
        yield from json.loads(content)
    else:
        yield from (json.loads(line) for line in content.split("\n") if line.strip())


def _templates(folder: Path) -> Iterator[tuple[str, str]]:
    """What stands before `|||` in each template, its slots filled by chance with a passage or a phrase."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    for path in sorted(folder.rglob("templates.yaml")):
        for body in _JINJA.findall(path.read_text(encoding="utf-8")):
            asked = _BLOCK.sub("", _unquoted(body).split("|||")[0])

            def fill(slot: re.Match[str]) -> str:
                return chance.choice(PASSAGES if _LONG.search(slot[1]) else PHRASES)

            yield _SLOT.sub(fill, asked).strip(), path.parent.relative_to(folder).as_posix()


def _unquoted(scalar: str) -> str:
    """A YAML scalar as these files write them, near enough for a prompt."""
    if scalar.startswith(("|", ">")):
        return scalar.split("\n", 1)[1].replace("\n      ", "\n")
    text = re.sub(r"\n +", " ", re.sub(r"\n\s*\n +", "\n", scalar.strip()))
    return text.strip("'\"").replace("''", "'").replace('\\"', '"').replace("\\n", "\n").replace("\\ ", " ")
