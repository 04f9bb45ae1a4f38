"""A faster way for ASCII finds the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify.finder import finder

EXPRESSIONS = [r"[^\W_]+\+*", r"[^\W\d_]{1,40}", r"\d+", r"\b[^\W\d_]{1,40}\b", r"[^\W\d_]{1,40}|\d+|[^\w\s]"]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@given(text=st.text() | st.text(st.characters(max_codepoint=127)) | st.text("aZ9_+ é²٣漢"))
def test_what_is_found_is_what_the_expression_finds(expression: str, text: str) -> None:
    assert finder(expression)(text) == re.findall(expression, text)
