"""A request's body."""

from __future__ import annotations

from starlette.requests import Request

from pointsman.domain import Json
from pointsman.errors import PayloadTooLarge
from pointsman.wire.json_body import MAX_BODY_BYTES, read_object


async def read_body(request: Request) -> bytes:
    """The request's body, refused as soon as it is longer than a Lambda may be sent."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return bytes(body)


async def read_json(request: Request) -> dict[str, Json]:
    """The body as a JSON object. Raises `RequestError`."""
    return read_object(await read_body(request))
