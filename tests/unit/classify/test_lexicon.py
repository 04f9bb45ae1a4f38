"""A cue is found where its words begin, whatever stands around."""

from __future__ import annotations

import pytest

from pointsman.classify.lexicon import Lexicon

LEXICON = Lexicon(
    {
        "task": {2: "translate how_much* write_a_song c++ 翻译", 1: "optim* p_=_np"},
        "other": {1: "translate"},
    }
)


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("", {}),
        ("translate it, then translate", {"translate": 2}),
        ("translated", {}),
        ("it optimises", {"optim": 1}),
        ("how much is it?", {"how much": 2}),
        ("somehow much", {}),
        ("somehow much, but how much?", {"how much": 2}),
        ("write a few songs, or write a song", {"write a song": 2}),
        ("write songs", {}),
        ("in c++, not c", {"c++": 2}),
        ("is p = np?", {"p = np": 1}),
        ("请翻译", {"翻译": 2}),
    ],
)
def test_a_cue_is_found_once_with_its_weight(text: str, cues: dict[str, float]) -> None:
    assert LEXICON.find(text).get("task", {}) == cues


def test_a_cue_may_speak_for_two_labels() -> None:
    assert LEXICON.find("translate") == {"task": {"translate": 2}, "other": {"translate": 1}}
