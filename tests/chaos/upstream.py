"""A provider on the loopback that misbehaves on purpose, and keeps the bill that a real one would send.

It counts as the router estimates, four bytes a token, so what it never reported can be compared to the token. It bills
a prompt once it has begun to answer or been left to work on it, and an answer by what it sent of it. What it refused,
and an answer that nobody can read, it does not bill.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

WORDS = ("Paris ", "is ", "the ", "capital ", "of ", "France.")

WELL = (*["ok"] * 20, *["unreported", "slow"] * 3)
WHOLE = (*WELL, "garbage", "empty", "hang", "reset", "429", "429 wait", "500", "503", "401", "cut early")
STREAMED = (*WHOLE, "cut", "stall", "error inside")


def tokens(text: str) -> int:
    return -(-len(text.encode()) // 4)


@dataclass
class Upstream:
    """`bill` counts (model, prompt tokens, answer tokens) of every call that costs something."""

    draw: random.Random
    faults: Sequence[str]
    url: str = ""
    bill: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                if not await self.answer(json.loads(await reader.readexactly(length)), reader, writer):
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, body: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may be used again."""
        fault = self.draw.choice(self.faults)
        self.calls[fault] += 1
        prompt = sum(4 + tokens(message["content"]) for message in body["messages"])
        match fault.split():
            case ["reset"]:
                writer.transport.abort()
                return False
            case ["hang"]:
                self.bill[body["model"], prompt, 0] += 1
                await reader.read(1)
                return False
            case [("401" | "429" | "500" | "503") as status, *wait]:
                extra = "retry-after: 0.01\r\n" if wait else ""
                await self.send(writer, b'{"error": {"message": "no"}}', status, extra)
                return True
            case ["garbage"]:
                await self.send(writer, b"<html>\xff\x00 It works!</html>")
                return True
            case ["empty"]:
                await self.send(writer, b"")
                return True
        if fault == "slow":
            await asyncio.sleep(self.draw.random() / 20)
        if fault == "cut early":
            self.bill[body["model"], prompt, 0] += 1
        if body.get("stream"):
            return await self.stream(body, prompt, fault, reader, writer)
        text = "".join(WORDS)
        usage = {"prompt_tokens": prompt, "completion_tokens": tokens(text), "total_tokens": prompt + tokens(text)}
        if fault == "cut early":
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"choices": [{"index": 0, "mess')
            await writer.drain()
            return False
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        self.bill[body["model"], prompt, tokens(text)] += 1
        told = {} if fault == "unreported" else {"usage": usage}
        await self.send(writer, json.dumps({"choices": [choice], **told}).encode())
        return True

    async def stream(
        self, body: Any, prompt: int, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        await self.event(writer, {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        broken = fault in {"cut", "stall", "error inside", "cut early"}
        count = 0 if fault == "cut early" else self.draw.randint(1, len(WORDS) - 1) if broken else len(WORDS)
        for word in WORDS[:count]:
            await self.event(writer, {"choices": [{"index": 0, "delta": {"content": word}}]})
            if fault == "slow":
                await asyncio.sleep(self.draw.random() / 200)
        text = "".join(WORDS[:count])
        if count:
            self.bill[body["model"], prompt, tokens(text)] += 1
        match fault:
            case "cut" | "cut early":
                writer.write(b'ff\r\ndata: {"choices": [{"index": 0, "del')
                await writer.drain()
                return False
            case "stall":
                await reader.read(1)
                return False
            case "error inside":
                await self.event(writer, {"error": {"message": "overloaded", "type": "overloaded_error"}})
                return False
        await self.event(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if fault != "unreported":
            usage = {"prompt_tokens": prompt, "completion_tokens": tokens(text)}
            await self.event(writer, {"choices": [], "usage": usage})
        await self.event(writer, None)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def event(self, writer: asyncio.StreamWriter, data: Any) -> None:
        text = b"data: " + (b"[DONE]" if data is None else json.dumps(data).encode()) + b"\n\n"
        writer.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
        await writer.drain()

    async def send(self, writer: asyncio.StreamWriter, body: bytes, status: str = "200", extra: str = "") -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


@asynccontextmanager
async def upstream(seed: int, faults: Sequence[str]) -> AsyncIterator[Upstream]:
    made = Upstream(random.Random(seed), faults)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
