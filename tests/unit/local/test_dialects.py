"""The table of dialects is what the code does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from local.dialects import FIELDS, render
from local.documents import DOCS
from pointsman.providers import hints
from pointsman.providers.support import SUPPORT
from pointsman.wire.anthropic.request import ONLY as ANTHROPIC_ONLY
from pointsman.wire.anthropic.schema import WireRequest as AnthropicRequest
from pointsman.wire.openai.request import IDLE
from pointsman.wire.openai.request import ONLY as OPENAI_ONLY
from pointsman.wire.openai.schema import WireRequest as OpenAIRequest
from pointsman.wire.responses.request import KEPT, STATELESS
from pointsman.wire.responses.schema import WireRequest as ResponsesRequest


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / "dialects.md").read_text() == render(), "run `make docs`"


@pytest.mark.parametrize(
    ("dialect", "known"),
    [
        ("OpenAI Chat Completions", {*OpenAIRequest.model_fields, *OPENAI_ONLY, *IDLE, *hints.EXTRAS}),
        ("OpenAI Responses", {*ResponsesRequest.model_fields, *STATELESS, *KEPT}),
        ("Anthropic Messages", {*AnthropicRequest.model_fields, *ANTHROPIC_ONLY}),
    ],
)
def test_every_field_has_its_row(dialect: str, known: Iterable[str]) -> None:
    assert set(FIELDS[dialect]) == {*known, "any other"}


def test_every_row_named_is_one_of_the_providers() -> None:
    rows = {name for table in SUPPORT.values() for name in table}
    for fields in FIELDS.values():
        for means in fields.values():
            for name in means.partition(";")[0].split(", "):
                if "." in name and name != "messages.…":
                    assert name in rows
