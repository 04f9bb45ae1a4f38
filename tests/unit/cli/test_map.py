"""`pointsman map` over a moto table; whenever a command waits, the publisher runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.main import app
from cli.map import schema
from pointsman.classify import embedding
from pointsman.tiermap.publish import publish
from pointsman.tiermap.store import MapStore
from tests.unit.tiermap.conftest import create_table

NOW = "2026-11-24T00:00:00+00:00"
SCHEMA = Path(__file__).parents[3] / "docs" / "tier-map.schema.json"


def pointsman(*arguments: str, say: str | None = None) -> Result:
    environment = {"MAP_TABLE": "map", "AWS_REGION": "us-east-1", "COLUMNS": "200"}
    return CliRunner().invoke(app, ["map", *arguments], env=environment, input=say)


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MapStore]:
    with mock_aws():
        store = MapStore(create_table())
        monkeypatch.setattr("cli.map.draft.time.sleep", lambda _: publisher(store))
        assert pointsman("seed").exit_code == 0
        publisher(store)
        yield store


def publisher(store: MapStore) -> None:
    publish(store, NOW, encoder=embedding.load())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The seed, exported, with a comment of somebody's."""
    file = tmp_path / "map.yaml"
    assert pointsman("export", str(file)).exit_code == 0
    file.write_text(file.read_text().replace("tiers:\n", "# dear ones last\ntiers:\n", 1))
    return file


def with_timeout(file: Path, seconds: int) -> None:
    text = file.read_text()
    head, tail = text.split("  economy:\n", 1)
    lines = [line for line in tail.split("\n") if not line.startswith("    timeout:")]
    file.write_text(f"{head}  economy:\n    timeout: {seconds}\n" + "\n".join(lines))


def test_an_exported_map_says_what_the_draft_says(file: Path) -> None:
    assert pointsman("validate", str(file)).stdout.startswith("sound")
    assert "say the same" in pointsman("diff", "draft", str(file)).stdout
    assert pointsman("apply", str(file)).stdout.strip() == "the draft says so already"


def test_apply_shows_asks_writes_and_keeps_comments(file: Path, store: MapStore) -> None:
    with_timeout(file, 7)
    asked = pointsman("apply", str(file), say="n\n")
    assert asked.exit_code == 1
    assert "TIER#economy timeout" in asked.stdout
    publisher(store)
    assert store.live().version == 1
    assert pointsman("apply", str(file), "--yes", "--why", "quicker").exit_code == 0
    publisher(store)
    newest = store.versions()[0]
    assert (newest.number, newest.why) == (2, "quicker")
    assert any("TIER#economy timeout" in change for change in newest.changes)
    assert "# dear ones last" in file.read_text()
    assert pointsman("apply", str(file)).stdout.strip() == "the draft says so already"
    assert "quicker" in pointsman("history").stdout


def test_a_file_exported_before_somebody_elses_edit_is_not_applied(file: Path, store: MapStore) -> None:
    others = next(item for item in store.drafts() if item["sk"] == "TIER#premium")
    store.put_draft(others | {"timeout": 99})
    with_timeout(file, 7)
    refused = pointsman("apply", str(file), "--yes")
    assert refused.exit_code == 1
    assert "has changed since" in refused.stderr
    assert next(item for item in store.drafts() if item["sk"] == "TIER#premium")["timeout"] == 99


@pytest.mark.parametrize("text", ["a: [", "models: [1]\n", "modles: {}\n", "- 1\n", "tiers: {a: 3}\n"])
def test_a_file_that_is_no_map_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "map.yaml"
    file.write_text(text)
    refused = pointsman("apply", str(file))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_every_problem_of_a_file_is_named_at_once(file: Path) -> None:
    file.write_text(file.read_text().replace("attempts", "atempts").replace("timeout:", "timout:"))
    with_timeout(file, 0)
    refused = pointsman("validate", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.count("TIER#") >= 1


def test_a_canary_is_started_seen_and_promoted(file: Path, store: MapStore) -> None:
    assert pointsman("canary", "start", "--percent", "5").exit_code == 0
    with_timeout(file, 7)
    pointsman("apply", str(file), "--yes")
    publisher(store)
    assert "canary: version 2 for 5 %" in pointsman("show").stdout
    assert "canary" in pointsman("status").stdout
    grown = pointsman("canary", "start", "--percent", "20")
    assert "version 2 is the canary for 20 %" in grown.stdout
    assert "version 2 is live for everybody" in pointsman("canary", "promote").stdout
    assert "canary" not in pointsman("show").stdout


def test_a_canary_is_aborted_and_the_draft_held(file: Path, store: MapStore) -> None:
    pointsman("canary", "start", "--percent", "5")
    with_timeout(file, 7)
    pointsman("apply", str(file), "--yes")
    publisher(store)
    assert "version 1 serves everybody" in pointsman("canary", "abort").stdout
    told = pointsman("status").stdout
    assert "hold" in told
    assert "differs from what is live" in told
    assert "version 3 is live" in pointsman("publish").stdout or store.live().tiers["economy"].timeout == 7
    assert pointsman("canary", "promote").exit_code == 1


def test_a_rollback_brings_an_old_version_back_and_holds_the_draft(file: Path, store: MapStore) -> None:
    with_timeout(file, 7)
    pointsman("apply", str(file), "--yes")
    publisher(store)
    assert "version 3 is live, with the content of version 1" in pointsman("rollback", "1", "--why", "slow").stdout
    assert "TIER#economy timeout" in pointsman("diff").stdout
    assert "say the same" in pointsman("diff", "1", "live").stdout
    assert "slow" in pointsman("history", "--full").stdout
    assert "version 4 is live" in pointsman("publish").stdout
    assert pointsman("rollback", "99").exit_code == 1
    assert pointsman("diff", "98", "live").exit_code == 1


def test_a_shadow_is_started_and_stopped(store: MapStore) -> None:
    assert "the draft decides 10 %" in pointsman("shadow", "start").stdout
    assert store.publication().shadow
    assert pointsman("shadow", "stop").exit_code == 0
    assert store.publication().shadow is None


def test_holding_and_migrating_change_nothing_that_is_live(store: MapStore) -> None:
    assert "version 1 stays live" in pointsman("hold").stdout
    assert "version 1 is live, in schema 1" in pointsman("migrate").stdout


def test_lint_names_doubts_and_says_so_by_its_exit_code() -> None:
    found = pointsman("lint")
    assert found.exit_code == 1
    assert "doubts" in found.stdout


def test_the_schema_is_checked_in() -> None:
    assert SCHEMA.read_text() == schema.text(), "run `make docs`"
    assert pointsman("schema").stdout == schema.text()
