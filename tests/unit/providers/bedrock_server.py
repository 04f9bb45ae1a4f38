"""A Bedrock of one's own on the loopback: it answers Converse in JSON and ConverseStream in real event-stream bytes."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zlib import crc32


def event(name: str, payload: Any, *, kind: str = "event") -> bytes:
    """One message of `application/vnd.amazon.eventstream`."""
    headers = {
        ":message-type": kind,
        f":{kind}-type": name,
        ":content-type": "application/json",
    }
    encoded = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in headers.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(encoded) + len(body), len(encoded))
    message = prelude + struct.pack(">I", crc32(prelude)) + encoded + body
    return message + struct.pack(">I", crc32(message))


def events(*steps: tuple[str, Any]) -> list[bytes]:
    return [event(name, payload) for name, payload in steps]


@dataclass
class Reply:
    """`body` as one answer, or in pieces as a chunked one. A piece of `None` waits until the client has gone, and in
    place of the body does so before anything is answered. `missing` bytes are promised and never sent."""

    body: bytes | Sequence[bytes | None] | None = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0
    missing: int = 0


@dataclass
class Server:
    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    connections: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    client_gone: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def answers(self, body: Any, **more: Any) -> None:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        self.replies.append(Reply(data, **more))


@contextmanager
def serve() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            state.connections += 1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            state.requests.append(json.loads(raw))
            state.paths.append(self.path)
            state.asked.set()
            reply = state.replies.pop(0)
            state.stopping.wait(reply.wait)
            if reply.body is None:
                self.await_hang_up()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if isinstance(reply.body, bytes):
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(reply.body) + reply.missing))
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = reply.missing > 0
                return
            self.send_header("content-type", "application/vnd.amazon.eventstream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in reply.body:
                if piece is None:
                    self.await_hang_up()
                    return
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def await_hang_up(self) -> None:
            self.close_connection = True
            self.connection.settimeout(10)
            if self.connection.recv(1) == b"":
                state.client_gone.set()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Server(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        state.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
