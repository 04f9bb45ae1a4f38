"""Whose connection is shut down when a call is let go; over real sockets in `test_bedrock.py`."""

from __future__ import annotations

import boto3
import pytest

from pointsman.providers.hang_up import Call, prepare


class Socket:
    def __init__(self) -> None:
        self.shut = 0

    def shutdown(self, how: int) -> None:
        self.shut += 1
        raise OSError("not connected")


class Connection:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.sock = Socket()


def test_the_connection_that_a_call_waits_on_is_shut_down() -> None:
    with Call() as call:
        connection = Connection(call)
        call.waits_on(connection)
        call.hang_up()
    assert connection.sock.shut == 1


def test_a_connection_that_carries_another_call_by_now_is_left_alone() -> None:
    with Call() as call:
        connection = Connection(call)
        call.waits_on(connection)
        connection.call = Call()
        call.hang_up()
    assert connection.sock.shut == 0


def test_a_call_that_is_over_shuts_nothing_down() -> None:
    with Call() as call:
        connection = Connection(call)
        call.waits_on(connection)
    call.hang_up()
    assert connection.sock.shut == 0


def test_a_call_that_was_let_go_before_it_was_made_waits_for_nothing() -> None:
    with Call() as call:
        call.hang_up()
        with pytest.raises(ConnectionAbortedError):
            call.waits_on(Connection(call))


def test_only_the_client_prepared_has_such_connections() -> None:
    one, other = (boto3.client("bedrock-runtime", region_name="us-east-1") for _ in range(2))
    prepare(one)
    prepare(one)
    kinds = [
        client._endpoint.http_session._manager.connection_from_url("https://x.test").ConnectionCls  # type: ignore[attr-defined]
        for client in (one, other)
    ]
    assert [hasattr(kind, "call") for kind in kinds] == [True, False]
