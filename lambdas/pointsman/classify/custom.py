"""Custom tasks: tasks that a tier map describes by example utterances. No training: whose examples is a prompt near to?

Near is how near it is to the examples' common direction, and which share of its words stands in them. Examples that
are little alike are those of a wide topic: there, less will do. The nearest task must reach its own threshold, or the
prompt stays with the built-in tasks. Examples of the default route are rivals: what is nearest to them stays there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from pointsman.classify import embedding
from pointsman.classify.courtesy import strip
from pointsman.classify.embedding import Vector, dot, unit
from pointsman.classify.features import CONTEXT, REPLY, excerpt
from pointsman.domain import ChatRequest, CustomTask, CustomTasks, Message, Text

WORDS = 0.25
"""The share of the words; the rest is the common direction's."""
WIDTH = 0.25
"""What examples that have nothing in common make up for."""
USUAL, HELD = 0.5, 2
"""How alike examples usually are, and as how many of them that counts: a few say little of their topic's width."""
DEFAULT = "*"


@dataclass(frozen=True, slots=True)
class Match:
    name: str
    similarity: float


@dataclass(frozen=True, slots=True)
class _Topic:
    """A task with its examples' common direction, their tokens, and what their width makes up for."""

    task: CustomTask
    centre: Vector
    tokens: frozenset[int]
    allowance: float

    def similarity(self, vector: Vector, weights: Mapping[int, int]) -> float:
        """About 0–1, of a prompt by its vector and the weights of its tokens, of which it has at least one."""
        shared = sum(weights[token] for token in weights.keys() & self.tokens) / sum(weights.values())
        return (1 - WORDS) * dot(self.centre, vector) + WORDS * shared + self.allowance


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
    encode = embedding.load()
    if not (counts := encode.counts(text)):
        return None
    vector, weights = encode.vector(counts), encode.weigh(counts)
    near = [(topic.similarity(vector, weights), topic.task) for topic in _compiled(tasks)]
    similarity, task = max(near, key=itemgetter(0))
    if task.name == DEFAULT or similarity < task.threshold:
        return None
    return Match(task.name, round(min(1.0, similarity), 4))


def allowance(examples: Sequence[Vector]) -> float:
    """What is added for the examples' width: the more, the farther each is from the common direction of the others."""
    total = [sum(column) for column in zip(*examples, strict=True)]
    alike = [dot(each, unit([all_ - own for all_, own in zip(total, each, strict=True)])) for each in examples]
    counted = alike if len(alike) > 1 else []
    return WIDTH * (1 - (sum(counted) + HELD * USUAL) / (len(counted) + HELD))


def _said(message: Message) -> str:
    """What the user says, without greeting and thanks: they are near to tasks of small talk."""
    if message.role != "user":
        return ""
    return strip(excerpt([part for part in message.parts if isinstance(part, Text)], CONTEXT))


@lru_cache(maxsize=4)
def _compiled(tasks: CustomTasks) -> tuple[_Topic, ...]:
    """Once a map: its vectors where this encoder made them, else made anew from the examples."""
    return tuple(_topic(task, tasks.encoder) for task in tasks.tasks)


def _topic(task: CustomTask, encoder: str) -> _Topic:
    encode = embedding.load()
    ours = encoder == encode.name
    examples = tuple(map(embedding.unpack, task.vectors.split("\n")) if ours else map(encode, task.examples))
    tokens = frozenset(token for example in task.examples for token in encode.counts(example))
    centre = unit([sum(column) for column in zip(*examples, strict=True)])
    return _Topic(task, centre, tokens, allowance(examples))
