"""Custom tasks: tasks that a tier map describes by example utterances. No training: whose examples is a prompt near to?

Near is a share of how near it is to the examples' common direction, and a share of how near to the nearest of them. The
nearest task must reach its own threshold, or the prompt stays with the built-in tasks. Examples of the default route
are rivals: what is nearest to them stays there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from pointsman.classify import embedding
from pointsman.classify.embedding import Vector, dot
from pointsman.classify.features import CONTEXT, REPLY, excerpt
from pointsman.domain import ChatRequest, CustomTask, CustomTasks, Message, Text

NEAREST = 0.3
"""The share of the nearest example; the rest is the common direction's."""
DEFAULT = "*"


@dataclass(frozen=True, slots=True)
class Match:
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class _Topic:
    """A task with its examples, and their common direction."""

    task: CustomTask
    centre: Vector
    examples: tuple[Vector, ...]

    def similarity(self, vector: Vector) -> float:
        near = max(dot(example, vector) for example in self.examples)
        return (1 - NEAREST) * dot(self.centre, vector) + NEAREST * near


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
    vector = embedding.load()(text)
    near = [(topic.similarity(vector), topic.task) for topic in _compiled(tasks)]
    similarity, task = max(near, key=itemgetter(0))
    if task.name == DEFAULT or similarity < task.threshold:
        return None
    return Match(task.name, round(min(1.0, similarity), 4))


def _said(message: Message) -> str:
    if message.role != "user":
        return ""
    return excerpt([part for part in message.parts if isinstance(part, Text)], CONTEXT).strip()


@lru_cache(maxsize=4)
def _compiled(tasks: CustomTasks) -> tuple[_Topic, ...]:
    """Once a map: its vectors where this encoder made them, else made anew from the examples."""
    return tuple(_topic(task, tasks.encoder) for task in tasks.tasks)


def _topic(task: CustomTask, encoder: str) -> _Topic:
    encode = embedding.load()
    ours = encoder == encode.name
    examples = tuple(map(embedding.unpack, task.vectors.split("\n")) if ours else map(encode, task.examples))
    return _Topic(task, embedding.unit([sum(column) for column in zip(*examples, strict=True)]), examples)
