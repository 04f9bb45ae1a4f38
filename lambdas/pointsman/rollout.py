"""Which of the published maps a request is routed by: the stable one, or the canary for its share of conversations.

A shadow map decides a share of the requests as well, to see what it would do; it never calls a model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pointsman.conversation import position
from pointsman.domain import Decision, MapView, Shadow, TierMap, Trial
from pointsman.errors import PointsmanError


def assign(view: MapView, conversation: str) -> MapView:
    """The view with the map for this conversation. A conversation never flips while the canary's share only grows."""
    if view.canary is None:
        return view
    if takes_part(view.canary, conversation):
        return replace(view, map=view.canary.map, channel="canary")
    return replace(view, channel="stable")


def shadow(view: MapView, request_id: str, decide: Callable[[TierMap], Decision]) -> Shadow | None:
    """What the shadow map makes of a request; nothing where there is none, or the draw spares this request."""
    trial = view.shadow
    if trial is None or not takes_part(trial, request_id):
        return None
    try:
        decision = decide(trial.map)
    except PointsmanError as error:
        return Shadow(trial.map.version, trial.map.hash, None, error.code)
    return Shadow(trial.map.version, trial.map.hash, decision.targets[0])


def takes_part(trial: Trial, id: str) -> bool:
    return position(id, trial.salt) * 100 < trial.percent
