"""A chat request → what the heads look at: the cues found in it and a few named numbers, each in 0–1.

Read is the last user turn that has words (a turn of tool results is none), at most its first and last 4,000 characters;
the system prompt and the turn before give context. So a prompt of 1 MB costs what one of 8 kB costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from pointsman.classify.courtesy import strip
from pointsman.classify.cues import NOTIONS, TASKS
from pointsman.classify.finder import finder
from pointsman.classify.lexicon import Found, Lexicon
from pointsman.classify.material import asking, once
from pointsman.classify.spelling import Speller
from pointsman.domain import ChatRequest, Image, Message, Part, Task, Text

CAP = 4_000
"""Characters read at each end."""
ASK = 240
"""Characters at each end in which a prompt most likely says what it wants."""
SAID = 300
"""Characters at each end whose words the task head sees."""
START = 90
"""Characters in which a prompt most likely says what it wants first; the task head sees them once more."""
PREAMBLE = 160
"""Characters that may stand before them without a cue of any task."""
HALF = 0.7
"""The share of the ends, and of the start: together they weigh as one."""
CONTEXT = 600
"""Characters read at each end of the system prompt and of the turn before."""
MATERIAL = 600
"""Characters beyond which more and more of a prompt is taken for material, all of it from four times that."""
SAMPLE = 500
"""Characters in which the share of plain words is taken."""
REPLY = 60
"""A reply shorter than this that names no task of its own carries on the turn before it."""

_OWN_TASK = TASKS.keys() - {Task.QUESTION_ANSWERING}
_LEXICON = Lexicon({**{str(task): cues for task, cues in TASKS.items()}, **NOTIONS})
_integers = finder(r"\d+")
_OPTION = re.compile(r"\n[ \t]{0,8}\(?[a-e][.)]\s")
_ITEM = re.compile(r"\n[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])\s")
_COMMAND = re.compile(r"\\[a-z]{2}")
_SYMBOL = re.compile(r"[²³→¬∀-⋿]")
_STATEMENT = re.compile(r"\n(?<![;{}]\n)[ \t]{0,40}(?:def|class|import|return|func|public|const|let|var|#include)\b")
_CODE = ("```", "```", ";\n", "{\n", "}\n", "=>", "</")
_plain_words = finder(r"\b[^\W\d_]{1,40}\b")
_ENDS = (". ", ".\n", "? ", "?\n", "! ", "!\n", "。", "？", "！")
_STOPS = ".!?:。！？\n"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BRACKET = re.compile(r"[()\[\]{}]")


@dataclass(frozen=True, slots=True)
class Features:
    """`text`: the last user turn, cut to size. `cues`: label → strength, weighted by where the cues stand. `numbers`:
    name → 0–1. `said`: the ends of the user's turn, the start of what it asks, the ends of what gives it context, each
    with the share that it counts. `formatted`: whether the request names a format to answer in."""

    text: str
    cues: dict[str, float]
    numbers: dict[str, float]
    said: tuple[tuple[float, str], ...] = ()
    formatted: bool = False


@cache
def speller() -> Speller:
    """Of this lexicon: read once."""
    return Speller(_LEXICON)


def read(request: ChatRequest) -> Features:
    users = [message for message in request.messages if message.role == "user" and _speaks(message)]
    whole = once(strip(excerpt(users[-1].parts, CAP))) if users else ""
    text = speller()(whole.lower())
    ask, cued = asking(text, _LEXICON)
    cues = strengths(ask, cued)
    before = users[-2] if len(users) > 1 and len(text) < REPLY and not cues.keys() & _OWN_TASK else None
    system = next((message for message in request.messages if message.role == "system"), None)
    said = _said(ends(ask, SAID), start(ask, cued))
    for message, share, labels in ((system, 0.8, TASKS.keys()), (before, 0.6, TASKS.keys() | NOTIONS.keys())):
        if message is None:
            continue
        context = excerpt(message.parts, CONTEXT).lower()
        said.append((share, ends(context, SAID)))
        found = strengths(context, _LEXICON.find(context))
        for label in found.keys() & labels:
            cues[label] = cues.get(label, 0.0) + share * found[label]
    formatted = request.response_format is not None
    if formatted:
        cues["format"] = 1.0
    plain = next(filter(None, map(_plain, (ask, *(text for _, text in said)))), 0.0)
    return Features(whole, cues, _numbers(request, users, ask, text) | {"words": plain}, tuple(said), formatted)


def excerpt(parts: Sequence[Part], cap: int) -> str:
    """The text of the parts, or its first and last `cap` characters; never builds more than that. What it gives can be
    encoded."""
    texts = [part.text for part in parts if isinstance(part, Text)]
    if sum(map(len, texts)) <= 2 * cap:
        return _encodable("\n".join(texts))
    return _encodable(_gather(texts, cap) + "\n" + _gather(reversed(texts), cap, end=True))


def _encodable(text: str) -> str:
    """The text; where it has lone surrogates, which no encoding has, with U+FFFD in their place."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def ends(text: str, cap: int) -> str:
    """The first and last `cap` characters, or all where that is less."""
    return text if len(text) <= 2 * cap else f"{text[:cap]}\n{text[-cap:]}"


