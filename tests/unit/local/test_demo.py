"""The demonstration: what a model that fails looks like, and what ends it all."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from local import demo
from local.failure import LocalFailure

HEADERS = {"x-router-task": "math", "x-router-complexity": "0.900"}


def answer(monkeypatch: pytest.MonkeyPatch, status: int, code: str) -> None:
    response = httpx.Response(status, json={"error": {"code": code, "message": "…"}}, headers=HEADERS)
    monkeypatch.setattr(httpx, "post", lambda *args, **kwargs: response)


def test_a_model_that_fails_is_one_row_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 504, "upstream_timeout")
    row = demo.ask("http://router/v1", "key", "hi")
    assert (row.model, row.task, row.cost) == ("upstream_timeout", "math", Decimal(0))
    assert demo.table([row], "sonnet").row_count == 2


def test_a_refusal_ends_the_demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 401, "invalid_api_key")
    with pytest.raises(LocalFailure, match="401"):
        demo.ask("http://router/v1", "key", "hi")
