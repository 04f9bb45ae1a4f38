"""A tool loop may move between vendors: ids always fit, and a result always finds its call."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import Message, Model, Prices, Text, Tool, ToolCall, ToolResult
from pointsman.providers.anthropic_request import request_body
from pointsman.providers.bedrock_request import converse_parameters
from pointsman.providers.ids import fitting_id
from tests.fakes import chat

MODEL = Model("m", "", "anthropic.claude-sonnet-4-6", Prices(1, 5), 200_000, 64_000)
ids = st.text(min_size=1, max_size=80) | st.from_regex(r"[a-zA-Z0-9_.:-]{1,80}", fullmatch=True)


@given(st.lists(ids, min_size=1, max_size=4, unique=True))
def test_each_result_finds_its_call_at_claude_wherever_the_calls_were_made(made: list[str]) -> None:
    request = chat(
        messages=(
            Message("user", (Text("Hi"),)),
            Message("assistant", tuple(ToolCall(id, "f", "{}") for id in made)),
            Message("tool", tuple(ToolResult(id, (Text("ok"),)) for id in made)),
        ),
        tools=(Tool("f", None, {}),),
    )
    _, calls, results = request_body(MODEL, request, stream=False)["messages"]
    direct = [call["id"] for call in calls["content"]]
    assert direct == [result["tool_use_id"] for result in results["content"]]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]+", id) for id in direct)
    _, calls, results = converse_parameters(MODEL, request)["messages"]
    bedrock = [call["toolUse"]["toolUseId"] for call in calls["content"]]
    assert bedrock == [result["toolResult"]["toolUseId"] for result in results["content"]]
    assert all(re.fullmatch(r"[a-zA-Z0-9_.:-]{1,64}", id) for id in bedrock)
    assert len({*direct}) == len({*bedrock}) == len(made)


@pytest.mark.parametrize(("id", "kept"), [("call_1", True), ("x" * 64, True), ("x" * 65, False), ("a/b", False)])
def test_an_id_is_kept_where_it_may_be(id: str, kept: bool) -> None:
    assert (fitting_id(id, re.compile(r"[a-z0-9_]{1,64}")) == id) is kept
