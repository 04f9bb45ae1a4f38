"""An HTTP proxy in front of the emulator's DynamoDB that spoils reads of one table, in the way it is told."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

HANG = 5.0
"""Seconds."""

THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded.",
}


def _newer(snapshot: dict[str, Any]) -> None:
    snapshot["schema_version"] += 1


def _unknown(snapshot: dict[str, Any]) -> None:
    next(iter(snapshot["models"].values()))["carbon"] = 3


SPOILT: Mapping[str, Callable[[dict[str, Any]], None]] = {"newer schema": _newer, "unknown field": _unknown}
FAULTS = ("gone", "throttled", "slow", "corrupt", *SPOILT)


class FaultProxy:
    """`fault` is one of `FAULTS`, or nothing; `injected` counts how often each was met."""

    def __init__(self, port: int, table: str) -> None:
        self.fault: str | None = None
        self.injected: Counter[str] = Counter()
        handler = type("Handler", (_Handler,), {"proxy": self, "table": table, "upstream": f"http://localhost:{port}"})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    table: str
    upstream: str
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        fault = self.proxy.fault if self._reads_the_map(body) else None
        if fault:
            self.proxy.injected[fault] += 1
        if fault == "gone":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif fault == "throttled":
            self._answer(400, json.dumps(THROTTLED).encode())
        else:
            if fault == "slow":
                time.sleep(HANG)
            skipped = {"host", "content-length", "connection", "accept-encoding"}
            headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
            found = httpx.post(f"{self.upstream}{self.path}", content=body, headers=headers, timeout=30)
            self._answer(found.status_code, _spoil(found.content, fault))

    def _reads_the_map(self, body: bytes) -> bool:
        return self.headers["x-amz-target"].endswith(".GetItem") and json.loads(body)["TableName"] == self.table

    def _answer(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # a client that no longer waits

    def log_message(self, format: str, *args: object) -> None:
        pass


def _spoil(body: bytes, fault: str | None) -> bytes:
    """An answer with another snapshot in it."""
    if fault is None or (fault != "corrupt" and fault not in SPOILT):
        return body
    answer = json.loads(body)
    live = answer["Item"]["snapshot"]
    if fault == "corrupt":
        live["S"] = live["S"][: len(live["S"]) // 2]
    else:
        snapshot = json.loads(live["S"])
        SPOILT[fault](snapshot)
        live["S"] = json.dumps(snapshot)
    return json.dumps(answer).encode()
