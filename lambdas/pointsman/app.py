"""The app: every route, with authentication, errors and metering around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pointsman.api.body import read_json
from pointsman.api.chat import Chat
from pointsman.api.deciding import route
from pointsman.api.event_stream import EventStream
from pointsman.api.questions import Questions
from pointsman.api.refusals import http_error, internal_error, named, refusal
from pointsman.api.services import Services
from pointsman.console.routes import ConsoleHandler, page
from pointsman.domain import CostEvent
from pointsman.errors import PointsmanError
from pointsman.exchange import Exchange
from pointsman.wire.dialect import Dialect
from pointsman.wire.dialects import CHAT_PATHS, COUNT_PATH, dialect_of

__all__ = ["Services", "create_app"]

Handler = Callable[[Request, Exchange, Dialect], Awaitable[Response]]


def create_app(services: Services) -> Starlette:
    """The ASGI app. Every error leaves in the caller's dialect, and every chat request leaves one cost event."""
    chat, questions = Chat(services), Questions(services)

    def endpoint(handler: Handler, *, metered: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Authentication, errors and metering around a handler."""

        async def run(request: Request) -> Response:
            dialect = dialect_of(request.url.path, request.headers)
            id = dialect.id_prefix + services.new_id()

            def emit(event: CostEvent) -> None:
                services.emit(event)
                services.trace(request.scope, event)

            exchange = request.state.exchange = Exchange(
                id, services.clock, services.now, emit if metered else None, services.stage
            )
            try:
                known = services.remembered(request.headers)
                exchange.account = known or await run_in_threadpool(services.authenticate, request.headers)
                response = await handler(request, exchange, dialect)
            except PointsmanError as error:
                response = refusal(error, dialect, exchange)
                await chat.close(exchange, response.status_code, error.code)
            except BaseException as error:
                await chat.close(exchange, 499 if not isinstance(error, Exception) else 500, type(error).__name__)
                raise
            else:
                if not isinstance(response, EventStream):
                    await chat.close(exchange, response.status_code, "ok")
            return named(response, exchange.id, dialect)

        return run

    def told(answer: ConsoleHandler) -> Handler:
        async def handle(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
            assert exchange.account is not None
            return JSONResponse(await answer(request, exchange.account))

        return handle

    by_map = partial(route, services)
    console = services.console.answers(services.tier_map, by_map, read_json) if services.console else []
    return Starlette(
        routes=[
            *(Route(path, endpoint(chat.answer, metered=True), methods=["POST"]) for path in CHAT_PATHS),
            Route(COUNT_PATH, endpoint(questions.count_tokens), methods=["POST"]),
            Route("/v1/route", endpoint(questions.explain), methods=["POST"]),
            *([Route("/v1/feedback", endpoint(questions.feedback), methods=["POST"])] if services.feedback else []),
            Route("/v1/models", endpoint(questions.models), methods=["GET"]),
            Route("/v1/models/{name:path}", endpoint(questions.model), methods=["GET"]),
            Route("/healthz", questions.health, methods=["GET"]),
            *(Route(path, endpoint(told(answer)), methods=[method]) for method, path, answer in console),
            *(page() if console else ()),
        ],
        exception_handlers={HTTPException: partial(http_error, services.new_id), Exception: internal_error},
    )
