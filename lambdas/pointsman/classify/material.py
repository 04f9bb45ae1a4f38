"""Tells what a prompt asks for from what only stands beside it: a footer, a passage, a sentence said again and again,
or one that leads up to it.

What is said once more says nothing new. A paragraph with no question and no cue of anything that could be asked for is
material where another paragraph has one, unless it is the short one that a prompt begins with. Where none has one and
the first is long, a short last one is taken for the request. A prompt of one paragraph is all asking, but for a short
first sentence of nothing but words that asks for nothing, where what follows asks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from pointsman.classify.cues import TASKS
from pointsman.classify.lexicon import Found, Lexicon
from pointsman.domain import Task

MOST = 16
"""Paragraphs told apart; the last of them holds what follows."""
SHORT = 240
"""Characters in which a prompt's first paragraph asks even without a cue; its last, where no other asks."""
ASKED = {*map(str, TASKS.keys() - {Task.QUESTION_ANSWERING}), "format", "proof", "design"}
"""Labels of what can be asked for; the other notions say what a text is about."""
_PARAGRAPH = re.compile(r"\n\s*\n")
_OPENING = re.compile(r"[^.!?:;。！？\n\d\"“”`(){}\[\]=]{1,100}[.!]\s+(?=\w)")
"""A short first sentence of nothing but words: no figure, nothing quoted, no code."""
_SENTENCE = re.compile(r"[^.!?。！？\n]{16,}[.!?。！？\n]*\s*")


def once(text: str) -> str:
    """The text without the sentences that it has had before."""
    sentences = _SENTENCE.findall(text)
    if len({*map(str.strip, sentences)}) == len(sentences):
        return text
    seen: set[str] = set()

    def first(match: re.Match[str]) -> str:
        sentence = match[0].strip()
        if sentence in seen:
            return ""
        seen.add(sentence)
        return match[0]

    return _SENTENCE.sub(first, text)


def asking(text: str, lexicon: Lexicon) -> tuple[str, Found]:
    """The paragraphs that ask for something, and the cues in them."""
    paragraph, *rest = _PARAGRAPH.split(text, MOST - 1)
    first = _without_opening(paragraph, lexicon)
    if not rest:
        return first
    others = [(each, lexicon.find(each)) for each in rest]
    asks = [each for each in (first, *others) if _asks(*each) or (each is first and len(first[0]) <= SHORT)]
    asks = asks or [others[-1] if len(others[-1][0]) <= SHORT else first]
    return "\n\n".join(paragraph for paragraph, _ in asks), _together(found for _, found in asks)


def _without_opening(paragraph: str, lexicon: Lexicon) -> tuple[str, Found]:
    """A paragraph and its cues, without a first sentence that does not ask where what follows does."""
    opening = _OPENING.match(paragraph)
    if opening and not _asks(opening[0], lexicon.find(opening[0])):
        rest = paragraph[opening.end() :]
        found = lexicon.find(rest)
        if _asks(rest, found):
            return rest, found
    return paragraph, lexicon.find(paragraph)


def _asks(paragraph: str, found: Found) -> bool:
    return "?" in paragraph or "？" in paragraph or not ASKED.isdisjoint(found)


def _together(cues: Iterable[Found]) -> Found:
    together: Found = defaultdict(dict)
    for found in cues:
        for label, weights in found.items():
            together[label].update(weights)
    return together
