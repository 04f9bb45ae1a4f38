"""Bodies, read back with the openai package's own types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.pagination import SyncPage
from openai.types import Model as SdkModel
from openai.types.chat import ChatCompletion

from pointsman.domain import Completion, Finish, Text, Thinking, ToolCall, Usage
from pointsman.errors import (
    MapError,
    PayloadTooLarge,
    PointsmanError,
    PromptTooLong,
    QuotaExceeded,
    RequestError,
    Unauthenticated,
    UnknownModel,
    UpstreamError,
    UpstreamKind,
)
from pointsman.wire.dialect import Envelope
from pointsman.wire.openai import OPENAI
from pointsman.wire.openai.answer import usage_body
from tests.fakes import chat, model, tier_map

counts = st.integers(0, 10**9)
maybe = st.none() | counts


def read(completion: Completion) -> ChatCompletion:
    body = OPENAI.completion_body(completion, Envelope("chatcmpl-1", "small", 1_800_000_000, chat()))
    parsed = ChatCompletion.model_validate(body, strict=True)
    assert parsed.model_dump(exclude_unset=True) == body
    return parsed


@pytest.mark.parametrize("finish", Finish)
def test_an_answer_in_words(finish: Finish) -> None:
    choice = read(Completion((Text("Par"), Text("is.")), finish, Usage(3, 2))).choices[0]
    assert (choice.message.content, choice.message.tool_calls, choice.finish_reason) == ("Paris.", None, finish.value)


def test_an_answer_that_calls_tools() -> None:
    parts = (ToolCall("call_1", "weather", "{"), ToolCall("call_2", "now", "{}"))
    message = read(Completion(parts, Finish.TOOL_CALLS, None)).choices[0].message
    assert message.content is None
    calls = [call for call in message.tool_calls or () if call.type == "function"]
    assert [(call.id, call.function.name) for call in calls] == [("call_1", "weather"), ("call_2", "now")]


def test_thoughts_stand_beside_the_answer_and_logprobs_in_it() -> None:
    logprob = {"token": "a", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    parts = (Thinking("hm", "s"), Thinking("so"), Thinking(redacted="r"), ToolCall("c", "f", "{}", "g"))
    answer = read(Completion(parts, Finish.TOOL_CALLS, Usage(1, 1), logprobs=(logprob,), service_tier="flex"))
    extra = answer.choices[0].message.model_extra or {}
    assert extra["reasoning_content"] == "hmso"
    assert extra["thinking_blocks"] == [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "r"},
    ]
    assert [call.id for call in answer.choices[0].message.tool_calls or ()] == ["c__thought__g"]
    assert answer.choices[0].logprobs
    assert answer.service_tier == "flex"


def test_each_choice_has_its_index_and_all_one_usage() -> None:
    other = Completion((ToolCall("c", "f", "{}"),), Finish.TOOL_CALLS, None)
    answer = read(Completion((Text("a"),), Finish.LENGTH, Usage(3, 4), others=(other,)))
    assert [(choice.index, choice.message.content, choice.finish_reason) for choice in answer.choices] == [
        (0, "a", "length"),
        (1, None, "tool_calls"),
    ]
    assert answer.usage
    assert answer.usage.completion_tokens == 4


def test_an_empty_answer_is_an_empty_text() -> None:
    assert read(Completion((), Finish.STOP, None)).choices[0].message.content == ""


def test_usage_that_is_ours_is_marked() -> None:
    estimated = read(Completion((Text("a"),), Finish.STOP, Usage(4, 1, estimated=True))).usage
    assert estimated
    assert (estimated.prompt_tokens, (estimated.model_extra or {})["estimated"]) == (4, True)


@given(st.builds(Usage, counts, counts, maybe, maybe, maybe, maybe))
def test_usage_counts_every_token_once(usage: Usage) -> None:
    parsed = read(Completion((Text("a"),), Finish.STOP, usage)).usage
    assert parsed
    details = parsed.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    written = (details.cache_write_tokens or 0) if details else 0
    assert parsed.prompt_tokens - cached - written == usage.input
    assert parsed.total_tokens == parsed.prompt_tokens + parsed.completion_tokens
    assert parsed.completion_tokens == usage.output


def test_details_not_reported_are_left_out() -> None:
    assert usage_body(Usage(1, 2)) == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RequestError("no", param="n"), "invalid_request_error"),
        (Unauthenticated("no"), "invalid_request_error"),
        (UnknownModel("no", param="model"), "invalid_request_error"),
        (PayloadTooLarge("no"), "invalid_request_error"),
        (QuotaExceeded("no", retry_after=1), "insufficient_quota"),
        (UpstreamError(UpstreamKind.RATE_LIMITED, "no"), "rate_limit_error"),
        (UpstreamError(UpstreamKind.TIMEOUT, "no"), "server_error"),
        (MapError("no"), "server_error"),
        (PointsmanError("no"), "server_error"),
    ],
)
def test_errors_have_openais_shape(error: PointsmanError, kind: str) -> None:
    message = f"{error.param}: no" if error.param else "no"
    assert OPENAI.error_body(error, "chatcmpl-1") == {
        "error": {"message": message, "type": kind, "param": error.param, "code": error.code}
    }


def test_a_prompt_too_long_is_said_as_openai_says_it() -> None:
    told = OPENAI.error_body(PromptTooLong(9_000, 500, 8_192), None)["error"]
    assert (told["type"], told["param"], told["code"]) == (
        "invalid_request_error",
        "messages",
        "context_length_exceeded",
    )
    assert told["message"] == (
        "This model's maximum context length is 8192 tokens. However, you requested about 9500 tokens (9000 in the "
        "messages, 500 in the completion)."
    )
    vendors = OPENAI.error_body(UpstreamError(UpstreamKind.CONTEXT_TOO_LONG, "Too long."), None)["error"]
    assert (vendors["code"], vendors["param"]) == ("context_length_exceeded", "messages")


def test_models_are_every_name_to_ask_for() -> None:
    disabled = model("spare")
    object.__setattr__(disabled, "enabled", False)
    page = SyncPage[SdkModel].model_validate(OPENAI.models_body(tier_map(spare=disabled)))
    assert [entry.id for entry in page.data] == ["auto", "tier:economy", "tier:premium", "small", "large"]
    assert {entry.created for entry in page.data} == {1_767_225_600}
