"""Charts show what there is, be it one point."""

from __future__ import annotations

from cli.report.svg import Row, lines


def test_a_single_point_is_seen_and_several_are_a_line() -> None:
    alone = lines([Row("now", 1, 2)], ("spent", "baseline"), str)
    assert '<circle class="first" cx="80" cy="123.0" r="4"/>' in alone
    assert '<circle class="second" cx="80" cy="34.0" r="4"/>' in alone
    assert "circle" not in lines([Row("now", 1, 2), Row("then", 2, 1)], ("spent", "baseline"), str)
