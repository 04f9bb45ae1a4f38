"""Server-sent events, read from bytes that may be cut anywhere. Source: the HTML standard, section 9.2.6."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class EventReader:
    """Gives the data of each event once it is complete. An event that the stream's end cuts off is dropped, as the
    standard says; comments and the fields besides `data` are skipped."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []
        self._after_cr = False
        self._first_line = True

    def feed(self, chunk: bytes) -> Iterator[str]:
        if self._after_cr and chunk:
            # The line ended with the last chunk already; a CRLF cut in two must not end another one.
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        *ended, rest = _LINE_END.split(chunk)
        for part in ended:
            self._line += part
            line = bytes(self._line)
            self._line.clear()
            event = self._take(line)
            if event is not None:
                yield event
        self._line += rest
        if chunk.endswith(b"\r"):
            self._after_cr = True

    def _take(self, line: bytes) -> str | None:
        """One whole line; the event's data where it is the blank one that ends an event."""
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if line:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
            return None
        if not self._data:
            return None
        data = b"\n".join(self._data)
        self._data.clear()
        # Whole lines only are decoded, so a character cut in two by the network never is.
        return data.decode("utf-8", "replace")
