"""Requests put in several ways: our own, and those that other people wrote, with an example of ours in their slots."""

from __future__ import annotations

import ast
import csv
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.manifest import Source, sources
from pointsman.domain import Task

HERE = Path(__file__).parent
MOST = 12
"""Wordings of one request that are compared."""
SHARE = 2 / 3
"""Of the wordings of a task that hold a slot, from which on those without it ask for something else."""
_SLOT = re.compile(r"\{(\w+)\}")

Slots = dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """One request in several wordings. `task`: what we would call it, where we said."""

    source: str
    name: str
    wordings: tuple[str, ...]
    task: Task | None = None

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the half of other people's groups that nothing was chosen by."""
        return self.source != "ours" and bool(hashlib.sha256((self.source + self.name).encode()).digest()[0] % 2)


def groups() -> list[Group]:
    """All of them, always in one order. Raises `Missing` where a file cannot be had."""
    public = sources("prompts.toml")
    return [*ours(), *flan(public["flan"]), *multi_prompt(public["multi-prompt"])]


def ours() -> Iterator[Group]:
    for request in tomllib.loads((HERE / "paraphrases.toml").read_text(encoding="utf-8"))["request"]:
        yield Group("ours", request["wordings"][0], tuple(request["wordings"]), Task(request["task"]))


def flan(source: Source) -> Iterator[Group]:
    """Wordings of some sixty tasks, those left out that ask for something else, such as to make up the input."""
    slots = _slots("flan")
    seen = set()
    for name, templates in _patterns(source.path("flan/templates.py")).items():
        (answer, _), *_ = Counter(answer for _, answer in templates).most_common(1)
        wordings = _alike([prompt for prompt, told in templates if told == answer])
        if tuple(wordings) not in seen:
            seen.add(tuple(wordings))
            yield Group("flan", name, _filled(wordings, slots["any"] | slots.get(name, {})))


def multi_prompt(source: Source) -> Iterator[Group]:
    """Wordings that a model made of a default and people found right."""
    slots = _slots("multi-prompt")
    for path in source.paths():
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["correct"].strip() == "1"]
        rephrased = {row["prompt template"]: None for row in rows if row["method"] in ("default", "rephrase")}
        alike = [wording for wording in rephrased if set(_SLOT.findall(wording)) == slots[path.stem].keys()]
        drawn = sorted(alike, key=lambda wording: hashlib.sha256(wording.encode()).digest())[:MOST]
        yield Group("multi-prompt", path.stem, _filled(drawn, slots[path.stem]))


def _slots(name: str) -> dict[str, Slots]:
    found: dict[str, Slots] = tomllib.loads((HERE / "slots.toml").read_text(encoding="utf-8"))[name]
    return found


def _patterns(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The table of a Python file, read and not run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    table = next(each.value for each in tree.body if isinstance(each, ast.Assign))
    found: dict[str, list[tuple[str, str]]] = ast.literal_eval(table)
    return found


def _alike(wordings: Sequence[str]) -> list[str]:
    """Those with every slot that most of them have, without repetition."""
    holding = Counter(slot for wording in wordings for slot in set(_SLOT.findall(wording)))
    needed = {slot for slot, count in holding.items() if count >= SHARE * len(wordings)}
    return [wording for wording in dict.fromkeys(wordings) if needed <= set(_SLOT.findall(wording))]


def _filled(wordings: Iterable[str], slots: Slots) -> tuple[str, ...]:
    return tuple(_SLOT.sub(lambda slot: slots[slot[1]], wording).strip() for wording in wordings)
