"""How a vendor is reached over HTTP: one pooled client, its key, and what a refusal or a broken call means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from functools import lru_cache

import httpx

from pointsman.domain import Json, Model
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.providers.failures import kind_of, retry_after, rule, upstream_error
from pointsman.providers.registry import Service
from pointsman.providers.sse import EventReader

CONNECT_TIMEOUT = 5.0
"""Seconds. A vendor that is not there should be left for the next one early."""

_HEADERS = {"Content-Type": "application/json", "User-Agent": "pointsman"}

_FAILURES = (
    rule(UpstreamKind.CONTEXT_TOO_LONG, "context_length_exceeded exceed_context_size_error string_above_max_length"),
    rule(
        UpstreamKind.CONTEXT_TOO_LONG,
        "400 413 422",
        "context length",
        "context window",
        "context size",
        "context limit",
        "prompt is too long",
        "input is too long",
        "too many tokens",
        "maximum number of tokens",
        "too large for model",
    ),
    rule(UpstreamKind.CONTENT_FILTERED, "content_filter content_policy_violation responsibleaipolicyviolation"),
    # An account without means stays so: asking again would not help.
    rule(UpstreamKind.AUTH, "insufficient_quota billing_hard_limit_reached 402"),
    rule(UpstreamKind.AUTH, "invalid_api_key 401 403"),
    rule(UpstreamKind.NOT_FOUND, "model_not_found deploymentnotfound 404 405 410"),
    rule(UpstreamKind.RATE_LIMITED, "rate_limit_exceeded rate_limit_error 429"),
    rule(UpstreamKind.OVERLOADED, "engine_overloaded overloaded_error insufficient_system_resource 503 529"),
    rule(UpstreamKind.TIMEOUT, "408 504 524"),
    rule(UpstreamKind.CONTEXT_TOO_LONG, "413"),
    rule(UpstreamKind.BAD_REQUEST, "invalid_request_error 400 409 415 422"),
    rule(UpstreamKind.UNAVAILABLE, "server_error internal_error api_error 500 502 520 521 522 523"),
)
"""What is common to the vendors; a service's own rules come first."""


@lru_cache(maxsize=256)
def _url(address: str) -> httpx.URL:
    return httpx.URL(address)


class StreamedError(Exception):
    """The vendor reported a failure in the stream; `error` is what it wrote."""

    def __init__(self, error: Json) -> None:
        super().__init__()
        self.error = error


