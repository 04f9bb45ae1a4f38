"""Classification × tier map × the request's needs → Decision. Pure: the same inputs always give the same decision.

stickiness     the user's turns, and the tier that they hold together
needs          what a model must be able to do
decide         the models to try, best first
"""

from pointsman.policy.decide import AUTO, DEFAULT_TASK, TIER_PREFIX, cheapest_first, decide, meant, to_classify
from pointsman.policy.needs import needs, prompt_tokens
from pointsman.policy.stickiness import from_the_bottom

__all__ = [
    "AUTO",
    "DEFAULT_TASK",
    "TIER_PREFIX",
    "cheapest_first",
    "decide",
    "from_the_bottom",
    "meant",
    "needs",
    "prompt_tokens",
    "to_classify",
]
