"""Finds many cues in a text, in time linear in the text: by its distinct words, not one by one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pointsman.classify.finder import finder

_words = finder(r"[^\W_]+\+*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


LONG, SHORT = 5, 2
"""Letters by which stems are looked up: long ones, and the short ones of scripts in which two letters are a word."""

Found = dict[str, dict[str, float]]
"""Label → cue → its weight, each cue once however often it stands there."""


class Lexicon:
    """Labels with weighted cues, read once."""

    def __init__(self, labels: Mapping[str, Mapping[float, str]]) -> None:
        self._words: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[str, set[str], str, float]]] = defaultdict(list)
        self._unspaced: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
        for label, weights in labels.items():
            for weight, cues in weights.items():
                for cue in cues.split():
                    self._add(label, weight, cue)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for stem in self._stems:
            self._by_start[stem[: LONG if len(stem) >= LONG else SHORT]].append(stem)

    def _add(self, label: str, weight: float, cue: str) -> None:
        if _UNSPACED.match(cue):
            self._unspaced[cue[0]].append((cue, label, weight))
        elif (words := _words(cue))[0] != cue.removesuffix("*"):
            phrase = cue.replace("_", " ").removesuffix("*")
            self._phrases[words[0]].append((phrase, set(words[:-1]), label, weight))
        elif cue.endswith("*"):
            self._stems[cue[:-1]].append((label, weight))
        else:
            self._words[cue].append((label, weight))

    @property
    def words(self) -> set[str]:
        """The cues that are words, and the words of those that are phrases."""
        phrases = (word for cues in self._phrases.values() for cue, *_ in cues for word in _words(cue))
        return {*self._words, *phrases}

    @property
    def stems(self) -> Iterable[str]:
        """How words begin that are cues."""
        return self._stems.keys()

    def is_cue(self, word: str) -> bool:
        return word in self._words or any(map(word.startswith, self._by_stem(word)))

    def _by_stem(self, word: str) -> Iterable[str]:
        """The stems that a word may begin with."""
        return *self._by_start.get(word[:LONG], ()), *self._by_start.get(word[:SHORT], ())

    def find(self, text: str) -> Found:
        """The cues of a text in lower case."""
        found: Found = defaultdict(dict)
        words = dict.fromkeys(_words(text))
        for word in filter(self._words.__contains__, words):
            for label, weight in self._words[word]:
                found[label][word] = weight
        starts = self._by_start
        for word in [word for word in words if word[:LONG] in starts or word[:SHORT] in starts]:
            for stem in self._by_stem(word):
                if word.startswith(stem):
                    for label, weight in self._stems[stem]:
                        found[label][stem] = weight
        for word in filter(self._phrases.__contains__, words):
            for cue, others, label, weight in self._phrases[word]:
                if others <= words.keys() and _begins_a_word(cue, text):
                    found[label][cue] = weight
        for character in () if text.isascii() else dict.fromkeys(_UNSPACED.findall(text)):
            for cue, label, weight in self._unspaced.get(character, ()):
                if cue in text:
                    found[label][cue] = weight
        return found


def _begins_a_word(cue: str, text: str) -> bool:
    at = text.find(cue)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(cue, at + 1)
    return at >= 0
