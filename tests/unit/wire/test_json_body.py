"""Arbitrary bytes give a JSON object or a `RequestError`, and nothing of them is echoed."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.errors import PayloadTooLarge, RequestError
from pointsman.wire.json_body import MAX_BODY_BYTES, MAX_DEPTH, read_object


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": tell}', "line 1, column 7"),
        (b'{"a": 1} tell', "line 1, column 10"),
        (b'{"a":\n "\xff"}', "UTF-8 (byte 8)"),
        (b"[]", "must be a JSON object"),
        (b'"tell"', "must be a JSON object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "too long"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "key twice"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\uDFFF": 1}', "surrogate"),
        (b'{"a": "tell\x00"}', "not valid JSON"),
        (b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "levels deep"),
        (b'{"a": ' + b"[" * 100_000, "levels deep"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "levels deep"),
    ],
)
def test_a_bad_body_is_refused_with_its_place(body: bytes, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_object(body)
    assert said in caught.value.message
    assert "tell" not in caught.value.message


def test_the_key_that_stands_twice_is_named() -> None:
    with pytest.raises(RequestError) as caught:
        read_object(b'{"model": "a", "messages": [], "model": "b"}')
    assert caught.value.param == "model"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a": "\\ud800"}', "a"),
        (b'{"messages": [{"content": "x"}, {"content": ["x", "\\udfff!"]}]}', "messages[1].content[1]"),
        (b'{"a": {"\\ud800": 1}}', "a"),
        (b'{"\\ud800": 1}', None),
    ],
)
def test_half_a_surrogate_pair_is_named_by_its_place(body: bytes, place: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        read_object(body)
    assert caught.value.param == place


def test_a_byte_order_mark_is_skipped() -> None:
    assert read_object(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_what_is_just_allowed_is_read() -> None:
    assert read_object(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    deep = b'{"a": ' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert json.dumps(read_object(deep)).encode() == deep
    full = b'{"a": "' + b"x" * (MAX_BODY_BYTES - 9) + b'"}'
    assert len(full) == MAX_BODY_BYTES
    assert read_object(full)
    with pytest.raises(PayloadTooLarge):
        read_object(full + b" ")


def test_many_keys_with_one_twice_are_not_slow() -> None:
    """Looking for the culprit must not take quadratic time."""
    body = b"{" + b",".join(b'"%d":1' % i for i in range(200_000)) + b',"199999":1}'
    started = time.process_time()
    with pytest.raises(RequestError):
        read_object(body)
    assert time.process_time() - started < 5


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_an_error(body: bytes) -> None:
    with contextlib.suppress(RequestError):
        assert isinstance(read_object(body), dict)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.booleans())
def test_every_json_object_is_read_as_it_is(value: dict[str, object], ascii_only: bool) -> None:
    assert read_object(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
