"""A model on the loopback that answers at once, from bytes made beforehand: what is timed is what stands before it.

python bench/upstream.py PORT
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

CHUNKS = 300
"""Of a stream, each another word: LiteLLM gives up a model that repeats itself."""
MODEL = "bench"
LAST = b"data: [DONE]"

_USAGE = {"prompt_tokens": 500, "completion_tokens": CHUNKS, "total_tokens": 500 + CHUNKS}
_HEAD = {"id": "chatcmpl-1", "created": 1_800_000_000, "model": MODEL}


def whole() -> bytes:
    message = {"role": "assistant", "content": "Canberra."}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = json.dumps({**_HEAD, "object": "chat.completion", "choices": choices, "usage": _USAGE}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def streamed() -> list[bytes]:
    """Head and first word, the other words, and the end."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    words = [
        _event([{"index": 0, "delta": {"role": "assistant", "content": f"word{n} "}, "finish_reason": None}])
        for n in range(CHUNKS)
    ]
    stop = _event([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + _event([], usage=_USAGE)
    return [head + words[0], *words[1:], stop + _chunk(LAST + b"\n\n") + b"0\r\n\r\n"]


def _event(choices: list[object], **more: object) -> bytes:
    body = {**_HEAD, "object": "chat.completion.chunk", "choices": choices, **more}
    return _chunk(f"data: {json.dumps(body)}\n\n".encode())


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


WHOLE, STREAMED = whole(), streamed()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split()[0])
            body = json.loads(await reader.readexactly(length))
            for piece in STREAMED if body.get("stream") else (WHOLE,):
                writer.write(piece)
                await writer.drain()
    writer.close()


async def main(port: int) -> None:
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
