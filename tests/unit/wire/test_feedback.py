"""Feedback bodies: read exactly, or refused with the field's name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Feedback
from pointsman.errors import RequestError
from pointsman.wire.feedback import LONGEST_PROMPT, feedback_body, parse_feedback


def test_a_verdict_a_score_and_all_that_may_stand_beside_them() -> None:
    body = {"request_id": "chatcmpl-1", "verdict": "bad", "score": 1, "reason": "too_short", "task": "coding"}
    assert parse_feedback(body) == Feedback("chatcmpl-1", "bad", 1.0, "too_short", "coding")
    tiers = body | {"tier": "premium", "answered_by": "economy"}
    assert parse_feedback(tiers) == Feedback(
        "chatcmpl-1", "bad", 1.0, "too_short", "coding", tier="premium", answered_by="economy"
    )


def test_a_prompt_is_taken_only_where_it_may_be_stored() -> None:
    body = {"request_id": "r", "verdict": "good", "prompt": "What is two and two?", "store_prompt": True}
    found = parse_feedback(body)
    assert found.prompt == "What is two and two?"
    assert feedback_body(found) == {"object": "router.feedback", "request_id": "r", "prompt_stored": True}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"request_id": None}, "request_id"),
        ({"request_id": "a b"}, "request_id"),
        ({"request_id": "r\n"}, "request_id"),
        ({"verdict": "meh"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"score": 1.5}, "score"),
        ({"score": True}, "score"),
        ({"score": "x"}, "score"),
        ({"score": float("nan")}, "score"),
        ({"reason": "free words"}, "reason"),
        ({"prompt": "text"}, "prompt"),
        ({"store_prompt": True}, "prompt"),
        ({"store_prompt": True, "prompt": "x" * (LONGEST_PROMPT + 1)}, "prompt"),
        ({"comment": "x"}, "comment"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_echoed(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as refusal:
        parse_feedback({"request_id": "r", "verdict": "good"} | changes)
    assert refusal.value.param == param
    assert "text" not in refusal.value.message


@given(
    st.dictionaries(
        st.sampled_from(["request_id", "verdict", "score", "prompt", "x"]), st.none() | st.text() | st.floats()
    )
)
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    try:
        found = parse_feedback(body)
    except RequestError:
        return
    assert found.request_id == body["request_id"]
    assert found.prompt is None
