"""Custom tasks: tasks that a tier map describes by example utterances. No training: whose examples is a prompt near to?

Near is a share of how near it is to the examples' common direction, and a share of how near to the nearest of them. The
nearest task must reach its own threshold, or the prompt stays with the built-in tasks. Examples of the default route
are rivals: what is nearest to them stays there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pointsman.classify import embedding
from pointsman.classify.features import CONTEXT, REPLY, excerpt
from pointsman.domain import ChatRequest, CustomTask, CustomTasks, Message, Text

NEAREST = 0.3
"""The share of the nearest example; the rest is the common direction's."""
DEFAULT = "*"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Row n of `centres` is the direction of `tasks[n]`, the rows of `examples` from `starts[n]` on its examples."""

    tasks: tuple[CustomTask, ...]
    centres: Floats
    examples: Floats
    starts: tuple[int, ...]


def match(request: ChatRequest, tasks: CustomTasks) -> Match | None:
    """The custom task of the last user turn. A short reply that matches none may carry on the turn before it."""
    if not tasks.tasks:
        return None
    turns = [text for message in request.messages if (text := _said(message))]
    found = nearest(turns[-1], tasks) if turns else None
    if found is None and len(turns) > 1 and len(turns[-1]) < REPLY:
        found = nearest(turns[-2], tasks)
    return found


def nearest(text: str, tasks: CustomTasks) -> Match | None:
    compiled = _compiled(tasks)
    vector = embedding.load()(text)
    to_examples = np.maximum.reduceat(compiled.examples @ vector, compiled.starts)
    similarities = (1 - NEAREST) * (compiled.centres @ vector) + NEAREST * to_examples
    best = int(similarities.argmax())
    task, similarity = compiled.tasks[best], float(similarities[best])
    if task.name == DEFAULT or similarity < task.threshold:
        return None
    return Match(task.name, round(min(1.0, similarity), 4))


def _said(message: Message) -> str:
    if message.role != "user":
        return ""
    return excerpt([part for part in message.parts if isinstance(part, Text)], CONTEXT).strip()


@lru_cache(maxsize=4)
def _compiled(tasks: CustomTasks) -> _Compiled:
    """Once a map: its vectors where this encoder made them, else made anew from the examples."""
    encoder = embedding.load()
    ours = tasks.encoder == encoder.name
    groups = [
        np.stack(
            [embedding.unpack(line) for line in task.vectors.split("\n")]
            if ours
            else [encoder(example) for example in task.examples]
        )
        for task in tasks.tasks
    ]
    return _Compiled(
        tasks=tasks.tasks,
        centres=np.stack([embedding.unit(group.mean(0)) for group in groups]),
        examples=np.concatenate(groups),
        starts=tuple(int(end) - len(group) for end, group in zip(np.cumsum([*map(len, groups)]), groups, strict=True)),
    )
