"""What calls no model: a decision explained, tokens counted, the models listed, a verdict stored."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pointsman.api.body import read_json
from pointsman.api.deciding import route, view_for
from pointsman.api.services import Services
from pointsman.domain import Task
from pointsman.errors import UnknownModel
from pointsman.exchange import Exchange
from pointsman.metering.usage import estimate
from pointsman.policy.decide import DEFAULT_TASK, PINNED
from pointsman.second_look import stage_for
from pointsman.wire.anthropic.answer import count_body
from pointsman.wire.anthropic.request import parse_count
from pointsman.wire.decision import decision_body
from pointsman.wire.dialect import Dialect
from pointsman.wire.dialects import dialect_of_body
from pointsman.wire.feedback import check_names, feedback_body, parse_feedback


class Questions:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def explain(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        body = await read_json(request)
        chat = exchange.chat = dialect_of_body(body, dialect).parse_request(body)
        view, conversation = view_for(self._services, chat, exchange)
        decision = self._services.invoker.able(route(self._services, chat, view.map, conversation), chat)
        stage = stage_for(chat, decision.task, decision.confidence, view.map) if self._services.second_look else None
        return JSONResponse(decision_body(decision, view, stage.model if stage else None))

    async def feedback(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        given = parse_feedback(await read_json(request))
        view = self._services.tier_map()
        if not view.stale:
            maps = [view.map, *(trial.map for trial in (view.canary,) if trial)]
            tasks = {*map(str, Task), *(task for each in maps for task in each.routes if task != DEFAULT_TASK)}
            tiers = {tier for each in maps for tier in each.tiers}
            check_names(given, tasks, tiers, {*tiers, PINNED})
        assert exchange.account
        assert self._services.feedback
        await run_in_threadpool(self._services.feedback, exchange.account, given)
        return JSONResponse(feedback_body(given))

    async def count_tokens(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        chat = parse_count(await read_json(request))
        return JSONResponse(count_body(estimate(chat, "")))

    async def models(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        return JSONResponse(dialect.models_body(self._services.tier_map().map))

    async def model(self, request: Request, exchange: Exchange, dialect: Dialect) -> Response:
        name = request.path_params["name"]
        for entry in dialect.models_body(self._services.tier_map().map)["data"]:
            if entry["id"] == name:
                return JSONResponse(entry)
        raise UnknownModel(f"The model '{name[:256]}' does not exist or is disabled.", param="model")

    async def health(self, request: Request) -> Response:
        view = self._services.tier_map()
        return JSONResponse({"status": "ok", "map_version": view.map.version, "map_source": view.source})
