"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, one: str) -> str:
    """As `1 change`, `2,000 changes`."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
