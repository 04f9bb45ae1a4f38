"""Amazon Bedrock by Converse and ConverseStream. botocore blocks, so its calls run in a bounded pool of threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamReadTimeoutError

from pointsman.domain import ChatRequest, Chunk, Completion, Model
from pointsman.errors import UpstreamError, UpstreamKind
from pointsman.providers.bedrock_answer import StreamReader, read_completion
from pointsman.providers.bedrock_request import converse_parameters
from pointsman.providers.failures import kind_of, retry_after, rule, upstream_error
from pointsman.providers.hang_up import Call, prepare

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

THREADS = 64
"""Calls at once in one container; further ones wait. A thread costs little while it waits for the network."""
AHEAD = 64
"""Events of a stream that its thread may have read before anyone wants them."""

_FAILURES = (
    rule(
        UpstreamKind.CONTEXT_TOO_LONG,
        "validationexception",
        "too long",
        "too many input tokens",
        "context length",
        "context window",
        "context limit",
        "maximum number of tokens",
        "maximum tokens",
    ),
    rule(UpstreamKind.CONTENT_FILTERED, "validationexception", "content filter", "content policy"),
    rule(
        UpstreamKind.NOT_FOUND,
        "validationexception",
        "model identifier is invalid",
        "on-demand throughput",
        "inference profile",
        "not supported in this region",
    ),
    rule(UpstreamKind.NOT_FOUND, "resourcenotfoundexception"),
    rule(UpstreamKind.RATE_LIMITED, "throttlingexception servicequotaexceededexception toomanyrequestsexception"),
    rule(UpstreamKind.OVERLOADED, "modelnotreadyexception serviceunavailableexception"),
    rule(UpstreamKind.TIMEOUT, "modeltimeoutexception"),
    rule(UpstreamKind.UNAVAILABLE, "internalserverexception modelerrorexception modelstreamerrorexception"),
    rule(UpstreamKind.BAD_REQUEST, "validationexception"),
    rule(UpstreamKind.AUTH, "accessdeniedexception unrecognizedclientexception expiredtokenexception 401 403"),
    rule(UpstreamKind.NOT_FOUND, "404"),
    rule(UpstreamKind.TIMEOUT, "408 504"),
    rule(UpstreamKind.RATE_LIMITED, "429"),
    rule(UpstreamKind.OVERLOADED, "503 529"),
    rule(UpstreamKind.BAD_REQUEST, "400 413 422"),
)

_EXCEPTIONS: tuple[tuple[tuple[type[Exception], ...], UpstreamKind], ...] = (
    ((ReadTimeoutError, StreamReadTimeoutError, TimeoutError), UpstreamKind.TIMEOUT),
    (
        (EndpointConnectionError, ConnectTimeoutError, ConnectionClosedError, HTTPClientError, HTTPError, OSError),
        UpstreamKind.UNAVAILABLE,
    ),
    (
        (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError, NoAuthTokenError),
        UpstreamKind.AUTH,
    ),
    ((NoRegionError,), UpstreamKind.NOT_FOUND),
    ((ParamValidationError,), UpstreamKind.BAD_REQUEST),
)
"""Where there was no answer with a code. What is in no row is an answer that could not be parsed."""


class Bedrock:
    """`client` gives a region's client; it must have botocore's retries off, since `invoke.py` owns them all."""

    def __init__(self, client: Callable[[str | None], BedrockRuntimeClient]) -> None:
        self._client = client
        self._making = threading.Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="bedrock")

    def check(self, model: Model, request: ChatRequest) -> None:
        converse_parameters(model, request)

    async def complete(self, model: Model, request: ChatRequest, timeout: float) -> Completion:
        parameters = converse_parameters(model, request)

        call = Call()

        def ask() -> Completion:
            with call:
                answer = self._client_of(model).converse(**parameters)
            try:
                return read_completion(answer)
            except Exception:
                # botocore passes a body that broke off on, as far as it came; the model had answered.
                raise upstream_error("bedrock", UpstreamKind.BAD_RESPONSE, begun=True) from None

        try:
            async with asyncio.timeout(timeout):
                return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except UpstreamError:
            raise
        except Exception as error:
            raise _failure(error) from None
        finally:
            call.hang_up()

    async def stream(self, model: Model, request: ChatRequest, timeout: float) -> AsyncIterator[Chunk]:
        parameters = converse_parameters(model, request)
        reader = StreamReader()
        events = _Events(lambda: self._client_of(model).converse_stream(**parameters)["stream"])
        reading = asyncio.get_running_loop().run_in_executor(self._threads, events.pump)
        try:
            while True:
                async with asyncio.timeout(timeout):
                    event = await events.next()
                if event is None:
                    break
                for chunk in reader.read(event):
                    yield chunk
            yield reader.end()
        except Exception as error:
            raise _failure(error) from None
        finally:
            reading.cancel()
            events.hang_up()

    def _client_of(self, model: Model) -> BedrockRuntimeClient:
        """Making a client is slow, and boto3 does not let two threads make one at once."""
        with self._making:
            client = self._client(model.region)
        prepare(client)
        return client


class _Events:
    """An event stream that a thread reads, a little ahead of the event loop, which consumes it."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._call = Call()
        self._room = threading.Semaphore(AHEAD)
        self._unwanted = False

    async def next(self) -> Any:
        """The next event, or `None` at the end. Raises what the reading raised."""
        event = await self._queue.get()
        self._room.release()
        if isinstance(event, Exception):
            raise event
        return event

    def pump(self) -> None:
        """The thread's work."""
        try:
            with self._call, contextlib.closing(self._begin()) as body:
                for event in body:
                    self._room.acquire()
                    if self._unwanted:
                        break
                    self._give(event)
            self._give(None)
        except Exception as error:
            self._give(error)

    def hang_up(self) -> None:
        """Let the stream go, wherever its thread waits: for the network, or for someone to want what it has read."""
        self._unwanted = True
        self._room.release()
        self._call.hang_up()

    def _give(self, event: Any) -> None:
        # The loop may be gone before an abandoned stream's thread.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)


def _failure(error: Exception) -> UpstreamError:
    if isinstance(error, ClientError):
        metadata = error.response.get("ResponseMetadata", {})
        said = error.response.get("Error", {})
        labels = (said.get("Code"), metadata.get("HTTPStatusCode"))
        kind = kind_of(_FAILURES, labels, str(said.get("Message", "")), UpstreamKind.UNAVAILABLE)
        return upstream_error("bedrock", kind, retry_after=retry_after(metadata.get("HTTPHeaders", {})))
    kind = next((kind for types, kind in _EXCEPTIONS if isinstance(error, types)), UpstreamKind.BAD_RESPONSE)
    return upstream_error("bedrock", kind, begun=_begun(error))


def _begun(error: Exception) -> bool:
    """Whether the connection broke within an answer: urllib3 then calls it broken, and otherwise aborted."""
    if isinstance(error, ConnectionClosedError):
        return "Connection broken" in str(error.kwargs.get("error"))
    return isinstance(error, HTTPError)
