"""Rankings to compare with: prompt length, and LiteLLM's heuristic re-created from its public description.

The description is the README of its `complexity_router` (github.com/BerriAI/litellm,
litellm/router_strategy/complexity_router/README.md at 53c10b0b): seven dimensions, their weights, the token thresholds
and the words it names. The full word lists are not in it, so ours hold the named words only.
"""

from __future__ import annotations

import re

_CODE_WORDS = (
    "function class def const let var import export return async await database api endpoint docker kubernetes debug "
    "implement refactor optimize"
)
_CODE = _CODE_WORDS.split()
_REASONING = ("step by step", "think through", "analyze")
_TECHNICAL = ("architecture", "distributed", "algorithm", "performance", "microservices", "consensus")
_SIMPLE = ("what is", "define", "hello", "hi")
_STEPS = re.compile(r"\bfirst\b.*\bthen\b|^\s*\d+[.)]\s", re.S | re.M)
_SHORT, _LONG = 15, 400
_CHARACTERS_PER_TOKEN = 4


def length(prompt: str) -> float:
    return float(len(prompt))


def litellm(prompt: str) -> float:
    text, tokens = prompt.lower(), len(prompt) / _CHARACTERS_PER_TOKEN
    long = -1.0 if tokens < _SHORT else 1.0 if tokens > _LONG else (tokens - _SHORT) / (_LONG - _SHORT)
    score = 0.10 * long + 0.30 * _share(text, _CODE) + 0.25 * _share(text, _REASONING)
    score += 0.25 * _share(text, _TECHNICAL) - 0.05 * _share(text, _SIMPLE)
    score += 0.03 * bool(_STEPS.search(text)) + 0.02 * (text.count("?") > 1)
    return 1.0 if sum(cue in text for cue in _REASONING) > 1 else score


def _share(text: str, cues: tuple[str, ...] | list[str]) -> float:
    """Two cues of a dimension count in full."""
    found = sum(re.search(rf"\b{re.escape(cue)}\b", text) is not None for cue in cues)
    return min(1.0, found / 2)
