"""A provider on the loopback that misbehaves on purpose, and keeps the bill that a real one would send.

It counts as the router estimates, four bytes a token, so what it never reported can be compared to the token. It bills
a prompt once it has begun to answer or been left to work on it, and an answer by what it sent of it. What it refused,
and an answer that nobody can read, it does not bill.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.chaos.virtual import holding
from tests.chaos.wires import Asked, OpenAI, Wire, tokens

WORDS = ("Paris ", "is ", "the ", "capital ", "of ", "France.")
TEXT = "".join(WORDS)

WELL = (*["ok"] * 20, *["unreported"] * 3)
WHOLE = (
    *(*WELL, "trickle", "garbage", "empty", "hang", "reset", "429", "429 wait", "500", "503", "401"),
    *("cut early", "reset early"),
)
STREAMED = (*WHOLE, "cut", "reset inside", "stall", "error inside")
BROKEN = {"cut", "cut early", "reset early", "reset inside", "stall", "error inside"}

PAUSE = 0.5
"""Seconds between the pieces of a trickle."""
PATIENCE = 3.5
"""Seconds after which it lets go who has been left hanging, and may be gone unnoticed."""
READ = 0.03
"""Real seconds for a client's thread to read what was sent before a silence."""


@dataclass
class Upstream:
    """`bill` counts (model, prompt tokens, answer tokens) of every call that costs something."""

    draw: random.Random
    faults: Sequence[str]
    wire: Wire
    url: str = ""
    bill: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                asked = self.wire.asked(head.split()[1].decode(), json.loads(await reader.readexactly(length)))
                if not await self.answer(asked, reader, writer):
                    break
        writer.close()

    async def answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may be used again."""
        fault = self.draw.choice(self.faults)
        self.calls[fault] += 1
        match fault.split():
            case ["reset"]:
                return reset(writer)
            case ["hang"]:
                self.charge(asked, "")
                with holding():
                    await gone(reader, PATIENCE)
                return False
            case [("401" | "429" | "500" | "503") as refused, *wait]:
                status, head, body = self.wire.refusal(refused)
                await send(writer, body, status, dict(head) | ({"retry-after": "0.01"} if wait else {}))
                return True
            case ["garbage" | "empty"]:
                if fault in self.wire.unread and not asked.stream:
                    self.charge(asked, "")
                await send(writer, b"<html>\xff\x00 It works!</html>" if fault == "garbage" else b"")
                return True
        return await (self.stream if asked.stream else self.whole)(asked, fault, reader, writer)

    async def whole(self, asked: Asked, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        body = self.wire.whole(TEXT, None if fault == "unreported" else asked.prompt)
        if fault in BROKEN:
            self.charge(asked, "")
            await send(writer, body[:40], missing=60)
            return reset(writer) if fault == "reset early" else False
        self.charge(asked, TEXT)
        if fault == "trickle":
            await send(writer, body[:40], missing=len(body) - 40)
            for begin in range(40, len(body), len(body) // 3):
                with holding():
                    await asyncio.sleep(PAUSE)
                writer.write(body[begin : begin + len(body) // 3])
            return True
        await send(writer, body)
        return True

    async def stream(
        self, asked: Asked, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {self.wire.media}\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        await self.event(writer, self.wire.opening())
        early = fault in {"cut early", "reset early"}
        count = 0 if early else self.draw.randint(1, len(WORDS) - 1) if fault in BROKEN else len(WORDS)
        sent = ""
        for word in WORDS[:count]:
            if fault == "trickle" and sent:
                with holding():
                    await gone(reader, 2 * PAUSE)
                if reader.at_eof():
                    break
            await self.event(writer, self.wire.word(word))
            sent += word
        self.charge(asked, sent)
        if reader.at_eof():
            return False
        match fault:
            case "cut" | "cut early" | "reset early" | "reset inside":
                broken = self.wire.word("never read")
                writer.write(f"{len(broken):x}\r\n".encode() + broken[: len(broken) // 2])
                await writer.drain()
                return reset(writer) if fault.startswith("reset") else False
            case "stall":
                time.sleep(READ)  # noqa: ASYNC251 (the clock must not move meanwhile)
                with holding():
                    await reader.read(1)
                return False
            case "error inside":
                await self.event(writer, self.wire.failure())
                return False
        await self.event(writer, self.wire.ending(sent, None if fault == "unreported" else asked.prompt))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def charge(self, asked: Asked, text: str) -> None:
        self.bill[asked.model, asked.prompt, tokens(text)] += 1

    async def event(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()


async def gone(reader: asyncio.StreamReader, seconds: float) -> None:
    """Wait, or until the client has gone."""
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1), seconds)


async def send(
    writer: asyncio.StreamWriter, body: bytes, status: str = "200", head: dict[str, str] | None = None, missing: int = 0
) -> None:
    """`missing` bytes are promised, and left to be sent or not."""
    length = str(len(body) + missing)
    fields = {"content-type": "application/json", "content-length": length} | (head or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body)
    await writer.drain()


def reset(writer: asyncio.StreamWriter) -> bool:
    """Hang up as a machine does that has lost its memory of the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


@asynccontextmanager
async def upstream(seed: int, faults: Sequence[str], wire: Wire | None = None) -> AsyncIterator[Upstream]:
    made = Upstream(random.Random(seed), faults, wire or OpenAI())
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
