"""The event reader gives the same events wherever the network cuts the bytes."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.sse import EventReader

line = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
payload = st.lists(line, min_size=1, max_size=3)
noise = st.sampled_from(["", ": a comment", ":", "event: message", "id: 7", "retry: 10", "nonsense", "datax: no"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """What the events should say, and their bytes, with a line end of each kind drawn anew for every line."""
    said = draw(st.lists(payload, max_size=5))
    lines: list[str] = []
    for data in said:
        if other := draw(noise):
            lines.append(other)
        lines += [f"data: {text}" for text in data]
        lines.append("")
    # A lone CR before a line that is empty and ends in LF would read as one CRLF, so one stream keeps to one kind.
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return ["\n".join(data) for data in said], bom + "".join(text + end for text in lines).encode()


def read(*chunks: bytes) -> list[str]:
    reader = EventReader()
    return [data for chunk in chunks for data in reader.feed(chunk)]


@given(streams(), st.lists(st.integers(0, 400)))
def test_any_split_gives_the_same_events(stream: tuple[list[str], bytes], cuts: list[int]) -> None:
    said, raw = stream
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    assert read(*(raw[a:b] for a, b in pairwise(places))) == said


@given(streams())
def test_byte_by_byte(stream: tuple[list[str], bytes]) -> None:
    said, raw = stream
    assert read(*(bytes([byte]) for byte in raw)) == said


@given(st.binary(), st.integers(0, 50))
def test_rubbish_never_raises_and_cuts_do_not_matter(raw: bytes, cut: int) -> None:
    assert read(raw[:cut], raw[cut:]) == read(raw)


def test_memory_stays_flat_over_ten_megabytes() -> None:
    event = b"data: " + "☂".encode() * 300 + b"\n\n"
    reader = EventReader()
    tracemalloc.start()
    count = sum(1 for _ in range(10_000_000 // len(event)) for _ in reader.feed(event))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000_000 // len(event)
    assert peak < 100_000


def test_a_crlf_cut_in_two_ends_one_line() -> None:
    assert read(b"data: a\r", b"", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]


def test_an_event_that_was_cut_off_is_dropped() -> None:
    assert read(b"data: whole\n\ndata: half\n") == ["whole"]
