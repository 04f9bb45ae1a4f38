"""What a request may say that no answer depends on: it goes where the vendor knows it and is left away elsewhere
(docs/decisions/0026)."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.domain import Json

FIELDS = frozenset({"seed", "user", "metadata", "name"})
"""Those that the domain has a field for."""
EXTRAS = frozenset({"prediction", "prompt_cache_key", "prompt_cache_retention", "verbosity"})
"""Those of OpenAI's Chat Completions and Responses that it has none for."""


def demands(extras: Mapping[str, Json]) -> dict[str, Json]:
    """The extras that may not be left away."""
    return {name: value for name, value in extras.items() if name not in EXTRAS}
