"""The vendors on the loopback: one server that plays OpenAI, Anthropic and Bedrock, and checks all that it is sent.

What it says depends on what it is asked: a tool is called until it has answered, a schema gets its object, `Busy!` in
the prompt is a rate limit, `Broken!` an error that quotes everything, `For ever!` a stream without an end, `Long!` one
of `LONG` bytes; before a `Slow!` answer there is `SILENCE`.
"""

from __future__ import annotations

import contextlib
import json
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.conformance.shapes import SHAPES, Said, Shape

PRIVATE = "PRIVATE-4711 arn:aws:iam::123456789012:role/router sk-upstream-secret"
"""What a vendor's error quotes and no caller may see."""
LONG = 10 * 1024 * 1024
SILENCE = 3.0
"""Seconds, in which a router that says after less that it is there has said so."""
TEMPO = 0.005
"""Seconds between two pieces of an endless stream."""


@dataclass
class Upstream:
    """`faults` are the requests that no vendor would take, `gone` the times at which clients left endless streams."""

    url: str
    faults: list[str] = field(default_factory=list)
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    status: int = 400
    """Of the answer to `Broken!`."""
    stopping: threading.Event = field(default_factory=threading.Event)


def _handler(state: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
            path = unquote(self.path)
            shape = next(shape for shape in SHAPES if path.startswith(shape.prefix))
            state.bodies.append((shape.name, body))
            try:
                asked = shape.read(path, body)
            except Exception as error:
                state.faults.append(f"{shape.name}: {error!r:.2000}")
                return self.give(400, shape.error("invalid_request", "This is not in the schema."), shape)
            if "Busy!" in asked.text:
                return self.give(429, shape.error("rate_limit", PRIVATE), shape)
            if "Broken!" in asked.text:
                return self.give(state.status, shape.error("whatever", PRIVATE), shape)
            state.stopping.wait(SILENCE if "Slow!" in asked.text else 0)
            said = asked.answer()
            if not asked.stream:
                return self.give(200, shape.whole(said), shape)
            return self.stream(shape, asked.text, said)

        def give(self, status: int, body: Any, shape: Shape) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**shape.headers(status), "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def stream(self, shape: Shape, text: str, said: Said) -> None:
            self.send_response(200)
            self.send_header("content-type", shape.stream_type)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            begin, pieces, end = shape.stream(said)
            self.piece(begin)
            if "For ever!" in text:
                return self.for_ever(shape)
            if "Long!" in text:
                piece = shape.text("x" * 4_000)
                for _ in range(LONG // 4_000):
                    self.piece(piece)
            for piece in pieces:
                self.piece(piece)
            self.piece(end)
            self.wfile.write(b"0\r\n\r\n")
            return None

        def for_ever(self, shape: Shape) -> None:
            self.close_connection = True
            piece = shape.text("la ")
            while not state.stopping.is_set():
                if select.select([self.connection], [], [], TEMPO)[0]:
                    state.gone.append(time.monotonic())
                    return
                try:
                    self.piece(piece)
                except OSError:
                    state.gone.append(time.monotonic())
                    return

        def piece(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def play() -> Iterator[Upstream]:
    state = Upstream("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        state.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
