"""What is wrong with a draft: one `Problem` for each fault, all of them together in `InvalidMap`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 300
"""Characters of any one text of a problem: a name that somebody typed must not fill a log line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`item` is its sort key, `field` the path within it; `suggestion` is what was probably meant."""

    item: str
    field: str
    reason: str
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{self.item} {self.field}: {self.reason}.{hint}"


class InvalidMap(ValueError):
    """A draft that must not be published."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def problem(item: str, field: str, reason: str, suggestion: str | None = None) -> Problem:
    """A problem with its texts cut to a readable length, and names that are empty made visible."""
    return Problem(_short(item), _short(field), _short(reason), suggestion)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that `word` is most likely a slip of, if any is near."""
    return next(
        iter(difflib.get_close_matches(word[:LONGEST], sorted(str(name) for name in known), n=1, cutoff=0.6)), None
    )


def _short(text: str) -> str:
    if not text:
        return "(empty)"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
