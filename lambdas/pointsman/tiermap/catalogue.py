"""The list prices of models that people use, each with where it is from and of when: a MODEL item need not repeat one.

A model id stands for its scope as well: a `global.` inference profile and a `us.` one are two entries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pointsman.tiermap.draft import PriceFields

CATALOGUE = Path(__file__).with_name("catalogue.json")


class Listing(BaseModel):
    """`second_hand`: read where others repeat the vendor's list. `date`: when it was looked up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str
    model_id: str
    region: str | None = None
    source: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    second_hand: bool
    prices: PriceFields


def listing(provider: str, model_id: str, region: str | None = None) -> Listing | None:
    """What the catalogue says of a model: for the region where it has that, else for all of them."""
    known = catalogue()
    return known.get((provider, model_id, region)) or known.get((provider, model_id, None))


@cache
def catalogue() -> Mapping[tuple[str, str, str | None], Listing]:
    """Every listing, by provider, model id and region. Two for one model are an error."""
    raw = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    found: dict[tuple[str, str, str | None], Listing] = {}
    for entry in TypeAdapter(list[Listing]).validate_python(raw):
        key = entry.provider, entry.model_id, entry.region
        if key in found:
            raise ValueError(f"the catalogue lists {key} twice")
        found[key] = entry
    return found
