"""A stream of ten megabytes goes through in little memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import KEY, Router
from tests.conformance.test_sdks import MODELS, ask
from tests.conformance.upstream import LONG


def held(model: str, path: str, body: dict[str, Any], router: Router) -> int:
    """The most that all three sides, who are in this process, held of what went through them."""
    body = {"model": model, "stream": True, **body}
    headers = {"authorization": f"Bearer {KEY}"}
    tracemalloc.start()
    try:
        with httpx.stream("POST", router.url + path, json=body, headers=headers, timeout=60) as response:
            read = sum(len(chunk) for chunk in response.iter_raw())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"{read / 1e6:.1f} MB read, {peak / 1e6:.1f} MB held at most")
    assert read > LONG
    assert router.event("ok").usage
    return peak


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("model", MODELS)
def test_memory_is_flat(model: str, path: str, router: Router) -> None:
    assert held(model, path, {"messages": ask("Long!"), "max_tokens": 50}, router) < LONG / 2


@pytest.mark.parametrize("model", MODELS)
def test_what_responses_repeats_at_the_end_is_held_a_few_times_over(model: str, router: Router) -> None:
    assert held(model, "/v1/responses", {"input": "Long!"}, router) < 6 * LONG
