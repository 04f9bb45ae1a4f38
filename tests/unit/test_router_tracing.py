"""Traces leave as datagrams for the daemon; whoever does not listen harms nobody."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from starlette.types import Scope

from router.tracing import trace
from tests.unit.metering.test_trace import EVENT, HEADER

WEB_ADAPTER: Scope = {"type": "http", "headers": [(b"x-amzn-trace-id", HEADER.encode())]}
MANGUM: Scope = {"type": "http", "headers": [(b"x-amzn-trace-id", b"Root=1-0-0;Parent=0;Sampled=1")], "aws.event": {}}


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(5)
        yield listening


@pytest.mark.parametrize("scope", [WEB_ADAPTER, MANGUM], ids=["web adapter", "mangum"])
def test_each_attempt_is_one_datagram_under_the_hosts_segment(
    daemon: socket.socket, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under Mangum the runtime's own word counts: the header there is whatever the client sent."""
    if scope is MANGUM:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    trace(f"127.0.0.1:{daemon.getsockname()[1]}", scope, EVENT)
    for attempt in EVENT.attempts:
        preamble, document = daemon.recv(65_536).split(b"\n")
        assert json.loads(preamble) == {"format": "json", "version": 1}
        assert json.loads(document)["name"] == attempt.model.alias
        assert json.loads(document)["parent_id"] == "53995c3f42cd8ad8"


@pytest.mark.parametrize("daemon", [None, "127.0.0.1:9", "no such address", "no.such.host.invalid:2000"])
def test_without_a_daemon_or_a_header_nothing_happens(daemon: str | None) -> None:
    for _ in range(3):
        trace(daemon, WEB_ADAPTER, EVENT)
    trace(daemon, {"type": "http", "headers": []}, EVENT)
