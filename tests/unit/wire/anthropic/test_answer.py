"""Bodies, read back with the anthropic package's own types."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.pagination import SyncPage
from anthropic.types import Message, MessageTokensCount, ModelInfo
from anthropic.types.shared import ErrorResponse
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Completion, Finish, Text, Thinking, ToolCall, Usage
from pointsman.errors import (
    MapError,
    PayloadTooLarge,
    PointsmanError,
    PromptTooLong,
    RequestError,
    Unauthenticated,
    UnknownModel,
    UpstreamError,
    UpstreamKind,
)
from pointsman.wire.anthropic import ANTHROPIC
from pointsman.wire.anthropic.answer import count_body
from pointsman.wire.dialect import Envelope
from tests.fakes import chat, model, tier_map

counts = st.integers(0, 10**9)
maybe = st.none() | counts
ENVELOPE = Envelope("msg_1", "small", 1_800_000_000, chat())


def read(*parts: Text | Thinking | ToolCall, finish: Finish = Finish.STOP, **more: Any) -> Message:
    completion = Completion(parts, finish, **{"usage": Usage(3, 2)} | more)
    body = ANTHROPIC.completion_body(completion, ENVELOPE)
    parsed = Message.model_validate(body, strict=True)
    assert parsed.model_dump(exclude_unset=True) == body
    return parsed


def test_an_answer_of_every_kind_of_block() -> None:
    answer = read(
        Thinking("hm", "s"),
        Thinking(redacted="r"),
        Text("Paris."),
        ToolCall("toolu_1", "weather", '{"city": "Oslo"}'),
        ToolCall("call_2", "now", "", signature="g"),
        finish=Finish.TOOL_CALLS,
    )
    assert [block.model_dump(exclude_unset=True) for block in answer.content] == [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "r"},
        {"type": "text", "text": "Paris.", "citations": None},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
        {"type": "tool_use", "id": "call_2__thought__g", "name": "now", "input": {}},
    ]
    assert (answer.id, answer.model, answer.role, answer.stop_reason) == ("msg_1", "small", "assistant", "tool_use")


@pytest.mark.parametrize(
    ("finish", "sequence", "reason"),
    [
        (Finish.STOP, None, "end_turn"),
        (Finish.STOP, "END", "stop_sequence"),
        (Finish.LENGTH, None, "max_tokens"),
        (Finish.CONTENT_FILTER, None, "refusal"),
    ],
)
def test_why_it_ended(finish: Finish, sequence: str | None, reason: str) -> None:
    answer = read(Text("a"), finish=finish, stop_sequence=sequence)
    assert (answer.stop_reason, answer.stop_sequence) == (reason, sequence)


def test_a_call_cut_short_holds_what_was_written() -> None:
    (call,) = read(ToolCall("1", "f", '{"a": 1, "b": "x'), finish=Finish.LENGTH).content
    assert call.type == "tool_use"
    assert call.input == {"a": 1}


@pytest.mark.parametrize("arguments", ["[1]", "no"])
def test_a_call_with_what_is_no_object_is_the_models_fault(arguments: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(ToolCall("1", "f", arguments))
    assert caught.value.kind is UpstreamKind.BAD_RESPONSE


@given(st.builds(Usage, counts, counts, maybe, maybe, maybe, maybe))
def test_usage_counts_every_token_once(usage: Usage) -> None:
    told = read(Text("a"), usage=usage).usage
    assert told.input_tokens == usage.input
    assert told.input_tokens + (told.cache_read_input_tokens or 0) + (told.cache_creation_input_tokens or 0) == (
        usage.prompt
    )
    if told.cache_creation:
        written = told.cache_creation.ephemeral_5m_input_tokens + told.cache_creation.ephemeral_1h_input_tokens
        assert written == told.cache_creation_input_tokens
    assert told.output_tokens == usage.output
    assert (told.output_tokens_details.thinking_tokens if told.output_tokens_details else None) == usage.reasoning


@pytest.mark.parametrize(("tier", "told"), [("default", "standard"), ("priority", "priority"), ("flex", None)])
def test_the_service_tier_where_anthropic_has_its_like(tier: str, told: str | None) -> None:
    assert read(Text("a"), service_tier=tier).usage.service_tier == told


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RequestError("no"), "invalid_request_error"),
        (Unauthenticated("no"), "authentication_error"),
        (UnknownModel("no"), "not_found_error"),
        (UpstreamError(UpstreamKind.RATE_LIMITED, "no"), "rate_limit_error"),
        (UpstreamError(UpstreamKind.OVERLOADED, "no"), "overloaded_error"),
        (UpstreamError(UpstreamKind.TIMEOUT, "no"), "timeout_error"),
        (UpstreamError(UpstreamKind.AUTH, "no"), "api_error"),
        (MapError("no"), "overloaded_error"),
        (PointsmanError("no"), "api_error"),
    ],
)
def test_errors_have_anthropics_shape(error: PointsmanError, kind: str) -> None:
    body = ANTHROPIC.error_body(error, "msg_1")
    parsed = ErrorResponse.model_validate(body, strict=True)
    assert (parsed.error.type, parsed.error.message, parsed.request_id) == (kind, "no", "msg_1")


def test_an_error_names_its_field_in_the_message() -> None:
    body = ANTHROPIC.error_body(RequestError("Bad.", param="messages[0].role"), None)
    assert body["error"]["message"] == "messages.0.role: Bad."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PromptTooLong(9_000, 500, 8_192), "prompt is too long: 9000 tokens > 8192 maximum"),
        (
            PromptTooLong(8_000, 500, 8_192),
            "input length and `max_tokens` exceed context limit: 8000 + 500 > 8192, "
            "decrease input length or `max_tokens`",
        ),
        (UpstreamError(UpstreamKind.CONTEXT_TOO_LONG, "It is."), "prompt is too long: It is."),
    ],
)
def test_a_prompt_too_long_is_said_as_anthropic_says_it(error: PointsmanError, said: str) -> None:
    assert ANTHROPIC.error_body(error, None)["error"] == {"type": "invalid_request_error", "message": said}


def test_too_large_is_said_as_anthropic_says_it() -> None:
    assert ANTHROPIC.error_body(PayloadTooLarge("no"), None)["error"]["type"] == "request_too_large"


def test_models_are_every_name_to_ask_for() -> None:
    disabled = model("spare")
    object.__setattr__(disabled, "enabled", False)
    body = ANTHROPIC.models_body(tier_map(spare=disabled))
    page = SyncPage[ModelInfo].model_validate(body)
    assert [entry.id for entry in page.data] == ["auto", "tier:economy", "tier:premium", "small", "large"]
    assert (page.first_id, page.last_id, page.has_more) == ("auto", "large", False)
    assert {entry.created_at.year for entry in page.data} == {2026}
    assert (page.data[3].max_input_tokens, page.data[3].max_tokens) == (10_000, 1_000)


def test_a_count_is_an_estimate() -> None:
    body = count_body(Usage(7, 0, cache_read=1, estimated=True))
    assert MessageTokensCount.model_validate(body).input_tokens == 8
    assert body["estimated"] is True
