"""Other people's wordings are read so that those of one request ask for the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import paraphrases
from eval.manifest import Source
from eval.paraphrases import Group, flan, multi_prompt, ours

TEMPLATES = '''
"""Templates."""
PATTERNS = {
    "first": [
        ("What is said here? {text}", "{answer}"),
        ("{text}\\n\\nSay it in short.", "{answer}"),
        ("{text}\\n\\nSay it in short.", "{answer}"),
        ("{title}: {text} And in short?", "{answer}"),
        ("Say something in short.", "{answer}"),
        ("Write a text for this: {answer}", "{text}"),
    ],
    "again": [("What is said here? {text}", "{x}"), ("{text}\\n\\nSay it in short.", "{x}"),
        ("{title}: {text} And in short?", "{x}")],
}
'''
ROWS = """\
method,prompt template,correct
default,Which rhymes with {query}?,1
rephrase,What goes with {query}?,1
rephrase,What is near to {query}?,0
rephrase,What goes with it?,1
meta_cot,Think of {query}.,1
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Its files lie in `tmp_path`; the slots of all sources are filled with letters."""
    for name, content in (("templates.py", TEMPLATES), ("rhyme.csv", ROWS)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(Source, "path", lambda _, path: tmp_path / Path(path).name)
    slots = {"any": {"text": "T", "title": "H"}, "rhyme": {"query": "Q"}}
    monkeypatch.setattr(paraphrases, "_slots", lambda _: slots)
    return Source("public", "https://example.org", "MIT", "evaluate", "", {"rhyme.csv": ""})


def test_wordings_that_ask_for_something_else_and_repetitions_are_left_out(source: Source) -> None:
    wordings = ("What is said here? T", "T\n\nSay it in short.", "H: T And in short?")
    assert list(flan(source)) == [Group("flan", "first", wordings)]


def test_of_a_model_s_wordings_those_are_compared_that_people_found_right(source: Source) -> None:
    (group,) = multi_prompt(source)
    assert set(group.wordings) == {"Which rhymes with Q?", "What goes with Q?"}


def test_every_slot_of_ours_is_filled_and_our_wordings_are_three_each() -> None:
    assert {len(group.wordings) for group in ours()} == {3}
    assert not any(group.held_out for group in ours())
    assert all(paraphrases._slots(name) for name in ("flan", "multi-prompt"))
