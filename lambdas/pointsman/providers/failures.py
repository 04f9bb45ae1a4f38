"""Turns what a vendor says went wrong into an `UpstreamError` that is safe to show.

A vendor's table is a tuple of rules, the most specific first. What the vendor wrote only chooses the rule: it may
quote the prompt or name the account, so none of it reaches the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from pointsman.errors import UpstreamError, UpstreamKind

_PHRASES = {
    UpstreamKind.RATE_LIMITED: "is limiting our rate",
    UpstreamKind.OVERLOADED: "is overloaded",
    UpstreamKind.UNAVAILABLE: "is unavailable",
    UpstreamKind.TIMEOUT: "did not answer in time",
    UpstreamKind.AUTH: "did not accept our credentials or account",
    UpstreamKind.NOT_FOUND: "does not have this model",
    UpstreamKind.BAD_REQUEST: "rejected the request as invalid",
    UpstreamKind.CONTEXT_TOO_LONG: "found the prompt too long for the model",
    UpstreamKind.CONTENT_FILTERED: "refused the content",
    UpstreamKind.BAD_RESPONSE: "sent an answer that cannot be read",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds where one of `labels` (codes, types and statuses, in lower case) was given and one of `says` stands in the
    vendor's message. An empty condition always holds."""

    kind: UpstreamKind
    labels: frozenset[str]
    says: tuple[str, ...] = ()

    def holds(self, labels: frozenset[str], message: str) -> bool:
        return (not self.labels or not self.labels.isdisjoint(labels)) and (
            not self.says or any(words in message for words in self.says)
        )


def rule(kind: UpstreamKind, labels: str = "", *says: str) -> Rule:
    """A row of a table; `labels` are divided by spaces."""
    return Rule(kind, frozenset(labels.split()), says)


def kind_of(table: Iterable[Rule], labels: Iterable[object], message: str, default: UpstreamKind) -> UpstreamKind:
    """The kind that the first rule that holds gives."""
    known = frozenset(str(label).lower() for label in labels if label is not None)
    text = message.lower()
    return next((each.kind for each in table if each.holds(known, text)), default)


def upstream_error(
    provider: str, kind: UpstreamKind, *, retry_after: float | None = None, begun: bool = False
) -> UpstreamError:
    return UpstreamError(kind, f"The provider {provider} {_PHRASES[kind]}.", retry_after=retry_after, begun=begun)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for, given as a number or as a date; `None` where it says nothing usable."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else None
