"""The whole app over ASGI, with fakes for everything that leaves the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from pointsman.app import Services, create_app
from pointsman.domain import Account, Completion, CostEvent, Feedback, MapView, Trial
from pointsman.errors import Unauthenticated
from pointsman.invoke import Invoker
from pointsman.second_look import SecondLook
from tests.fakes import FakeClock, FakeProvider, classified, tier_map

KEY = "sk-pm-" + "k" * 43
SECRET_PROMPT = "my PIN is 4711"


def authenticate(headers: Mapping[str, str]) -> Account:
    if headers.get("authorization") != f"Bearer {KEY}":
        raise Unauthenticated("The API key is not valid.")
    return Account("key-1", "team-a")


class World:
    """The app, its fakes, and the events it sent."""

    def __init__(
        self,
        *script: Completion | Exception | float,
        source: str = "live",
        largest: int | None = None,
        keep_alive: float = 10.0,
        **trials: Trial,
    ) -> None:
        self.events: list[CostEvent] = []
        self.feedback: list[tuple[str, Feedback]] = []
        self.map = tier_map()
        self.provider = FakeProvider(*script)
        clock = FakeClock()
        services = Services(
            authenticate=authenticate,
            tier_map=lambda: MapView(self.map, source, **trials),  # type: ignore[arg-type]
            classify=lambda request, tasks=None: classified(),
            invoker=Invoker(self.provider, clock=clock, sleep=clock.sleep),
            second_look=SecondLook(Invoker(self.provider, clock=clock, sleep=clock.sleep), clock),
            emit=self.events.append,
            feedback=lambda account, given: self.feedback.append((account.key_id, given)),
            new_id=lambda: "1",
            longest=60,
            stage="dev",
            largest=largest,
            keep_alive=keep_alive,
            now=lambda: 1_800_000_000.0,
            clock=clock,
        )
        self.app = create_app(services)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://router",
            headers={"authorization": f"Bearer {KEY}"},
        )

    async def chat(self, **changes: Any) -> httpx.Response:
        body = {"model": "auto", "messages": [{"role": "user", "content": SECRET_PROMPT}]} | changes
        return await self.client.post("/v1/chat/completions", json=body)

    @property
    def event(self) -> CostEvent:
        (event,) = self.events
        return event
