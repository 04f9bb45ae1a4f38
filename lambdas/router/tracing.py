"""Sends traces to the X-Ray daemon that Lambda runs beside every function; anywhere else there is none, and nothing is
sent."""

from __future__ import annotations

import json
import os
import secrets
import socket
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Scope

from pointsman.domain import CostEvent
from pointsman.metering.trace import subsegments

PREAMBLE = b'{"format": "json", "version": 1}\n'


def trace(daemon: str | None, scope: Scope, event: CostEvent) -> None:
    """One datagram an attempt, to `daemon` (`host:port`). One that cannot be sent is lost: it must not hold up an
    answer. Nothing is kept between two requests, so any number of them may be under way."""
    if daemon is None:
        return
    documents = subsegments(event, _header(scope), lambda: secrets.token_hex(8))
    host, _, port = daemon.rpartition(":")
    with suppress(OSError, ValueError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        for document in documents:
            sending.sendto(PREAMBLE + json.dumps(document).encode(), (host, int(port)))


def _header(scope: Scope) -> str:
    """As Lambda gives it: to its own runtime for each invocation, through the Web Adapter with each request."""
    if "aws.event" in scope:
        return os.environ.get("_X_AMZN_TRACE_ID", "")
    return Headers(scope=scope).get("x-amzn-trace-id", "")
