"""The quality net of a route: an answer with a flaw is asked for once more, one tier up. Both calls are charged."""

from __future__ import annotations

from contextlib import suppress

from pointsman.domain import Completion, Decision, End, Target
from pointsman.errors import PointsmanError
from pointsman.invoke.flaws import Flaw, flaw_of
from pointsman.invoke.invoker import Invoker
from pointsman.invoke.ledger import Ledger
from pointsman.invoke.stream import MeteredStream


async def complete(invoker: Invoker, decision: Decision, ledger: Ledger, deadline: float) -> tuple[Target, Completion]:
    """As `Invoker.complete`. Where the tiers above fail, the flawed answer is given after all."""
    target, completion = await invoker.complete(decision.targets, ledger, deadline)
    flaw = flaw_of(ledger.request, completion) if decision.net else None
    if flaw is None:
        return target, completion
    ledger.fault(flaw)
    above = _above(target, decision, flaw)
    if above:
        with suppress(PointsmanError):
            return await invoker.complete(above, ledger, deadline)
    return target, completion


async def stream(invoker: Invoker, decision: Decision, ledger: Ledger, deadline: float) -> tuple[Target, MeteredStream]:
    """As `Invoker.stream`. Nothing but a stream that ends without a word can be told before the client has seen it."""
    target, chunks = await invoker.stream(decision.targets, ledger, deadline)
    end = chunks.wordless if decision.net else None
    flaw = flaw_of(ledger.request, Completion((), end.finish, end.usage, end.stop_sequence)) if end else None
    above = _above(target, decision, flaw) if flaw else ()
    if flaw and above:
        with suppress(PointsmanError):
            better = await invoker.stream(above, ledger, deadline)
            await _end(chunks)
            ledger.fault(flaw)
            ledger.answer = None
            return better
    return target, chunks


async def _end(chunks: MeteredStream) -> None:
    """Read a stream of which nothing but the end is left."""
    async for chunk in chunks:
        if isinstance(chunk, End):
            break
    await chunks.aclose()


def _above(target: Target, decision: Decision, flaw: Flaw) -> tuple[Target, ...]:
    """The targets of the tiers above this one's. What a guardrail refused goes nowhere else."""
    if target.tier not in decision.net or (flaw is Flaw.REFUSED and target.model.guardrail):
        return ()
    higher = decision.net[decision.net.index(target.tier) + 1 :]
    return tuple(each for each in decision.targets if each.tier in higher)
