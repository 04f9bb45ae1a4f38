"""Images and files as the dialects write them: a URL, a data URL, or base64 beside its type."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from typing import Literal
from urllib.parse import urlsplit

from pointsman.domain import CacheTtl, Document, Image
from pointsman.errors import RequestError

_DATA_URL = re.compile(r"data:([a-z0-9]+/[a-z0-9.+-]+)(?:;[a-z0-9=-]+)*;base64,", re.IGNORECASE)


def decode(data: str, path: str) -> bytes:
    """Raises `RequestError` where `data` is no base64 or says nothing."""
    try:
        found = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise RequestError("Must be base64, and not empty.", param=path)
    return found


def is_web(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def read_data_url(url: str, path: str) -> tuple[str, bytes] | None:
    """Media type and data; nothing where it is no data URL."""
    head = _DATA_URL.match(url)
    return (head[1].lower(), decode(url[head.end() :], path)) if head else None


Detail = Literal["auto", "low", "high", "original"]


def image(url: str, detail: Detail | None, cache: CacheTtl | None, path: str) -> Image:
    """As OpenAI writes it: a URL, or a data URL."""
    wanted = None if detail == "auto" else detail
    if is_web(url):
        return Image(url=url, cache=cache, detail=wanted)
    if found := read_data_url(url, path):
        media_type, data = found
        if media_type.startswith("image/"):
            return Image(media_type, data, cache=cache, detail=wanted)
    raise RequestError("Must be an http(s) URL or data:image/<type>;base64,<data>.", param=path)


def document(data: str, name: str | None, cache: CacheTtl | None, path: str) -> Document:
    """As OpenAI writes it: a data URL, or bare base64 with a file name that tells its type."""
    if found := read_data_url(data, path):
        return Document(found[0], found[1], name=name, cache=cache)
    if (media_type := mimetypes.guess_type(name or "")[0]) is None:
        raise RequestError("Must be data:<type>;base64,<data>, or the file's name must tell its type.", param=path)
    return Document(media_type, decode(data, path), name=name, cache=cache)


def document_at(url: str, name: str | None, cache: CacheTtl | None, path: str) -> Document:
    """A file whose name tells nothing is a PDF: no other kind is read from a URL."""
    if not is_web(url):
        raise RequestError("Must be an http(s) URL.", param=path)
    media_type = mimetypes.guess_type(name or urlsplit(url).path)[0] or "application/pdf"
    return Document(media_type, url=url, name=name, cache=cache)
