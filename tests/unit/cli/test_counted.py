from __future__ import annotations

from cli.counted import counted


def test_one_is_no_plural() -> None:
    assert [counted(n, "change") for n in (0, 1, 2_000)] == ["0 changes", "1 change", "2,000 changes"]
