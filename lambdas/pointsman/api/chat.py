"""One chat request, from its body to its answer: the one straight way through all stages."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache, partial

from anyio import CancelScope
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive

from pointsman.accounts.idempotency import HEADER, Answer
from pointsman.api.attend import attend
from pointsman.api.body import read_body
from pointsman.api.deciding import classified, route_too, view_for
from pointsman.api.event_stream import EventStream, Finding, let_go, quoted, within
from pointsman.api.refusals import in_callers_words
from pointsman.api.services import Services
from pointsman.domain import ChatRequest, Target
from pointsman.errors import AnswerTooLarge, PointsmanError, RequestError
from pointsman.exchange import Exchange
from pointsman.invoke import MeteredStream, verified
from pointsman.invoke.deadline import allowance
from pointsman.policy import decide
from pointsman.rollout import shadow
from pointsman.wire.dialect import Dialect, EventWriter
from pointsman.wire.json_body import read_object
from pointsman.wire.sse import stream_events


class Chat:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        """A route's handler; with an `Idempotency-Key`, the answer that was given to it before."""
        services = self._services
        body = await read_body(request)
        chat = dialect.parse_request(read_object(body))
        key = request.headers.get(HEADER)
        if key is None:
            return await self._invoke(request, chat, exchange, dialect, request.receive)
        if chat.stream:
            raise RequestError("A stream cannot be given again: send it without this header.", param="Idempotency-Key")
        if services.idempotency is None:
            raise RequestError("This router keeps no answers.", param="Idempotency-Key")

        async def first() -> Answer:
            response = await self._invoke(request, chat, exchange, dialect, None)
            return Answer(bytes(response.body).decode(), exchange.headers())

        assert exchange.account
        told = request.url.path.encode() + b"\n" + body
        given, again = await services.idempotency.once(exchange.account.key_id, key, told, services.longest, first)
        headers = {**given.headers, **({"idempotent-replayed": "true"} if again else {})}
        return Response(given.body, media_type="application/json", headers=headers)

    async def _invoke(
        self, request: Request, chat: ChatRequest, exchange: Exchange, dialect: Dialect, client: Receive | None
    ) -> Response:
        """`client` tells of its leaving; one that is not listened to gets an answer that is kept for it."""
        services = self._services
        ledger = exchange.accept(chat)
        exchange.view, conversation = view_for(services, chat, exchange)
        view = exchange.view
        ledger.models = view.map.models
        assert exchange.account
        found = classified(services, chat, view.map)
        *earlier, latest = found
        if services.second_look:
            latest = await services.second_look(chat, latest, view.map, ledger)
        exchange.decision, exchange.hold = await services.admission.admit(
            exchange.account,
            chat,
            lambda frugal: decide(chat, latest, view.map, seed=conversation, earlier=earlier, frugal=frugal),
        )
        exchange.shadow = shadow(
            view, exchange.id, lambda second: route_too(services, chat, second, conversation, view.map, found)
        )
        limits = (view.map.settings.deadline, services.longest, services.time_left(request.scope))
        deadline = exchange.started + allowance(request.headers, stream=chat.stream, limits=limits)
        if chat.stream:
            finding = asyncio.ensure_future(verified.stream(services.invoker, exchange.decision, ledger, deadline))
            return await self._stream(finding, exchange, dialect, client)
        asking = asyncio.ensure_future(verified.complete(services.invoker, exchange.decision, ledger, deadline))
        await attend(asking, client, _nothing)
        exchange.target, completion = asking.result()
        body = dialect.completion_body(replace(completion, usage=exchange.usage), exchange.envelope)
        response = JSONResponse(body, headers=exchange.headers())
        if services.largest is not None and quoted(bytes(response.body)) > services.largest:
            raise AnswerTooLarge
        return response

    async def _stream(
        self, finding: Finding, exchange: Exchange, dialect: Dialect, client: Receive | None
    ) -> EventStream:
        """The head goes out once a model has begun to answer or, where all are slow, before that."""
        services = self._services
        silence = services.keep_alive if services.largest is None else None
        await attend(finding, client, let_go, silence)
        if finding.done():
            exchange.target, _ = finding.result()
        else:
            exchange.head_went_first = True

        @cache
        def writer() -> EventWriter:
            return dialect.event_writer(exchange.envelope)

        chunks = exchange.timed(partial(_found, finding, exchange))
        events = stream_events(chunks, writer, trailer=exchange.trailer)
        if services.largest is not None:
            events = within(services.largest, events, writer, exchange)
        return EventStream(events, finding, exchange, self.close, silence)

    async def close(self, exchange: Exchange, status: int, outcome: str) -> None:
        """Send the cost event, and put what the request cost in place of what was reserved, also for a client that
        has left. A second call does nothing."""
        exchange.finish(status, outcome)
        with CancelScope(shield=True):
            attempts = exchange.ledger.attempts if exchange.ledger else ()
            await self._services.admission.settle(exchange.hold, attempts, exchange.chat.n if exchange.chat else 1)


async def _found(finding: Finding, exchange: Exchange) -> tuple[Target, MeteredStream]:
    """What was found. A failure is the stream's to tell, as no status can any more."""
    try:
        return await finding
    except PointsmanError as error:
        raise in_callers_words(error, exchange) from None


async def _nothing(answer: object) -> None:
    """A whole answer that nobody waits for stands in the ledger already."""
