"""The data by manifest: every file by public address, sha256 and licence, read from this machine or downloaded."""

from __future__ import annotations

import hashlib
import os
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
DOWNLOADS = ROOT / ".local" / "eval-data"
TIMEOUT = 60


class Missing(Exception):
    """A file is neither on this machine nor to be had; the message says which and where it should be."""


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    base: str
    licence: str
    use: str
    what: str
    files: dict[str, str]

    def paths(self, prefix: str = "") -> Iterator[Path]:
        """Every file whose path starts so, checked against its hash. Raises `Missing`."""
        for path in sorted(self.files):
            if path.startswith(prefix):
                yield self.path(path)

    def path(self, path: str) -> Path:
        for folder in folders():
            found = folder / self.name / path
            if found.is_file() and _digest(found) == self.files[path]:
                return found
        return self._download(path)

    def record(self) -> list[dict[str, str]]:
        """What the artefact says of its data."""
        return [
            {"url": f"{self.base}/{path}", "sha256": sha256, "licence": self.licence}
            for path, sha256 in sorted(self.files.items())
        ]

    def _download(self, path: str) -> Path:
        url, target = f"{self.base}/{quote(path)}", DOWNLOADS / self.name / path
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 (the manifest's own https)
                content = answer.read()
        except OSError as error:
            raise Missing(f"{self.name}/{path}: not in EVAL_DATA_DIR, and {url} is out of reach ({error})") from error
        if hashlib.sha256(content).hexdigest() != self.files[path]:
            raise Missing(f"{self.name}/{path}: {url} is not the file that the manifest names")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target


def folders() -> list[Path]:
    """Where files are looked for, in order."""
    given = os.environ.get("EVAL_DATA_DIR")
    return [*([Path(given)] if given else []), ROOT.parent / "shared" / "data", DOWNLOADS]


def sources(name: str = "manifest.toml") -> dict[str, Source]:
    with (Path(__file__).parent / name).open("rb") as file:
        return {name: Source(name=name, **fields) for name, fields in tomllib.load(file).items()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
