"""Stand-ins that the tests share: a tier map small enough to read, a provider that does as it is told, a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

from pointsman.domain import (
    Band,
    Candidate,
    Capability,
    ChatRequest,
    Choice,
    Chunk,
    Classification,
    Completion,
    End,
    Finish,
    Message,
    Model,
    Prices,
    Route,
    Settings,
    Target,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Tier,
    TierMap,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from pointsman.errors import Unsupported, UpstreamError, UpstreamKind

ALL = frozenset(Capability)


def model(alias: str, *, usd_in: int = 1, usd_out: int = 5, capabilities: frozenset[Capability] = ALL) -> Model:
    prices = Prices(input=usd_in * 10**9, output=usd_out * 10**9)
    return Model(
        alias, "fake", f"vendor.{alias}", prices, context_window=10_000, max_output=1_000, capabilities=capabilities
    )


def tier_map(**models: Model) -> TierMap:
    """Two tiers: `economy` (small) below `premium` (large, then spare). Hard prompts and all coding go to premium."""
    known = {
        "small": model("small"),
        "large": model("large", usd_in=5, usd_out=25),
        "spare": model("spare", usd_in=4, usd_out=20),
    } | models
    return TierMap(
        version=7,
        author="test",
        published_at="2026-01-01T00:00:00Z",
        hash="0" * 64,
        models=known,
        tiers={
            "economy": Tier("economy", (Candidate("small"),), timeout=5, attempts=2, escalate_to="premium"),
            "premium": Tier("premium", (Candidate("large"), Candidate("spare")), timeout=5, attempts=1),
        },
        routes={
            "*": Route("*", {"simple": "economy", "complex": "premium"}),
            "coding": Route("coding", {"simple": "premium", "complex": "premium"}),
        },
        settings=Settings(
            bands=(Band("simple", 0.5), Band("complex", 1.01)), baseline_model="large", min_confidence=0.3
        ),
    )


def chat(text: str = "What is the capital of France?", **changes: Any) -> ChatRequest:
    request = ChatRequest(model="auto", messages=(Message("user", (Text(text),)),))
    return replace(request, **changes)


def classified(complexity: float = 0.2, task: str = "question_answering", confidence: float = 0.9) -> Classification:
    return Classification(task, complexity, confidence)


def target(alias: str, *, attempts: int = 1, timeout: float = 5) -> Target:
    return Target(model(alias), "economy", timeout, attempts)


def completion(text: str = "Paris.", usage: Usage | None = Usage(input=10, output=2)) -> Completion:  # noqa: B008
    return Completion((Text(text),), Finish.STOP, usage)


class FakeProvider:
    """Plays a script: each call takes the next step, an answer, an error, or seconds to wait before an answer. The next
    stream breaks, or falls silent, after so many words."""

    def __init__(self, *script: Completion | Exception | float) -> None:
        self.script = list(script)
        self.calls: list[str] = []
        self.requests: list[ChatRequest] = []
        self.closed = 0
        self.breaks_after: int | None = None
        self.hangs_after: int | None = None
        self.refuses: dict[str, str] = {}
        """By a model's alias: the field of a request that it is found to have no place for."""

    def __call__(self, _model: Model) -> FakeProvider:
        return self

    async def _next(self, alias: str) -> Completion:
        self.calls.append(alias)
        step = self.script.pop(0) if self.script else completion()
        if isinstance(step, float):
            await asyncio.sleep(step)
            return completion()
        if isinstance(step, Exception):
            raise step
        return step

    def check(self, model: Model, request: ChatRequest) -> None:
        if refused := self.refuses.get(model.alias):
            raise Unsupported(f"`{refused}` is not supported.", param=refused)

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        self.requests.append(request)
        return await self._next(model.alias)

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        """Word by word. A second script step that is an error breaks the stream after its first word."""
        answer = await self._next(model.alias)
        try:
            for count, chunk in enumerate(_chunks(answer)):
                if count == self.breaks_after:
                    self.breaks_after = None
                    raise UpstreamError(UpstreamKind.UNAVAILABLE, "broke")
                if count == self.hangs_after:
                    self.hangs_after = None
                    await asyncio.Event().wait()
                yield chunk
                if self.script and isinstance(self.script[0], Exception):
                    raise self.script.pop(0)  # type: ignore[misc]
                await asyncio.sleep(0)
            for index, other in enumerate(answer.others, 1):
                for chunk in _chunks(other):
                    yield Choice(index, chunk)
                yield Choice(index, End(other.finish, None))
            yield End(answer.finish, answer.usage)
        finally:
            self.closed += 1


def _chunks(answer: Completion) -> Iterator[TextDelta | ThinkingDelta | ToolCallDelta]:
    calls = 0
    for part in answer.parts:
        match part:
            case Text(text):
                yield from map(TextDelta, text.split(" "))
            case Thinking(text, signature, redacted):
                yield ThinkingDelta(text, signature, redacted)
            case ToolCall():
                yield ToolCallDelta(calls, id=part.id, name=part.name, signature=part.signature)
                yield ToolCallDelta(calls, part.arguments)
                calls += 1


class FakeClock:
    """A clock that moves only when told, or by the sleeps that it serves."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def advance(self, seconds: float) -> None:
        self.now += seconds


Emit = Callable[[object], None]