class Line:
    """The way to one service. `key` gives the API key of a model's secret, and may take its time: it is called off the
    event loop, once a secret and again after the service has refused a key, which may have been replaced. What can go
    wrong comes out as `UpstreamError` where the calls stand within `failures`."""

    def __init__(self, service: Service, http: httpx.AsyncClient, key: Callable[[str], str]) -> None:
        self._service = service
        self._http = http
        self._key = key
        self._known: dict[str, str] = {}

    async def post(self, model: Model, body: Mapping[str, Json], timeout: float) -> bytes:
        """The whole answer to `body`."""
        call = await self._call(model, body, timeout)
        async with asyncio.timeout(timeout), aclosing(await self._http.send(call, stream=True)) as response:
            with self._answering(response):
                await response.aread()
        if not response.is_success:
            raise self._refusal(response)
        return response.content

    async def events(self, model: Model, body: Mapping[str, Json], timeout: float) -> AsyncGenerator[str, None]:
        """The data of each event that answers `body`. Closing the iterator closes the connection."""
        call = await self._call(model, body, timeout)
        response = await self._http.send(call, stream=True)
        try:
            if not response.is_success:
                await response.aread()
                raise self._refusal(response)
            reader = EventReader()
            with self._answering(response):
                async for received in response.aiter_bytes():
                    for data in reader.feed(received):
                        yield data
        finally:
            await response.aclose()

    @contextmanager
    def _answering(self, response: httpx.Response) -> Iterator[None]:
        """What breaks within had begun to answer."""
        try:
            yield
        except httpx.TransportError as error:
            raise self._broken(error, begun=response.is_success) from None

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Turns what calling the vendor and reading its answer may raise into `UpstreamError`."""
        try:
            yield
        except StreamedError as error:
            raise self._failure(error.error, ()) from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, ValueError) as error:
            raise self._broken(error) from None

    async def _call(self, model: Model, body: Mapping[str, Json], timeout: float) -> httpx.Request:
        base = model.endpoint or self._service.base_url
        if base is None:
            raise upstream_error(self._service.name, UpstreamKind.NOT_FOUND)
        try:
            url = _url(base.rstrip("/") + self._service.path)
        except httpx.InvalidURL:
            raise upstream_error(self._service.name, UpstreamKind.NOT_FOUND) from None
        # Made here, as the client would first merge headers, cookies and addresses of its own, which takes longer.
        return httpx.Request(
            "POST",
            url,
            headers={**_HEADERS, **self._service.headers, **await self._authorization(model)},
            # ASCII only, as `json` does by default: a lone surrogate in a prompt cannot be said in UTF-8.
            content=json.dumps(body, separators=(",", ":")).encode(),
            extensions={"timeout": httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)).as_dict()},
        )

    async def _authorization(self, model: Model) -> dict[str, str]:
        if model.secret is None:
            if self._service.needs_key:
                raise upstream_error(self._service.name, UpstreamKind.AUTH)
            return {}
        try:
            key = self._known.get(model.secret) or (await asyncio.to_thread(self._key, model.secret)).strip()
        except Exception:
            # Whatever the keeper of secrets raises, the caller learns only that there is no key.
            raise upstream_error(self._service.name, UpstreamKind.AUTH) from None
        if not key or not key.isascii() or not key.isprintable():
            raise upstream_error(self._service.name, UpstreamKind.AUTH)
        self._known[model.secret] = key
        return {self._service.key_header: self._service.key_prefix + key}

    def _refusal(self, response: httpx.Response) -> UpstreamError:
        """A status other than 2xx. Redirects are not followed, as the key would go along."""
        try:
            body = response.json()
        except ValueError:
            body = response.text
        error = body[0] if isinstance(body, list) and body else body
        error = error.get("error", error) if isinstance(error, dict) else error
        default = UpstreamKind.BAD_REQUEST if response.is_client_error else UpstreamKind.UNAVAILABLE
        default = default if response.is_error else UpstreamKind.BAD_RESPONSE
        return self._failure(error, (response.status_code,), default, retry_after(response.headers))

    def _failure(
        self,
        error: Json,
        labels: tuple[object, ...],
        default: UpstreamKind = UpstreamKind.UNAVAILABLE,
        wait: float | None = None,
    ) -> UpstreamError:
        message = error
        if isinstance(error, dict):
            labels += tuple(error.get(name) for name in ("code", "type", "status"))
            message = error.get("message", error)
        kind = kind_of(self._service.failures + _FAILURES, labels, str(message), default)
        if kind is UpstreamKind.AUTH:
            self._known.clear()
        return upstream_error(self._service.name, kind, retry_after=wait)

    def _broken(self, error: Exception, *, begun: bool = False) -> UpstreamError:
        """The call failed before there was a whole answer. A model that was never reached is not a timeout: that would
        be charged for."""
        match error:
            case httpx.ConnectTimeout() | httpx.PoolTimeout():
                kind = UpstreamKind.UNAVAILABLE
            case httpx.TimeoutException() | TimeoutError():
                kind = UpstreamKind.TIMEOUT
            case httpx.UnsupportedProtocol():
                kind = UpstreamKind.NOT_FOUND
            case httpx.TransportError():
                kind = UpstreamKind.UNAVAILABLE
            case _:
                kind = UpstreamKind.BAD_RESPONSE
        return upstream_error(self._service.name, kind, begun=begun)
