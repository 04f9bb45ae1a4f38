from __future__ import annotations

import pytest

from pointsman.errors import RequestError
from pointsman.invoke.deadline import TIMEOUT_HEADER, allowance


@pytest.mark.parametrize(
    ("headers", "stream", "seconds"),
    [
        ({}, False, 60),
        ({TIMEOUT_HEADER: "2500"}, False, 2.5),
        ({TIMEOUT_HEADER: "2500"}, True, 2.5),
        ({TIMEOUT_HEADER: "999999999"}, False, 60),
        ({"x-stainless-read-timeout": "12.5"}, False, 12.5),
        ({"x-stainless-timeout": "12"}, False, 12),
        ({"x-stainless-read-timeout": "12.5"}, True, 60),
        ({"x-stainless-read-timeout": "None"}, False, 60),
        ({"x-stainless-read-timeout": "nan"}, False, 60),
        ({"x-stainless-timeout": "-1"}, False, 60),
    ],
)
def test_the_least_of_all_limits_holds(headers: dict[str, str], stream: bool, seconds: float) -> None:
    assert allowance(headers, stream=stream, limits=(60, 840, None)) == seconds


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "soon", "٣", "9" * 10])
def test_a_timeout_that_is_no_number_of_milliseconds_is_refused_by_name(value: str) -> None:
    with pytest.raises(RequestError) as caught:
        allowance({TIMEOUT_HEADER: value}, stream=False, limits=(60,))
    assert caught.value.param == TIMEOUT_HEADER
