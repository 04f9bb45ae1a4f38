"""A stream of ten megabytes goes through in little memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import KEY, Router
from tests.conformance.test_sdks import MODELS, ask
from tests.conformance.upstream import LONG


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("model", MODELS)
def test_memory_is_flat(model: str, path: str, router: Router) -> None:
    """All three sides are in this process: together they hold a fraction of what went through them."""
    body: dict[str, Any] = {"model": model, "messages": ask("Long!"), "max_tokens": 50, "stream": True}
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
    assert peak < LONG / 2
    assert router.event("ok").usage
