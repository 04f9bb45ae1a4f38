"""Amounts: small ones keep their digits, large ones are not drowned in them."""

from __future__ import annotations

import pytest

from cli.report.money import usd


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (0, "0.0000"),
        (1, "0.000000001"),
        (5_130, "0.00000513"),
        (1_806_000, "0.00181"),
        (-1_806_000, "-0.00181"),
        (12_345_678, "0.0123"),
        (1_234_567_890, "1.2346"),
        (123_456_789_012, "123.46"),
        (1_234_567_890_123, "1,234.57"),
    ],
)
def test_three_digits_that_count(nano: int, shown: str) -> None:
    assert usd(nano) == shown
