"""The rows of an Excel workbook's first sheet, as text: enough for a table of labels."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_IN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Each row by the names in the first one. An empty cell is left out."""
    with zipfile.ZipFile(path) as packed:
        shared = [_text(each) for each in _root(packed, "xl/sharedStrings.xml").iter(f"{_IN}si")]
        cells = [
            {
                match[0]: value
                for cell in row
                if (match := re.match("[A-Z]+", cell.attrib["r"])) and (value := _value(cell, shared))
            }
            for row in _root(packed, "xl/worksheets/sheet1.xml").iter(f"{_IN}row")
        ]
    names = cells[0]
    yield from ({names[column]: value for column, value in row.items()} for row in cells[1:])


def _root(packed: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(packed.read(name))  # noqa: S314 (a file whose hash the manifest names)


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    value = _text(cell)
    return shared[int(value)] if cell.get("t") == "s" else value


def _text(element: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in element.iter() if each.tag in {f"{_IN}t", f"{_IN}v"})
