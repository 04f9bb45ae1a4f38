"""The HTTP surface, built from collaborators: who is asking, what they want, where it goes, what it cost."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from anyio import CancelScope
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pointsman.accounts.idempotency import HEADER, Answer, Idempotency
from pointsman.admission import Admission
from pointsman.classify import Classifier
from pointsman.console.routes import Console, ConsoleHandler, page
from pointsman.conversation import conversation_id
from pointsman.domain import Account, ChatRequest, Classification, CostEvent, Decision, Feedback, Json, MapView, TierMap
from pointsman.errors import (
    AnswerTooLarge,
    PayloadTooLarge,
    PointsmanError,
    QuotaExceeded,
    RateLimited,
    RequestError,
    UnknownModel,
)
from pointsman.exchange import Exchange
from pointsman.invoke import Invoker, Ledger, MeteredStream, verified
from pointsman.invoke.deadline import allowance
from pointsman.metering.usage import estimate
from pointsman.policy import AUTO, decide, to_classify
from pointsman.rollout import assign, shadow
from pointsman.second_look import SecondLook
from pointsman.wire.anthropic.answer import count_body
from pointsman.wire.anthropic.request import parse_count
from pointsman.wire.callers_field import callers_field
from pointsman.wire.decision import decision_body
from pointsman.wire.dialect import Dialect, EventWriter
from pointsman.wire.dialects import CHAT_PATHS, COUNT_PATH, dialect_of, dialect_of_body
from pointsman.wire.feedback import feedback_body, parse_feedback
from pointsman.wire.json_body import MAX_BODY_BYTES, read_object
from pointsman.wire.sse import stream_events

Handler = Callable[[Request, Exchange, Dialect], Awaitable[Response]]


@dataclass(frozen=True)
class Services:
    """The app's collaborators. `authenticate` raises `Unauthenticated` and may take its time, `remembered` answers at
    once or not at all; `new_id` gives a request its id; `now` is
    seconds since the epoch, `clock` a monotonic one; `longest` is how many seconds the host gives a request,
    `time_left` how many of them it says are left of one,
    `keep_alive` how many of silence a stream's client is left without a sign of life; `largest` is how many bytes a
    host that gives answers whole can give, as a string of JSON."""

    authenticate: Callable[[Mapping[str, str]], Account]
    tier_map: Callable[[], MapView]
    classify: Classifier
    invoker: Invoker
    emit: Callable[[CostEvent], None]
    new_id: Callable[[], str]
    longest: float
    admission: Admission = field(default_factory=Admission)
    idempotency: Idempotency | None = None
    console: Console | None = None
    remembered: Callable[[Mapping[str, str]], Account | None] = lambda headers: None
    second_look: SecondLook | None = None
    feedback: Callable[[Account, Feedback], None] | None = None
    keep_alive: float = 15.0
    largest: int | None = None
    time_left: Callable[[Scope], float | None] = lambda scope: None
    trace: Callable[[Scope, CostEvent], None] = lambda scope, event: None
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic


def create_app(services: Services) -> Starlette:
    """The ASGI app. Every error leaves in the caller's dialect, and every chat request leaves one cost event."""

    def classified(chat: ChatRequest, tier_map: TierMap) -> list[Classification]:
        return [services.classify(turn, tier_map.custom) for turn in to_classify(chat, tier_map)]

    def route(chat: ChatRequest, tier_map: TierMap, seed: str) -> Decision:
        *earlier, latest = classified(chat, tier_map)
        return decide(chat, latest, tier_map, seed=seed, earlier=earlier)

    def view_for(chat: ChatRequest, exchange: Exchange) -> tuple[MapView, str]:
        """The map that routes this conversation, and the conversation's id, by which weighted candidates are drawn: a
        conversation keeps its model, and with it its prompt cache."""
        assert exchange.account is not None
        conversation = conversation_id(chat, exchange.account.key_id)
        return assign(services.tier_map(), conversation), conversation

    async def answer(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        body = await _body(request)
        chat = dialect.parse_request(read_object(body))
        key = request.headers.get(HEADER)
        if key is None:
            return await invoke(request, chat, exchange, dialect)
        if chat.stream:
            raise RequestError("A stream cannot be given again: send it without this header.", param="Idempotency-Key")
        if services.idempotency is None:
            raise RequestError("This router keeps no answers.", param="Idempotency-Key")

        async def first() -> Answer:
            response = await invoke(request, chat, exchange, dialect)
            return Answer(bytes(response.body).decode(), exchange.headers())

        assert exchange.account
        told = request.url.path.encode() + b"\n" + body
        given, again = await services.idempotency.once(exchange.account.key_id, key, told, services.longest, first)
        headers = {**given.headers, **({"idempotent-replayed": "true"} if again else {})}
        return Response(given.body, media_type="application/json", headers=headers)

    async def invoke(request: Request, chat: ChatRequest, exchange: Exchange, dialect: Dialect) -> Response:
        ledger = exchange.accept(chat)
        exchange.view, conversation = view_for(chat, exchange)
        view = exchange.view
        ledger.models = view.map.models
        assert exchange.account
        *earlier, latest = classified(chat, view.map)
        if services.second_look and chat.model == AUTO:
            latest = await services.second_look(chat, latest, view.map, ledger)
        exchange.decision, exchange.hold = await services.admission.admit(
            exchange.account,
            chat,
            lambda frugal: decide(chat, latest, view.map, seed=conversation, earlier=earlier, frugal=frugal),
        )
        exchange.shadow = shadow(view, exchange.id, lambda second: route(chat, second, conversation))
        limits = (view.map.settings.deadline, services.longest, services.time_left(request.scope))
        deadline = exchange.started + allowance(request.headers, stream=chat.stream, limits=limits)
        if chat.stream:
            exchange.target, chunks = await verified.stream(services.invoker, exchange.decision, ledger, deadline)
            writer = dialect.event_writer(exchange.envelope)
            events = stream_events(
                exchange.timed(chunks), writer, trailer=exchange.trailer, keep_alive=services.keep_alive
            )
            if services.largest is not None:
                events = _within(services.largest, events, writer)
            return EventStream(events, chunks, exchange, ledger, close)
        exchange.target, completion = await verified.complete(services.invoker, exchange.decision, ledger, deadline)
        body = dialect.completion_body(replace(completion, usage=exchange.usage), exchange.envelope)
        response = JSONResponse(body, headers=exchange.headers())
        if services.largest is not None and _quoted(bytes(response.body)) > services.largest:
            raise AnswerTooLarge
        return response

    async def close(exchange: Exchange, status: int, outcome: str) -> None:
        """Send the cost event, and put what the request cost in place of what was reserved, also for a client that
        has left. A second call does nothing."""
        exchange.finish(status, outcome)
        with CancelScope(shield=True):
            await services.admission.settle(exchange.hold, exchange.ledger.attempts if exchange.ledger else ())

    async def explain(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        body = read_object(await _body(request))
        chat = dialect_of_body(body, dialect).parse_request(body)
        view, conversation = view_for(chat, exchange)
        return JSONResponse(decision_body(route(chat, view.map, conversation), view))

    async def feedback(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        given = parse_feedback(read_object(await _body(request)))
        assert exchange.account
        assert services.feedback
        await run_in_threadpool(services.feedback, exchange.account, given)
        return JSONResponse(feedback_body(given))

    async def count_tokens(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        chat = parse_count(read_object(await _body(request)))
        return JSONResponse(count_body(estimate(chat, "")))

    async def models(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        return JSONResponse(dialect.models_body(services.tier_map().map))

    async def model(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        listed = dialect.models_body(services.tier_map().map)["data"]
        for entry in listed:
            if entry["id"] == request.path_params["name"]:
                return JSONResponse(entry)
        raise UnknownModel("The model does not exist.", param="model")

    async def health(request: Request) -> Response:
        view = services.tier_map()
        return JSONResponse({"status": "ok", "map_version": view.map.version, "map_source": view.source})

    def endpoint(handler: Handler, *, metered: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Authentication, errors and metering around a handler."""

        async def run(request: Request) -> Response:
            dialect = dialect_of(request.url.path, request.headers)
            id = dialect.id_prefix + services.new_id()

            def emit(event: CostEvent) -> None:
                services.emit(event)
                services.trace(request.scope, event)

            exchange = request.state.exchange = Exchange(id, services.clock, services.now, emit if metered else None)
            try:
                known = services.remembered(request.headers)
                exchange.account = known or await run_in_threadpool(services.authenticate, request.headers)
                response = await handler(request, exchange, dialect)
            except PointsmanError as error:
                response = _error(error, dialect, exchange)
                await close(exchange, response.status_code, error.code)
            except BaseException as error:
                await close(exchange, 499 if not isinstance(error, Exception) else 500, type(error).__name__)
                raise
            else:
                if not isinstance(response, EventStream):
                    await close(exchange, response.status_code, "ok")
            return _named(response, exchange.id, dialect)

        return run

    def told(answer: ConsoleHandler) -> Handler:
        async def handle(request: Request, exchange: Exchange, dialect: Dialect) -> Response:
            assert exchange.account is not None
            return JSONResponse(await answer(request, exchange.account))

        return handle

    async def read(request: Request) -> dict[str, Json]:
        return read_object(await _body(request))

    console = services.console.answers(services.tier_map, route, read) if services.console else []
    return Starlette(
        routes=[
            *(Route(path, endpoint(answer, metered=True), methods=["POST"]) for path in CHAT_PATHS),
            Route(COUNT_PATH, endpoint(count_tokens), methods=["POST"]),
            Route("/v1/route", endpoint(explain), methods=["POST"]),
            *([Route("/v1/feedback", endpoint(feedback), methods=["POST"])] if services.feedback else []),
            Route("/v1/models", endpoint(models), methods=["GET"]),
            Route("/v1/models/{name:path}", endpoint(model), methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
            *(Route(path, endpoint(told(answer)), methods=[method]) for method, path, answer in console),
            *(page() if console else ()),
        ],
        exception_handlers={HTTPException: _http_error, Exception: _internal_error},
    )


async def _body(request: Request) -> bytes:
    """The request's body, refused as soon as it is longer than a Lambda may be sent."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return bytes(body)


async def _within(largest: int, events: AsyncIterator[bytes], writer: EventWriter) -> AsyncIterator[bytes]:
    """The events, or an error's in place of the first that would be too much."""
    given = 0
    async for event in events:
        given += _quoted(event)
        if given > largest:
            yield writer.failure(AnswerTooLarge())
            return
        yield event


def _quoted(body: bytes) -> int:
    """What it takes as a string of JSON, which is how Lambda hands on a body."""
    return len(json.dumps(body.decode()))


Close = Callable[[Exchange, int, str], Awaitable[None]]


class EventStream(StreamingResponse):
    """A streamed answer. However it ends, a client that left included, the model is let go and the request is closed:
    before the last byte where there is one, as a container may be frozen after it."""

    def __init__(
        self, events: AsyncIterator[bytes], chunks: MeteredStream, exchange: Exchange, ledger: Ledger, close: Close
    ) -> None:
        headers = exchange.headers() | {"cache-control": "no-store"}
        super().__init__(self._closing(events), headers=headers, media_type="text/event-stream")
        self._chunks = chunks
        self._exchange = exchange
        self._ledger = ledger
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._end()

    async def _closing(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for event in events:
            yield event
        await self._end()

    async def _end(self) -> None:
        await self._chunks.aclose()
        outcome = self._ledger.answer.outcome if self._ledger.answer else "abandoned"
        await self._close(self._exchange, 499 if outcome == "abandoned" else 200, outcome)


def _named(response: Response, id: str, dialect: Dialect) -> Response:
    """The response with the request's id, where the router's users and the vendor's SDKs look for it."""
    response.headers["x-router-request-id"] = response.headers[dialect.request_id_header] = id
    return response


def _error(error: PointsmanError, dialect: Dialect, exchange: Exchange | None = None) -> Response:
    if isinstance(error, RateLimited) and exchange:
        exchange.refused(error)
    headers = exchange.headers() if exchange else {}
    if exchange and exchange.chat and error.param:
        error.param = callers_field(error.param, exchange.chat, dialect.names)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(ceil(retry_after))
    if isinstance(error, QuotaExceeded):
        headers["x-should-retry"] = "false"  # which OpenAI's and Anthropic's SDKs obey
    body = dialect.error_body(error, exchange.id if exchange else None)
    status = dialect.statuses.get(error.status, error.status)
    return JSONResponse(body, status_code=status, headers=headers)


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405, in the dialect."""
    assert isinstance(error, HTTPException)
    refusal = RequestError(f"{request.method} {request.url.path} is not served here.")
    refusal.status, refusal.code = error.status_code, "not_found" if error.status_code == 404 else "method_not_allowed"
    response = _error(refusal, dialect_of(request.url.path, request.headers))
    response.headers.update(error.headers or {})
    return response


async def _internal_error(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the caller learns its id alone."""
    dialect = dialect_of(request.url.path, request.headers)
    exchange: Exchange | None = getattr(request.state, "exchange", None)
    if exchange is None:
        return _error(PointsmanError("The router met an unexpected error; it is in its log."), dialect)
    failure = PointsmanError(f"The router met an unexpected error; it is in its log under {exchange.id}.")
    return _named(_error(failure, dialect, exchange), exchange.id, dialect)
