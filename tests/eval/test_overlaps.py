from __future__ import annotations

from eval.overlaps import within


def test_case_and_white_space_do_not_tell_prompts_apart() -> None:
    found = within(["Write a poem.", "Sort a\nlist", "Sort a list?"], ["write  a POEM.", "sort a list"])
    assert found.tolist() == [True, True, False]
