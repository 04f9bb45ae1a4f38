"""`POST /v1/feedback`: what a caller thought of an answer. The same in every dialect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from pointsman.domain import Feedback, Json
from pointsman.errors import RequestError
from pointsman.wire.fields import Strict, read

LONGEST_PROMPT = 32_768
"""Characters: a DynamoDB item holds 400 KB, and a classifier learns nothing from more."""


def _no_boolean(score: object) -> object:
    """Which Python would take for 0 or 1."""
    if isinstance(score, bool):
        raise PydanticCustomError("score", "Input should be a number")
    return score


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class FeedbackRequest(Strict):
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
    verdict: Literal["good", "bad"] | None = None
    score: (
        Annotated[float, BeforeValidator(_no_boolean), Field(ge=0, le=1, allow_inf_nan=False, strict=False)] | None
    ) = None
    reason: Code | None = None
    task: Code | None = None
    tier: Code | None = None
    answered_by: Code | None = None
    store_prompt: bool = False
    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)] | None = None


def parse_feedback(body: Mapping[str, Json]) -> Feedback:
    """Raises `RequestError` that names the field. A prompt is refused unless the caller says that it may be stored."""
    wire = read(FeedbackRequest, body)
    if wire.verdict is None and wire.score is None:
        raise RequestError("Give a verdict, a score or both.", param="verdict")
    if wire.prompt is not None and not wire.store_prompt:
        raise RequestError("A prompt is stored only where store_prompt is true.", param="prompt")
    if wire.store_prompt and wire.prompt is None:
        raise RequestError("This field is required where store_prompt is true.", param="prompt")
    return Feedback(
        wire.request_id, wire.verdict, wire.score, wire.reason, wire.task, wire.tier, wire.prompt, wire.answered_by
    )


def check_names(feedback: Feedback, tasks: Collection[str], tiers: Collection[str], answering: Collection[str]) -> None:
    """Raises `RequestError` for a task or tier that nothing is called, so that a slip is not learned from. `answering`
    are what may have answered."""
    for param, name, known in (
        ("task", feedback.task, tasks),
        ("tier", feedback.tier, tiers),
        ("answered_by", feedback.answered_by, answering),
    ):
        if name is not None and name not in known:
            raise RequestError(f"The tier map has no such name. It has: {', '.join(sorted(known))}.", param=param)


def feedback_body(feedback: Feedback) -> dict[str, Json]:
    """What was stored, without the prompt."""
    return {
        "object": "router.feedback",
        "request_id": feedback.request_id,
        "prompt_stored": feedback.prompt is not None,
    }
