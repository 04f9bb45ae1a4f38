"""The form of a prompt in named numbers: how long, how many steps, operands, options, how rare its words.

What they measure means the same in any domain, unlike the words themselves. An expression that begins with a set of
characters, and looks behind it where it must, is found several times faster than one that looks ahead.
"""

from __future__ import annotations

import math
import re

from pointsman.classify.finder import finder

_NUMBER = re.compile(r"\d[\d,]*\.?\d*")
_words = finder(r"[^\W\d_]{1,40}")
_OPTION = re.compile(r"\n\(?[A-J][.)] ?(.*)")
_SENTENCE = re.compile(r"[.?!。？！](?:\s|$|(?<=[。？！]))")
_OPERATORS = "+*=^<>/\\"
_FRACTION = re.compile(r"\d/\d")
_LATEX = re.compile(r"\\[a-z]+|\$[^$\n]{1,80}\$")
_CAPITALS = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]+\b")
_STEP_WORDS = """
    then next after before each every remaining remain left rest total altogether together twice double triple half
    third quarter percent percentage more less fewer than times per if would only again first second last finally
    another combined both average ratio difference increase decrease discount interest profit cost spend save
    earn
"""
_NEGATION_WORDS = "not except least incorrect false neither nor none never without unlikely cannot no"
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_COMMON_WORDS = """
    the a an of to in and is are was were be been for on with as at by that this it its from or which what who how
    when where he she they his her their you i we has have had do does did will would can could should there these those
    than then if not but into about all
"""
_STEPS, _COMMON = frozenset(_STEP_WORDS.split()), frozenset(_COMMON_WORDS.split())
_QUESTIONS = ("how", "what", "which", "who", "why", "when", "where")


def has_options(text: str) -> bool:
    """Whether it is a question with options to choose from."""
    return len(_OPTION.findall(text)) > 1


def read(text: str) -> dict[str, float]:
    """Every trait of a text. The options of a multiple-choice question are told from what is asked."""
    options = [option.lower() for option in _OPTION.findall(text)]
    asked = text[: text.find("\nA")] if len(options) > 1 and "\nA" in text else text
    lower = asked.lower()
    words = _words(lower)
    distinct, count = set(words), max(1, len(words))
    lengths = list(map(len, words))
    numbers = [found.replace(",", "").rstrip(".") for found in _NUMBER.findall(asked)]
    sentences = max(1, len(_SENTENCE.findall(asked)))
    steps = sum(map(_STEPS.__contains__, words))
    return {
        "characters": math.log1p(len(text)),
        "asked": math.log1p(len(asked)),
        "words": math.log1p(len(words)),
        "distinct words": math.log1p(len(distinct)),
        "repetition": len(distinct) / count,
        "sentences": math.log(sentences),
        "words a sentence": math.log(count / sentences),
        "numbers": math.log1p(len(numbers)),
        "distinct numbers": math.log1p(len(set(numbers))),
        "magnitude": min(20.0, math.log1p(max(map(len, numbers), default=0))),
        "decimals": math.log1p(sum("." in number for number in numbers)),
        "percent": min(3.0, asked.count("%")),
        "dollars": min(4.0, asked.count("$")),
        "fractions": min(3.0, len(_FRACTION.findall(asked)) if "/" in asked else 0),
        "operators": min(8.0, sum(map(asked.count, _OPERATORS))),
        "steps": math.log1p(steps),
        "steps a word": steps / count,
        "negations": min(3.0, sum(map(_NEGATIONS.__contains__, words))),
        "common words": sum(map(_COMMON.__contains__, words)) / count,
        "word length": sum(lengths) / count,
        "long words": sum(length > 8 for length in lengths) / count,
        "letters": lengths.count(1) / count,
        "capitals": min(5.0, len(_CAPITALS.findall(asked))),
        "commas": math.log1p(asked.count(",")),
        "quotes": min(6.0, asked.count('"')),
        "brackets": min(6.0, asked.count("(")),
        "lines": math.log1p(asked.count("\n")),
        "questions": min(4.0, asked.count("?")),
        "blanks": min(3.0, asked.count("__")),
        "latex": min(6.0, len(_LATEX.findall(asked))),
        "ends in a question": float(asked.rstrip().endswith("?")),
        "ends open": float(asked.rstrip()[-1:] in {":", ","}),
        "statements": float("tatement 1" in asked),
        "how many": float("how many" in lower),
        "how much": float("how much" in lower),
        "following": float("following" in distinct),
        **{question: float(question in distinct) for question in _QUESTIONS},
        **_of_options(options, distinct, len(asked)),
    }


def _of_options(options: list[str], asked: set[str], length: int) -> dict[str, float]:
    lengths = [len(option) for option in options]
    words = {word for option in options for word in _words(option)}
    some = max(1, len(options))
    return {
        "options": float(min(10, len(options))),
        "option length": math.log1p(sum(lengths) / some),
        "longest option": math.log1p(max(lengths, default=0)),
        "shortest option": math.log1p(min(lengths, default=0)),
        "options to question": math.log1p(sum(lengths)) - math.log1p(length) if options else 0.0,
        "numbers in options": sum(bool(_NUMBER.search(option)) for option in options) / some,
        "options repeat words": len(words & asked) / max(1, len(words)),
    }
