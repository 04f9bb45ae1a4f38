"""`pointsman map` over a moto table; whenever a command waits, the publisher runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from moto import mock_aws
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from cli.main import app
from cli.map import schema
from pointsman.classify import embedding
from pointsman.tiermap.edit import Edit
from pointsman.tiermap.publish import publish
from pointsman.tiermap.store import MapStore
from tests.unit.tiermap.conftest import create_table

PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile"
NOW = "2026-11-24T00:00:00+00:00"
SCHEMA = Path(__file__).parents[3] / "docs" / "tier-map.schema.json"


def pointsman(*arguments: str, say: str | None = None) -> Result:
    environment = {"MAP_TABLE": "map", "AWS_REGION": "us-east-1", "COLUMNS": "200"}
    return CliRunner().invoke(app, ["map", *arguments], env=environment, input=say)


@pytest.fixture(scope="module")
def seeded() -> list[dict[str, Any]]:
    """What the table holds once the seed is published: made once, as it takes as long as a test."""
    with mock_aws():
        table = create_table()
        assert pointsman("seed").exit_code == 0
        publisher(MapStore(table))
        return table.scan()["Items"]


@pytest.fixture(autouse=True)
def store(seeded: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[MapStore]:
    with mock_aws():
        table = create_table()
        with table.batch_writer() as batch:
            for item in seeded:
                batch.put_item(Item=item)
        store = MapStore(table)
        monkeypatch.setattr("cli.map.draft.time.sleep", lambda _: publisher(store))
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


def test_what_is_left_out_is_shown_by_what_it_stands_for(file: Path) -> None:
    edited(file, lambda map: map["models"]["gpt-5.4-mini"].pop("enabled"))
    asked = pointsman("apply", str(file), say="n\n").stdout
    assert "~ MODEL#gpt-5.4-mini enabled: false → true" in asked
    assert "Write 1 change?" in asked


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
    for command in ("show", "status"):
        assert "canary: version 2 for 5 %" in pointsman(command).stdout
    grown = pointsman("canary", "start", "--percent", "20")
    assert "version 2 is the canary for 20 %" in grown.stdout
    assert "version 2 is live for everybody" in pointsman("canary", "promote").stdout
    assert "canary" not in pointsman("show").stdout


def test_a_canary_of_a_draft_that_says_what_is_live_has_nothing_to_try_and_says_so() -> None:
    pointsman("canary", "start", "--percent", "2.5")
    assert "canary: none yet" in (told := pointsman("status").stdout)
    assert "2.5 %" in told
    refused = pointsman("canary", "promote")
    assert (refused.exit_code, "nothing to try yet" in refused.stderr) == (1, True)


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
    assert "shadow: the draft decides 10 %" in pointsman("status").stdout
    assert store.publication().shadow
    assert pointsman("shadow", "stop").exit_code == 0
    assert store.publication().shadow is None


def test_holding_and_migrating_change_nothing_that_is_live(store: MapStore) -> None:
    assert "version 1 stays live" in pointsman("hold").stdout
    assert "version 1 is live, in schema 1" in pointsman("migrate").stdout


def edited(file: Path, changed: Callable[[dict[str, Any]], object]) -> None:
    document = YAML(typ="safe").load(file.read_text())
    changed(document)
    with file.open("w") as out:
        YAML().dump(document, out)


def in_tier(document: dict[str, Any], name: str, **fields: object) -> None:
    document["tiers"][name] |= fields


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        (
            lambda map: in_tier(map, "economy", candidates=["opus-4.7", "nova-lite"]),
            "TIER#economy candidates: opus-4.7 costs more than every model of tier standard above.",
        ),
        (
            lambda map: in_tier(map, "premium", candidates=["opus-4.7", "sonnet-4.6"]),
            "TIER#premium candidates: sonnet-4.6 is served where opus-4.7 is (bedrock, global, anthropic), "
            "so both fail together.",
        ),
        (
            lambda map: map["models"]["haiku-4.5"].update(prices={"input": 1, "output": 5}, price_date="2020-01-01"),
            "MODEL#haiku-4.5 price_date: its prices are ",
        ),
        (
            lambda map: map["models"]["haiku-4.5"].update(prices={"input": 1, "output": 5}),
            "MODEL#haiku-4.5 price_date: does not say of when its prices are.",
        ),
        (
            lambda map: map["models"]["haiku-4.5"].update(prices={"input": 1, "output": 5}, price_date="lately"),
            "MODEL#haiku-4.5 price_date: is no date as 2026-01-31.",
        ),
        (
            lambda map: map["models"]["haiku-4.5"].update(profiles={"search": f"{PROFILE}/a1"}),
            "MODEL#opus-4.7 profiles: has none for search, which others have",
        ),
        (
            lambda map: map["models"].update(mine=map["models"]["haiku-4.5"]),
            "MODEL#mine sk: is in no tier: only for callers who pin it.",
        ),
        (
            lambda map: map["tiers"].update(mine=dict(map["tiers"]["premium"])),
            "TIER#mine sk: no route and no tier leads here: only for callers who pin it.",
        ),
    ],
)
def test_lint_names_each_doubt_and_fails_where_it_shall_be_strict(
    file: Path, changed: Callable[[dict[str, Any]], object], doubt: str
) -> None:
    assert doubt not in pointsman("lint", str(file)).stdout
    edited(file, changed)
    found = pointsman("lint", str(file))
    assert (found.exit_code, pointsman("lint", str(file), "--strict").exit_code) == (0, 1)
    assert doubt in found.stdout


def test_lint_is_content_with_a_map_that_gives_no_cause(file: Path) -> None:
    def plain(document: dict[str, Any]) -> None:
        known = document["models"]
        document["models"] = {name: known[name] for name in ("nova-lite", "sonnet-4.6")}
        for model in document["models"].values():
            model |= {"prices": {"input": 1, "output": 5}, "price_date": f"{datetime.now(UTC):%Y-%m-%d}"}
        tier = {"candidates": ["nova-lite", "sonnet-4.6"]}
        document["tiers"] = {"economy": tier}
        bands = [band["name"] for band in document["settings"]["bands"]]
        document["routes"] = {"*": {"tiers": dict.fromkeys(bands, "economy")}}
        document["settings"]["baseline_model"] = "sonnet-4.6"

    edited(file, plain)
    found = pointsman("lint", str(file))
    assert (found.exit_code, found.stdout) == (0, "nothing doubtful\n")


def test_an_exported_file_names_the_schema_that_stands_beside_it(file: Path) -> None:
    head, _, name = file.read_text().splitlines()[0].partition("$schema=")
    assert head == "# yaml-language-server: "
    jsonschema.validate(YAML(typ="safe").load(file.read_text()), json.loads((file.parent / name).read_text()))
    assert (file.parent / name).read_text() == SCHEMA.read_text()
    pointsman("export", str(file))
    assert file.read_text().count("yaml-language-server") == 1


@pytest.fixture
def half_written(file: Path, store: MapStore, monkeypatch: pytest.MonkeyPatch) -> Result:
    """An edit in several steps, into which somebody else's comes before its last."""
    monkeypatch.setattr("pointsman.tiermap.edit.LARGEST_STEP", 2)
    edited(file, lambda map: [tier.update(timeout=7) for tier in map["tiers"].values()])
    taken: list[dict[str, Any]] = []

    class Between(MapStore):
        def edit(self, edit: Edit) -> None:
            if "TIER#premium" in edit.puts and not taken:
                taken.append(premium := next(item for item in self.drafts() if item["sk"] == "TIER#premium"))
                self.put_draft(premium | {"timeout": 99})
            super().edit(edit)

    monkeypatch.setattr("cli.map.edit.store_of", lambda context: Between(context.obj.map_table()))
    return pointsman("apply", str(file), "--yes")


