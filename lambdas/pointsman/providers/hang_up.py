"""Lets go of a call that a thread makes with botocore: it knows no way, so from outside the call's socket is shut down.

urllib3 lets pools choose their class of connections. Ours tell the call of their thread that they wait for its answer.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool

_thread = threading.local()


class Call:
    """Entered by the thread that makes the call; `hang_up`, from any other one, wakes it wherever it waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self._socket: Any = None
        self._unwanted = False

    def __enter__(self) -> Call:
        _thread.call = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _thread.call = None
        with self._lock:
            self._connection = None

    def waits_on(self, connection: Any) -> None:
        """Raises `ConnectionAbortedError` where nobody wants the answer any more."""
        with self._lock:
            if self._unwanted:
                raise ConnectionAbortedError
            # Where the server closes each connection, only the answer holds the socket from its head on.
            self._connection, self._socket = connection, connection.sock

    def hang_up(self) -> None:
        """A connection that was given back to the pool and serves another call by now is left alone."""
        with self._lock:
            self._unwanted = True
            if self._connection is not None and self._connection.call is self:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Told:
    """A connection that knows whose call it carries."""

    call: Call | None = None

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self.call = getattr(_thread, "call", None)
        return super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        if self.call is not None:
            self.call.waits_on(self)
        return super().getresponse(*args, **kwargs)  # type: ignore[misc]


def _pool(pool: Any) -> type:
    """The same pool, of such connections."""
    connection = type(pool.ConnectionCls.__name__, (_Told, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


_POOLS: Mapping[str, type] = {"http": _pool(AWSHTTPConnectionPool), "https": _pool(AWSHTTPSConnectionPool)}


def prepare(client: Any) -> None:
    """Make the connections of a boto3 client ones whose calls can be let go; those that it has already stay."""
    client._endpoint.http_session._manager.pool_classes_by_scheme.update(_POOLS)