def start(text: str, cued: Found) -> str:
    """The first words of a text, or of the sentence with its first cue where only a short preamble stands before it."""
    places = [text.find(cue, 0, PREAMBLE) for label in TASKS for cue in cued.get(label, ())]
    first = min((place for place in places if place >= 0), default=0)
    begin = max(text.rfind(stop, 0, first) for stop in _STOPS) + 1
    return text[begin : begin + START]


def strengths(text: str, everywhere: Found) -> dict[str, float]:
    """Label → sum of its cues' weights; a cue at either end of a text counts in full, one in the middle a third."""
    at_ends = everywhere if len(text) <= 2 * ASK else _LEXICON.find(ends(text, ASK))
    return {
        label: sum(weight * (1 if cue in at_ends.get(label, ()) else 1 / 3) for cue, weight in cues.items())
        for label, cues in everywhere.items()
    }


def _said(whole: str, first: str) -> list[tuple[float, str]]:
    return [(1.0, whole)] if whole == first else [(HALF, whole), (HALF, first)]


def _speaks(message: Message) -> bool:
    return any(
        isinstance(part, Image) or (isinstance(part, Text) and part.text and not part.text.isspace())
        for part in message.parts
    )


def _gather(texts: Iterable[str], cap: int, *, end: bool = False) -> str:
    pieces: list[str] = []
    for text in texts:
        piece = text[-cap:] if end else text[:cap]
        pieces.append(piece)
        cap -= len(piece)
        if cap <= 0:
            break
    return "\n".join(reversed(pieces) if end else pieces)


def _plain(text: str) -> float:
    """How far a text is made of plain words; of a turn without any, what gives it context is asked."""
    sample = text[:SAMPLE]
    return min(1.0, sum(map(len, _plain_words(sample))) / (0.6 * max(1, len(sample))))


def _numbers(request: ChatRequest, users: list[Message], ask: str, text: str) -> dict[str, float]:
    ask, text = f"\n{ask}\n", f"\n{text}\n"
    raw = {
        "operands": (len(_integers(ask)), 8),
        "long_words": (len([word for word in ask.split() if len(word) > 9]), 12),
        "options": (len(_OPTION.findall(text)), 4),
        "items": (len(_ITEM.findall(ask)), 8),
        "notation": (_count(text, "^=") + len(_COMMAND.findall(text)) + len(_SYMBOL.findall(text)), 6),
        "code": (_count(text, _CODE) + len(_STATEMENT.findall(text)), 8),
        "nesting": (_nesting(ask), 4),
        "clauses": (_count(ask, ",;，、"), 10),
        "sentences": (_count(ask, _ENDS) - 1, 5),
        "questions": (_count(ask, "?？"), 3),
        "length": (len(ask) - MATERIAL, 3 * MATERIAL),
        "tools": (len(request.tools), 8),
        "turns": (len(users) - 1, 10),
        "image": (any(isinstance(part, Image) for user in users[-1:] for part in user.parts), 1),
    }
    return {name: max(0.0, min(1.0, value / full)) for name, (value, full) in raw.items()}


def _count(text: str, pieces: Iterable[str]) -> int:
    return sum(map(text.count, pieces))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
