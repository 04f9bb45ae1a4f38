"""A whole map as a YAML file that people keep, comments and all, and as draft items."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from cli.failures import Failure
from pointsman.domain import Json
from pointsman.tiermap.diff import SIGNATURE
from pointsman.tiermap.draft import plain
from pointsman.tiermap.items import CHANGE, MODEL, ROUTE, SETTINGS, TIER

SECTIONS = {"models": MODEL, "tiers": TIER, "routes": ROUTE}
SCHEMA = "tier-map.schema.json"
HEADER = f"# yaml-language-server: $schema={SCHEMA}\n"
"""How editors find the schema, which stands beside the file."""


@dataclass(frozen=True)
class MapFile:
    """`items` by sort key. `base` names the draft that the file was exported from; `whole`: a map, not single items."""

    items: dict[str, dict[str, Json]]
    base: str | None
    whole: bool


def read(file: Path) -> MapFile:
    """The items in a file: a map in sections, or (JSON too) a draft item or a list of them. Raises `Failure`."""
    content = _values(_load(file))
    if isinstance(content, dict) and "sk" not in content:
        return _sections(file, content)
    items = content if isinstance(content, list) else [content]
    if not items or not all(isinstance(item, dict) and isinstance(item.get("sk"), str) for item in items):
        raise Failure(f"{file}: needs the sections models, tiers, routes and settings, or items with a sort key 'sk'")
    return MapFile({item["sk"]: item for item in items}, None, False)


def write(file: Path, items: Mapping[str, Mapping[str, Json]], base: str) -> None:
    """Write a whole map. A file that is there keeps its comments and its order where it still says the same."""
    there = _load(file) if file.exists() else None
    document = there if isinstance(there, dict) else {}
    _merge(document, {"base": base, **_as_sections(items)})
    _dump(file, document)
    if "# yaml-language-server:" not in (written := file.read_text(encoding="utf-8")):
        file.write_text(HEADER + written, encoding="utf-8")


def rebase(file: Path, base: str) -> None:
    """Note in the file which draft it now is."""
    document = _load(file)
    if isinstance(document, dict) and document.get("base") != base:
        document["base"] = base
        _dump(file, document)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(file: Path) -> Any:
    try:
        return _yaml().load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{file} is not UTF-8") from None
    except YAMLError as error:
        raise Failure(f"{file} is not YAML: {' '.join(str(error).split())[:200]}") from None


def _dump(file: Path, document: Any) -> None:
    text = io.StringIO()
    _yaml().dump(document, text)
    file.write_text(text.getvalue(), encoding="utf-8")


def _values(node: Any) -> Json:
    """YAML's own kinds of number, text and date as plain values; fractions as Decimals, as DynamoDB wants them."""
    if isinstance(node, dict):
        return {str(key): _values(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_values(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return Decimal(repr(float(node)))
    return node.isoformat() if isinstance(node, date) else str(node)


def _sections(file: Path, content: dict[str, Json]) -> MapFile:
    unknown = content.keys() - {*SECTIONS, "settings", "base"}
    if unknown:
        raise Failure(
            f"{file}: unknown section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}, settings"
        )
    items: dict[str, dict[str, Json]] = {}
    for section, kind in SECTIONS.items():
        named = content.get(section) or {}
        if not isinstance(named, dict):
            raise Failure(f"{file}: {section} must map names to items")
        items |= {f"{kind}#{name}": _item(file, f"{section}.{name}", fields) for name, fields in named.items()}
    if "settings" in content:
        items[SETTINGS] = _item(file, "settings", content["settings"])
    base = content.get("base")
    return MapFile({key: item | {"sk": key} for key, item in items.items()}, None if base is None else str(base), True)


def _item(file: Path, where: str, fields: Json) -> dict[str, Json]:
    if not isinstance(fields, dict):
        raise Failure(f"{file}: {where} must map fields to values")
    return fields


def _as_sections(items: Mapping[str, Mapping[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for section, kind in SECTIONS.items():
        found[section] = {
            key.partition("#")[2]: _fields(item) for key, item in items.items() if key.startswith(f"{kind}#")
        }
    if SETTINGS in items:
        found["settings"] = _fields(items[SETTINGS])
    return found


def _fields(item: Mapping[str, Json]) -> Json:
    return _writable({name: value for name, value in item.items() if name not in SIGNATURE | {CHANGE}})


def _writable(value: Json) -> Json:
    value = plain(value)
    if isinstance(value, dict):
        return {name: _writable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _merge(node: Any, wanted: dict[str, Json]) -> None:
    """Make a mapping of the document say this, touching only what differs."""
    for name in [name for name in node if name not in wanted]:
        del node[name]
    for name, value in wanted.items():
        if isinstance(value, dict) and isinstance(node.get(name), dict):
            _merge(node[name], value)
        elif name not in node or _values(node[name]) != _values(value):
            node[name] = value
