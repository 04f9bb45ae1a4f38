"""Finds many cues in a text, in time linear in the text: by its distinct words, not one by one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pointsman.classify.finder import finder

_words = finder(r"[^\W_]+\+*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


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
        self._start = min(map(len, self._stems), default=0)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for stem in self._stems:
            self._by_start[stem[: self._start]].append(stem)

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
        return word in self._words or any(map(word.startswith, self._by_start.get(word[: self._start], ())))

    def find(self, text: str) -> Found:
        """The cues of a text in lower case."""
        found: Found = defaultdict(dict)
        words = dict.fromkeys(_words(text))
        for word in filter(self._words.__contains__, words):
            for label, weight in self._words[word]:
                found[label][word] = weight
        for word in words:
            for stem in self._by_start.get(word[: self._start], ()):
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
