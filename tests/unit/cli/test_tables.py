"""However narrow the terminal, a figure is printed whole."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table

from cli.tables import put


def printed(width: int, *, terminal: bool, folded: bool = False) -> str:
    table = Table("model", "spent $", "why", box=None)
    table.add_row("a-model-of-a-long-name", "0.000005130", "because of a sentence that has no end")
    out = io.StringIO()
    put(table, Console(file=out, width=width, force_terminal=terminal), folded=folded)
    return out.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("width", [10, 80, 200])
def test_no_figure_is_cut(width: int, terminal: bool) -> None:
    said = printed(width, terminal=terminal)
    assert "0.000005130" in said
    assert "a sentence that has no end" in said


def test_sentences_keep_to_a_terminals_width_and_to_one_line_in_a_pipe() -> None:
    assert all(len(line) <= 60 for line in printed(60, terminal=True, folded=True).splitlines()[1:])
    assert "a sentence that has no end" in printed(60, terminal=False, folded=True)
