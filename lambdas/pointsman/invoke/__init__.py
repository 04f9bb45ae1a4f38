"""Calls the decided models until one answers: the deadline, the retries, the fallbacks and the breakers live here.

A model is asked again only where its fault is retryable, no byte has reached the client and the retry budget allows it;
then comes the next target whose breaker lets a call through. Every call, failed and abandoned ones too, leaves an
`Attempt` in the ledger.
"""

from pointsman.invoke.breakers import Breakers
from pointsman.invoke.invoker import Invoker
from pointsman.invoke.ledger import Ledger
from pointsman.invoke.retry import RetryBudget
from pointsman.invoke.stream import MeteredStream

__all__ = ["Breakers", "Invoker", "Ledger", "MeteredStream", "RetryBudget"]
