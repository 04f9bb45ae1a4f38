"""Every error as a response in the caller's dialect."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pointsman.errors import PointsmanError, QuotaExceeded, RateLimited, RequestError
from pointsman.exchange import Exchange
from pointsman.wire.callers_field import callers_field
from pointsman.wire.dialect import Dialect
from pointsman.wire.dialects import dialect_named, dialect_of


def named(response: Response, id: str, dialect: Dialect) -> Response:
    """The response with the request's id, where the router's users and the vendor's SDKs look for it."""
    response.headers["x-router-request-id"] = response.headers[dialect.request_id_header] = id
    return response


def refusal(
    error: PointsmanError, dialect: Dialect, exchange: Exchange | None = None, id: str | None = None
) -> Response:
    if isinstance(error, RateLimited) and exchange:
        exchange.refused(error)
    headers = exchange.headers() if exchange else {}
    if exchange:
        error = in_callers_words(error, exchange)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(ceil(retry_after))
    if isinstance(error, QuotaExceeded):
        headers["x-should-retry"] = "false"  # which OpenAI's and Anthropic's SDKs obey
    body = dialect.error_body(error, exchange.id if exchange else id)
    status = dialect.statuses.get(error.status, error.status)
    return JSONResponse(body, status_code=status, headers=headers)


def in_callers_words(error: PointsmanError, exchange: Exchange) -> PointsmanError:
    """The field as it is called in the dialect that the request came in."""
    if exchange.chat and error.param:
        error.param = callers_field(error.param, exchange.chat, dialect_named(exchange.chat.dialect).names)
    return error


async def http_error(new_id: Callable[[], str], request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405, in the dialect."""
    assert isinstance(error, HTTPException)
    unserved = RequestError(f"{request.method} {request.url.path} is not served here.{_meant(request)}")
    unserved.status = error.status_code
    unserved.code = "not_found" if error.status_code == 404 else "method_not_allowed"
    dialect = dialect_of(request.url.path, request.headers)
    id = dialect.id_prefix + new_id()
    response = refusal(unserved, dialect, id=id)
    response.headers.update(error.headers or {})
    return named(response, id, dialect)


def _meant(request: Request) -> str:
    """The path that a base URL with one /v1 too few or too many has missed."""
    path = "/v1/" + "/".join(part for part in request.url.path.split("/") if part not in {"", "v1"})
    if path == request.url.path or path not in {route.path for route in request.app.routes if isinstance(route, Route)}:
        return ""
    return f" Did you mean {path}? The endpoint's base URL ends in /v1; Anthropic's SDKs add that themselves."


async def internal_error(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the caller learns its id alone."""
    dialect = dialect_of(request.url.path, request.headers)
    exchange: Exchange | None = getattr(request.state, "exchange", None)
    if exchange is None:
        return refusal(PointsmanError("The router met an unexpected error; it is in its log."), dialect)
    failure = PointsmanError(f"The router met an unexpected error; it is in its log under {exchange.id}.")
    return named(refusal(failure, dialect, exchange), exchange.id, dialect)
