"""A slip of the finger where a prompt says what it wants is read as the word that was meant.

A slip is a letter too many, missing or wrong, or two neighbours swapped; the first letter is held to be right. Words
that are a slip apart are alike without a letter of the one, of the other or of both, so a word is looked up as often as
it has letters, whatever the number of words that may be meant. Those are the commonest of English and whatever is a
cue. A word that is known stays as it is, and so does a text with many that are not: code, or another language.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache, partial
from operator import ne

from pointsman.classify import embedding
from pointsman.classify.lexicon import Lexicon

REACH = 240
"""Characters at each end that are looked at."""
MOST = 12
"""Unknown words that are looked up, the first ones."""
OTHERWISE = 4
"""Where more than one word in so many is unknown, beside one, the text is code or in another language."""
COMMON = 6_000
"""So many of the encoder's words may be meant, the commonest."""
ENDINGS = ("", "e", "y", "ing", "ion", "ise", "ize")
"""What makes a word of a stem, often enough."""
_WORD = re.compile("[a-z]{4,16}").fullmatch


class Speller:
    """Knows the encoder's words and the lexicon's cues."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._is_cue = lexicon.is_cue
        self._known = embedding.load().tokens
        common = dict(zip(self._known, range(COMMON), strict=False))
        cues = {*lexicon.words, *(stem + ending for stem in lexicon.stems for ending in ENDINGS)}
        self._rank = {word: rank for word, rank in (dict.fromkeys(cues, COMMON) | common).items() if _WORD(word)}
        by_initial: dict[str, list[str]] = defaultdict(list)
        for word in self._rank:
            by_initial[word[0]].append(word)
        self._alike = cache(lambda initial: _index(by_initial[initial]))

    def __call__(self, text: str) -> str:
        """A text in lower case without the first slips at its ends."""
        head, middle, tail = (
            (text, "", "") if len(text) <= 2 * REACH else (text[:REACH], text[REACH:-REACH], text[-REACH:])
        )
        uncut = f"{head.rpartition(' ')[0]} {tail.partition(' ')[2]}" if tail else text
        words = embedding.words(uncut)
        unknown = [word for word in dict.fromkeys(words) if word not in self._known and word not in self._rank]
        if len(unknown) <= 1 + len(words) / OTHERWISE:
            looked_up = [word for word in unknown if _WORD(word) and not self._is_cue(word)][:MOST]
            slips = {word: meant for word in looked_up if (meant := self.meant(word))}
            if slips:
                right = partial(re.compile(rf"\b(?:{'|'.join(slips)})\b").sub, lambda slip: slips[slip[0]])
                return right(head) + middle + right(tail)
        return text

    def meant(self, word: str) -> str | None:
        """The word of which a slip made this one: by the likeliest slip, then the commonest."""
        alike = self._alike(word[0])
        near = {each for left in _without_one(word) for each in alike.get(left, ())}
        found = [(doubt, self._rank[each], each) for each in near if (doubt := _doubt(word, each)) is not None]
        return min(found)[-1] if found else None


def _index(words: list[str]) -> Mapping[str, list[str]]:
    """What is left of words without a letter → these words. Made for one initial at a time, as it takes a while."""
    found: dict[str, list[str]] = defaultdict(list)
    for word in words:
        for left in _without_one(word):
            found[left].append(word)
    return found


def _without_one(word: str) -> Iterator[str]:
    yield word
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]


def _doubt(word: str, meant: str) -> int | None:
    """0 where a letter is too many or two are swapped, 1 where one is missing or wrong; nothing where it is more."""
    if len(word) != len(meant):
        return int(len(meant) > len(word))
    differ = sum(map(ne, word, meant))
    if differ == 2 and sorted(word) == sorted(meant):
        return 0
    return 1 if differ == 1 else None
