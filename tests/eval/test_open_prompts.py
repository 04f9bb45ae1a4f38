from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from eval import open_prompts
from eval.manifest import Source
from eval.open_prompts import Open

random = np.random.default_rng(5)


def outcomes(sizes: dict[str, int]) -> Open:
    """Of which the weights beforehand are four times too sure."""
    source = np.concatenate([np.full(size, name) for name, size in sizes.items()])
    held = random.normal(size=len(source))
    happened = 1 / (1 + np.exp(1.5 - held / 4))
    tie = np.arange(len(source), dtype=np.uint64)
    return Open([str(each) for each in tie], source, 1 - happened, np.ones(len(source)), held, tie)


def test_the_calibration_takes_what_is_held_for_as_much_as_it_is_worth() -> None:
    found = outcomes({"one": 800, "other": 90}).calibration()
    assert found.slope == pytest.approx(0.25, abs=0.01)
    assert found.offset == pytest.approx(-1.5, abs=0.01)


def test_a_large_source_outweighs_no_other() -> None:
    both = outcomes({"large": 5_000, "small": 150})
    both.weak[both.source == "large"] = 0.2
    both.weak[both.source == "small"] = 0.8
    assert both.calibration()(both.held).mean() == pytest.approx(0.5, abs=0.02)


SHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c>
<c r="E1" t="s"><v>4</v></c></row>
<row><c r="A2" t="s"><v>5</v></c><c r="B2" t="s"><v>6</v></c><c r="C2" t="s"><v>7</v></c><c r="D2" t="s"><v>9</v></c>
<c r="E2" t="s"><v>8</v></c></row>
<row><c r="A3" t="s"><v>10</v></c><c r="B3" t="s"><v>7</v></c><c r="C3" t="s"><v>7</v></c><c r="D3" t="s"><v>8</v></c>
<c r="E3" t="s"><v>8</v></c></row>
<row><c r="A4"/></row></sheetData></worksheet>"""
STRINGS = (
    "prompt model_a model_b completion_a_is_acceptable completion_b_is_acceptable Write. tulu_7B tulu_65B yes no Count."
)


def test_people_s_verdicts_are_read_and_a_prompt_needs_a_weak_and_a_strong_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "sheet.xlsx", "w") as packed:
        strings = "".join(f"<si><t>{each}</t></si>" for each in STRINGS.split())
        packed.writestr("xl/worksheets/sheet1.xml", SHEET)
        packed.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>',
        )
    monkeypatch.setattr(Source, "path", lambda *_: tmp_path / "sheet.xlsx")
    (found,) = open_prompts._tulu(Source("tulu", "https://example.org", "Apache-2.0", "train", "", {}))
    assert (found.prompt, found.weak, found.strong) == ("Write.", 0.0, 1.0)
