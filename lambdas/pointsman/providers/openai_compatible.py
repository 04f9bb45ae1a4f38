"""Any vendor of `registry.py` over HTTP: one pooled client, whole and streamed chat completions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx

from pointsman.domain import ChatRequest, Chunk, Completion, Json, Model
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.providers.failures import kind_of, retry_after, rule, upstream_error
from pointsman.providers.openai_answer import StreamedError, StreamReader, read_completion
from pointsman.providers.openai_request import request_body
from pointsman.providers.registry import Vendor
from pointsman.providers.sse import EventReader

CONNECT_TIMEOUT = 5.0
"""Seconds. A vendor that is not there should be left for the next one early."""

_FAILURES = (
    rule(UpstreamKind.CONTEXT_TOO_LONG, "context_length_exceeded exceed_context_size_error string_above_max_length"),
    rule(
        UpstreamKind.CONTEXT_TOO_LONG,
        "400 413 422",
        "context length",
        "context window",
        "context size",
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
    rule(UpstreamKind.NOT_FOUND, "model_not_found 404 405 410"),
    rule(UpstreamKind.RATE_LIMITED, "rate_limit_exceeded rate_limit_error 429"),
    rule(UpstreamKind.OVERLOADED, "engine_overloaded overloaded_error insufficient_system_resource 503 529"),
    rule(UpstreamKind.TIMEOUT, "408 504 524"),
    rule(UpstreamKind.CONTEXT_TOO_LONG, "413"),
    rule(UpstreamKind.BAD_REQUEST, "invalid_request_error 400 409 415 422"),
    rule(UpstreamKind.UNAVAILABLE, "server_error internal_error api_error 500 502 520 521 522 523"),
)


class OpenAICompatible:
    """`key` gives the API key of a model's secret, and may take its time: it is called off the event loop."""

    def __init__(self, vendor: Vendor, http: httpx.AsyncClient, key: Callable[[str], str]) -> None:
        self._vendor = vendor
        self._http = http
        self._key = key

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        call = await self._call(model, request, timeout, stream=False)
        try:
            async with asyncio.timeout(timeout):
                response = await self._http.send(call)
            if not response.is_success:
                raise self._refusal(response)
            return read_completion(self._vendor, response.content)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, ValueError) as error:
            raise self._broken(error) from None

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        call = await self._call(model, request, timeout, stream=True)
        try:
            response = await self._http.send(call, stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    raise self._refusal(response)
                reader, events = StreamReader(self._vendor), EventReader()
                async for received in response.aiter_bytes():
                    for data in events.feed(received):
                        if data == "[DONE]":
                            yield reader.end()
                            return
                        for chunk in reader.read(data):
                            yield chunk
                yield reader.end()
            finally:
                await response.aclose()
        except StreamedError as error:
            raise self._failure(error.error, ()) from None
        except (httpx.HTTPError, httpx.StreamError, ValueError) as error:
            raise self._broken(error) from None

    async def _call(self, model: Model, request: ChatRequest, timeout: float, *, stream: bool) -> httpx.Request:
        base = model.endpoint or self._vendor.base_url
        if base is None:
            raise upstream_error(self._vendor.name, UpstreamKind.NOT_FOUND)
        body = request_body(self._vendor, model, request, stream=stream)
        headers = {"Content-Type": "application/json", **await self._authorization(model)}
        try:
            return self._http.build_request(
                "POST",
                f"{base.rstrip('/')}/chat/completions",
                # ASCII only, as `json` does by default: a lone surrogate in a prompt cannot be said in UTF-8.
                content=json.dumps(body, separators=(",", ":")).encode(),
                headers=headers,
                timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
            )
        except httpx.InvalidURL:
            raise upstream_error(self._vendor.name, UpstreamKind.NOT_FOUND) from None

    async def _authorization(self, model: Model) -> dict[str, str]:
        if model.secret is None:
            if self._vendor.needs_key:
                raise upstream_error(self._vendor.name, UpstreamKind.AUTH)
            return {}
        try:
            key = (await asyncio.to_thread(self._key, model.secret)).strip()
        except Exception:
            # Whatever the keeper of secrets raises, the caller learns only that there is no key.
            raise upstream_error(self._vendor.name, UpstreamKind.AUTH) from None
        if not key or not key.isascii() or not key.isprintable():
            raise upstream_error(self._vendor.name, UpstreamKind.AUTH)
        return {self._vendor.key_header: self._vendor.key_prefix + key}

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
        table = self._vendor.failures + _FAILURES
        return upstream_error(self._vendor.name, kind_of(table, labels, str(message), default), retry_after=wait)

    def _broken(self, error: Exception) -> UpstreamError:
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
        return upstream_error(self._vendor.name, kind)
