"""Which conversation a request belongs to, told from its opening: no session store, nothing asked of the caller.

Every turn of a chat repeats the messages before it, so its system messages and first user message name it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pointsman.domain import ChatRequest, Document, Image, Message, Text


def conversation_id(request: ChatRequest, salt: str) -> str:
    """The same for every turn of a conversation. `salt` (the caller's key id) keeps equal openings of two callers
    apart, and the opening from being guessed by its hash. It holds as long as the caller sends the opening."""
    digest = hashlib.sha256(salt.encode())
    for message in _opening(request):
        digest.update(f"\0{message.role}".encode())
        for part in message.parts:
            digest.update(b"\0" + _bytes(part))
    return digest.hexdigest()


def position(id: str, salt: str) -> float:
    """Where an id falls from 0 up to, not including, 1: evenly, and for each `salt` anew."""
    return int.from_bytes(hashlib.sha256(f"{salt}/{id}".encode()).digest()[:6]) / 2**48


def _opening(request: ChatRequest) -> Iterator[Message]:
    """The system messages up to and with the first message of the user's."""
    for message in request.messages:
        if message.role in {"system", "user"}:
            yield message
        if message.role == "user":
            return


def _bytes(part: object) -> bytes:
    match part:
        case Text(text=text):
            return text.encode(errors="surrogatepass")
        case Image(data=bytes(data)) | Document(data=bytes(data)):
            return hashlib.sha256(data).digest()
        case Image(url=str(url)) | Document(url=str(url)):
            return url.encode(errors="surrogatepass")
    return b""
