"""What a report has to say besides its figures: on what they rest, and what is not in them."""

from __future__ import annotations

from cli.counted import counted
from cli.report.curve import Curve
from cli.report.money import moment, percent, usd
from cli.report.summary import Summary


def headline(summary: Summary) -> str:
    totals = summary.totals
    share = f" ({totals.share:.1%})" if totals.share is not None else ""
    verdict = f"${usd(totals.saved)} saved{share}" if totals.saved >= 0 else f"${usd(-totals.saved)} more{share}"
    return f"${usd(totals.cost)} spent, ${usd(totals.baseline)} at the baseline: {verdict}"


def period(summary: Summary) -> str:
    return f"{moment(summary.first_ms)} to {moment(summary.last_ms)} UTC, {counted(summary.totals.requests, 'request')}"


def notes(summary: Summary) -> list[str]:
    """The assumption first; then every kind of event that makes a figure less than exact, those with none too."""
    totals = summary.totals
    baseline = " or ".join(summary.baselines) or "no model"
    found = [
        f"Baseline: the same tokens at the price of the map's baseline model ({baseline}). "
        "It does not know how many tokens that model would have written.",
        f"{counted(totals.estimated, 'request')} with estimated tokens; {totals.unpriced:,} charged at a stand-in "
        f"price.",
        f"{counted(totals.failed, 'request')} failed. {totals.alone:,} without a baseline (no answer, or none set): "
        f"what they cost, ${usd(totals.alone_cost)}, counts as spent and is set against the saving.",
    ]
    if summary.repeated:
        found.append(f"{counted(summary.repeated, 'repeated line')} left out.")
    return found


def curve_notes(curve: Curve) -> list[str]:
    return [
        f"Today: {percent(curve.today.cost)} of the baseline's cost, {percent(curve.today.quality)} expected good "
        f"enough ({curve.requests:,} answered requests). Along: share of the baseline's cost; up: expected quality.",
        f"The line sends what is below a limit to {curve.cheap} and the rest to the baseline. Quality is expected, not "
        "measured: the complexity is taken as the probability that the cheapest tier's model is not good enough, the "
        "dearest tier's always is, those between are in equal steps.",
    ]