def test_an_edit_broken_off_half_way_says_so_and_none_of_it_goes_live(
    half_written: Result, file: Path, store: MapStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.map.draft.PUBLISH_SECONDS", 1)
    assert half_written.exit_code == 1
    assert re.search(r"[1-9] of 5 steps were written, and nothing is published", half_written.stderr)
    for start in (("canary", "start"), ("shadow", "start"), ("publish",)):
        pointsman(*start)
        publisher(store)
        assert (store.live().version, store.publication().canary, store.publication().shadow) == (1, None, None)
    single = tmp_path / "single.json"
    single.write_text('{"sk": "TIER#economy", "candidates": ["nova-lite"], "escalate_to": "standard"}')
    refused = pointsman("put", str(single))
    assert (refused.exit_code, "half written" in refused.stderr) == (1, True)


def test_a_whole_map_completes_an_edit_that_was_broken_off(half_written: Result, file: Path, store: MapStore) -> None:
    assert half_written.exit_code == 1
    assert pointsman("apply", str(file), "--yes").exit_code == 1, "the draft has changed since"
    assert pointsman("apply", str(file), "--yes", "--force").exit_code == 0
    publisher(store)
    assert {tier.timeout for tier in store.live().tiers.values()} == {7}
    assert store.live().version == 2


def test_an_item_created_by_hand_while_an_edit_was_written_stays_and_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Between(MapStore):
        def edit(self, edit: Edit) -> None:
            premium = next(item for item in self.drafts() if item["sk"] == "TIER#premium")
            self.put_draft(premium | {"sk": "TIER#theirs"})
            super().edit(edit)

    monkeypatch.setattr("cli.map.edit.store_of", lambda context: Between(context.obj.map_table()))
    with_timeout(file, 7)
    written = pointsman("apply", str(file), "--yes")
    assert written.exit_code == 0
    assert written.stderr == "meanwhile somebody else has written, beside your edit:\n  + TIER#theirs\n"


def test_the_schema_is_checked_in() -> None:
    assert SCHEMA.read_text() == schema.text(), "run `make docs`"
    assert pointsman("schema").stdout == schema.text()


def deployed(monkeypatch: pytest.MonkeyPatch, *teams: str) -> None:
    """A stack with the outputs of `-c teams=`."""
    arns = {"us.amazon.nova-lite-v1:0": f"{PROFILE}/lite", "us.amazon.nova-other-v1:0": f"{PROFILE}/other"}
    outputs = {f"TeamProfiles{team}": json.dumps({"team": team, "profiles": arns}) for team in teams}
    monkeypatch.setattr("cli.stage.Stage._outputs", lambda self, stack: outputs | {"EndpointUrl": "https://x/v1"})


def test_deployed_profiles_are_written_into_the_map(store: MapStore, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(monkeypatch, "search", "support")
    assert pointsman("profiles").exit_code == 0
    publisher(store)
    models = store.live().models
    assert models["nova-lite"].profiles == {"search": f"{PROFILE}/lite", "support": f"{PROFILE}/lite"}
    assert not any(model.profiles for alias, model in models.items() if alias != "nova-lite")
    assert pointsman("profiles").stdout.startswith("0 draft items written")


def test_a_model_of_another_region_gets_no_profile(store: MapStore, monkeypatch: pytest.MonkeyPatch) -> None:
    item = next(item for item in store.drafts() if item["sk"] == "MODEL#nova-lite")
    store.put_draft(item | {"region": "eu-west-1", "profiles": {"old": f"{PROFILE.replace('us-east', 'eu-west')}/1"}})
    deployed(monkeypatch, "search")
    assert pointsman("profiles").exit_code == 0
    publisher(store)
    assert store.live().models["nova-lite"].profiles == {}


def test_without_a_deployed_profile_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(monkeypatch)
    refused = pointsman("profiles")
    assert (refused.exit_code, refused.stderr.count("cdk deploy -c teams=")) == (1, 1)


def test_an_edit_by_other_means_after_one_of_the_cli_is_not_taken_for_its(file: Path, store: MapStore) -> None:
    with_timeout(file, 7)
    assert pointsman("apply", str(file), "--yes", "--why", "quicker").exit_code == 0
    publisher(store)
    store._table.update_item(
        Key={"pk": "DRAFT", "sk": "TIER#economy"},
        UpdateExpression="SET candidates = :c, updated_by = :me",
        ExpressionAttributeValues={":c": ["nova-2-lite"], ":me": "the-snippet"},
    )
    publisher(store)
    snippets, applied = store.versions()[:2]
    assert (snippets.author, snippets.why, applied.why) == ("the-snippet", None, "quicker")
