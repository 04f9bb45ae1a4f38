"""Finds many cues in a text in one pass, in time linear in the text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

_WORD = re.compile(r"[^\W_]+\+*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class Lexicon:
    """Labels with weighted cues, read once."""

    def __init__(self, labels: Mapping[str, Mapping[float, str]]) -> None:
        self._words: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, float]]] = defaultdict(list)
        self._phrases: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
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
        elif (first := _WORD.findall(cue)[0]) != cue.removesuffix("*"):
            self._phrases[first].append((cue.replace("_", " ").removesuffix("*"), label, weight))
        elif cue.endswith("*"):
            self._stems[cue[:-1]].append((label, weight))
        else:
            self._words[cue].append((label, weight))

    def find(self, text: str) -> dict[str, dict[str, float]]:
        """Label → cue → its weight, each cue once however often it stands there. `text` is lower case."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        seen: set[str] = set()
        for match in _WORD.finditer(text):
            word, at = match[0], match.start()
            for cue, label, weight in self._phrases.get(word, ()):
                if text.startswith(cue, at):
                    found[label][cue] = weight
            if word in seen:
                continue
            seen.add(word)
            for label, weight in self._words.get(word, ()):
                found[label][word] = weight
            for stem in self._by_start.get(word[: self._start], ()):
                if word.startswith(stem):
                    for label, weight in self._stems[stem]:
                        found[label][stem] = weight
        for match in _UNSPACED.finditer(text):
            at = match.start()
            for cue, label, weight in self._unspaced.get(match[0], ()):
                if text.startswith(cue, at):
                    found[label][cue] = weight
        return found
