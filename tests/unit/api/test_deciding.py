"""A second map looks at what the first one looked at, and asks the classifier only for what differs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pointsman.api.deciding import classified, route, route_too
from pointsman.api.services import Services
from pointsman.domain import ChatRequest, Classification, CustomTask, CustomTasks, Message, Text
from tests import fakes

MAP = replace(fakes.tier_map(), settings=replace(fakes.tier_map().settings, sticky_turns=3))
CHAT = ChatRequest("auto", (Message("user", (Text("one"),)), Message("assistant", ()), Message("user", (Text("two"),))))
TASKS = CustomTasks(tasks=(CustomTask("shipping", 0.5, ("Where is my parcel?",)),))


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, 0),
        ({"version": 9}, 0),
        ({"custom": TASKS}, 2),
        ({"settings": replace(MAP.settings, sticky_turns=0)}, 1),
    ],
)
def test_only_a_map_that_looks_at_something_else_classifies_again(change: dict[str, Any], asked: int) -> None:
    calls: list[ChatRequest] = []

    def classify(request: ChatRequest, tasks: CustomTasks) -> Classification:
        calls.append(request)
        return fakes.classified()

    services = cast("Services", SimpleNamespace(classify=classify))
    found, second = classified(services, CHAT, MAP), replace(MAP, **change)
    calls.clear()
    decision = route_too(services, CHAT, second, "s", MAP, found)
    assert len(calls) == asked
    assert decision == route(services, CHAT, second, "s")
