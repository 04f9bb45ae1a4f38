"""The table of dialects is what the code does."""

from __future__ import annotations

import runpy
from collections.abc import Iterable
from pathlib import Path

import pytest

from pointsman.providers.support import SUPPORT
from pointsman.wire.anthropic.request import ONLY as ANTHROPIC_ONLY
from pointsman.wire.anthropic.schema import WireRequest as AnthropicRequest
from pointsman.wire.openai.request import ONLY as OPENAI_ONLY
from pointsman.wire.openai.schema import WireRequest as OpenAIRequest
from pointsman.wire.responses.request import KEPT, STATELESS
from pointsman.wire.responses.schema import WireRequest as ResponsesRequest

DOCS = Path(__file__).parents[3] / "docs"
PAGE = runpy.run_path(str(DOCS / "dialects.py"))


def test_the_page_is_up_to_date() -> None:
    assert (DOCS / "dialects.md").read_text() == PAGE["render"]()


@pytest.mark.parametrize(
    ("dialect", "known"),
    [
        ("OpenAI Chat Completions", {*OpenAIRequest.model_fields, *OPENAI_ONLY, *KEPT}),
        ("OpenAI Responses", {*ResponsesRequest.model_fields, *STATELESS, *KEPT}),
        ("Anthropic Messages", {*AnthropicRequest.model_fields, *ANTHROPIC_ONLY}),
    ],
)
def test_every_field_has_its_row(dialect: str, known: Iterable[str]) -> None:
    assert set(PAGE["FIELDS"][dialect]) == {*known, "any other"}


def test_every_row_named_is_one_of_the_providers() -> None:
    rows = {name for table in SUPPORT.values() for name in table}
    for fields in PAGE["FIELDS"].values():
        for means in fields.values():
            for name in means.partition(";")[0].split(", "):
                if "." in name and name != "messages.…":
                    assert name in rows
