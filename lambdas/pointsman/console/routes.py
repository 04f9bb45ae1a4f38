"""What the console asks beside the endpoint's own API. The app authenticates and turns errors into answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from pointsman.console.mapping import edited, shown
from pointsman.console.savings import MOST_HOURS, Savings
from pointsman.console.simulate import Route as RouteByMap
from pointsman.console.simulate import read_prompts, simulate
from pointsman.domain import Account, Json, MapView, TierMap
from pointsman.errors import MapError, NotAllowed, RequestError, UnknownVersion
from pointsman.policy import from_the_bottom

STATIC = Path(__file__).with_name("static")
OPERATORS = "operators"
"""The team whose keys may see what the whole deployment spends."""

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

ConsoleHandler = Callable[[Request, Account], Awaitable[Json]]


@dataclass(frozen=True)
class Console:
    """The console's collaborators. `version` gives a map once published and raises `MapError`."""

    version: Callable[[int], TierMap]
    savings: Savings
    now: Callable[[], float]

    def answers(
        self,
        tier_map: Callable[[], MapView],
        route: RouteByMap,
        read: Callable[[Request], Awaitable[dict[str, Json]]],
    ) -> list[tuple[str, str, ConsoleHandler]]:
        """Method, path and answer of each route. `read` gives a request's body."""

        async def live(request: Request, account: Account) -> Json:
            view = tier_map()
            return {"map": shown(view.map), "source": view.source}

        async def version(request: Request, account: Account) -> Json:
            try:
                number = _whole(request.path_params["version"])
                return {"map": shown(await run_in_threadpool(self.version, number)), "source": "version"}
            except (MapError, ValueError):
                raise UnknownVersion("There is no such version of the tier map.", param="version") from None

        async def simulated(request: Request, account: Account) -> Json:
            body = await read(request)
            prompts, content = read_prompts(body), body.get("map")
            if not isinstance(content, dict):
                raise RequestError("Must be a tier map, as GET /v1/map gives it.", param="map")
            return await run_in_threadpool(simulate, prompts, tier_map().map, edited(content), route)

        async def saved(request: Request, account: Account) -> Json:
            if account.team != OPERATORS:
                raise NotAllowed(f"Only keys of the team '{OPERATORS}' may see what the deployment spends.")
            try:
                hours = _whole(request.query_params.get("hours", "24"))
            except ValueError:
                hours = 0
            if not 1 <= hours <= MOST_HOURS:
                raise RequestError(f"Must be a whole number from 1 to {MOST_HOURS}.", param="hours")
            return await run_in_threadpool(
                self.savings.read, hours, self.now(), [tier.name for tier in from_the_bottom(tier_map().map)]
            )

        return [
            ("GET", "/v1/map", live),
            ("GET", "/v1/map/versions/{version}", version),
            ("POST", "/v1/map/simulate", simulated),
            ("GET", "/v1/savings", saved),
        ]


def page() -> list[BaseRoute]:
    """The page itself, open to everybody: it holds nothing, and asks for a key."""

    async def slash(request: Request) -> Response:
        return RedirectResponse("console/", status_code=308)

    return [Route("/console", slash), Mount("/console", _Static(directory=STATIC, html=True))]


def _whole(text: str) -> int:
    """A whole number, with as many digits as a map's version has at most; any other text is a `ValueError`."""
    if len(text) > 9 or not (text.isascii() and text.isdigit()):
        raise ValueError("no such number")
    return int(text)


class _Static(StaticFiles):
    """Files with headers that let them load nothing from elsewhere."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await super().__call__(scope, receive, guarded)
