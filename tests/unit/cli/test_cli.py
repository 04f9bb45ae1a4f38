"""The command as a person meets it: what it prints, its exit code, and one line for each failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.failures import explain
from cli.main import app
from pointsman.tiermap.publish import publish
from pointsman.tiermap.store import MapStore

TABLES = {"MAP_TABLE": "map", "ACCOUNTS_TABLE": "accounts", "AWS_REGION": "us-east-1", "COLUMNS": "200"}


def pointsman(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env=TABLES | environment)


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        for name in ("map", "accounts"):
            boto3.client("dynamodb", region_name="us-east-1").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        yield


def map_store() -> MapStore:
    return MapStore(boto3.resource("dynamodb", region_name="us-east-1").Table("map"))


@pytest.mark.parametrize("group", [(), ("keys",), ("map",), ("route",), ("keys", "create"), ("map", "put")])
def test_everything_has_help(group: tuple[str, ...]) -> None:
    assert pointsman(*group, "--help").exit_code == 0


def test_a_key_is_made_listed_and_revoked() -> None:
    made = pointsman("keys", "create", "--team", "search", "--name", "laptop")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("sk-pm-")
    key_id = made.stderr.split()[0]
    listed = pointsman("keys", "list").stdout
    assert key_id in listed
    assert key not in listed
    assert pointsman("keys", "revoke", key_id).exit_code == 0
    unknown = pointsman("keys", "revoke", "key-nobody")
    assert (unknown.exit_code, unknown.stderr.count("\n")) == (1, 1)


def test_the_map_is_seeded_checked_and_shown() -> None:
    assert pointsman("map", "show").exit_code == 1
    assert pointsman("map", "seed").exit_code == 0
    assert pointsman("map", "validate").stdout.startswith("sound")
    publish(map_store(), "2026-01-01T00:00:00Z")
    assert "haiku-4.5" in pointsman("map", "show").stdout
    assert pointsman("map", "status").stdout.startswith("ok; live version 1")


def test_a_draft_that_is_not_sound_is_not_written(tmp_path: Path) -> None:
    pointsman("map", "seed")
    before = map_store().drafts()
    broken = tmp_path / "tier.json"
    broken.write_text(json.dumps({"sk": "TIER#economy", "candidates": ["nova-lit"]}))
    refused = pointsman("map", "put", str(broken))
    assert refused.exit_code == 1
    assert "nova-lite" in refused.stderr
    assert map_store().drafts() == before
    broken.write_text(json.dumps({"sk": "TIER#economy", "candidates": ["nova-lite"], "escalate_to": "standard"}))
    assert pointsman("map", "put", str(broken)).exit_code == 0


@pytest.mark.parametrize("text", ["{", "[]", "3", '[{"pk": "DRAFT"}]', "\ufeff\x00"])
def test_a_file_that_holds_no_items_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "items.json"
    file.write_text(text)
    refused = pointsman("map", "validate", str(file))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_no_stack_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("cloudformation", region_name="us-east-1")
    monkeypatch.setattr(boto3.Session, "client", lambda *_args, **_options: client)
    told = "Stack with id Pointsman-nope-Data does not exist"
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_stacks", "ValidationError", told)
        refused = pointsman("--stage", "nope", "keys", "list", ACCOUNTS_TABLE="")
    assert refused.exit_code == 1
    assert "no stack Pointsman-nope-Data" in refused.stderr


SIGNALS = [
    {"kind": "task", "name": "math>coding:proof", "weight": 2.1},
    *({"kind": "complexity", "name": name, "weight": 0.4} for name in "abcdefgh"),
    *({"kind": "complexity", "name": name, "weight": -0.1} for name in "xyz"),
]


@pytest.mark.parametrize("endpoint", ["http://x/v1", "http://x/v1/", "http://x"])
def test_a_route_is_explained(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    answer = {
        **{"model": "large", "provider": "bedrock", "tier": "premium", "task": "math", "complexity": 0.8},
        **{"band": "complex", "confidence": 0.9, "reason": "route [math]", "fallbacks": [{"model": "spare"}]},
        **{"signals": SIGNALS, "map_version": 7, "map_source": "live"},
    }

    def post(url: str, **_: object) -> httpx.Response:
        assert url == "http://x/v1/route"
        return httpx.Response(200, json=answer, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", post)
    shown = pointsman("route", "Prove it", "--endpoint", endpoint, "--key", "k")
    assert shown.exit_code == 0
    for word in ("large", "premium", "math", "route [math]", "spare", "version 7"):
        assert word in shown.stdout
    for told in ("math>coding:proof +2.10", "h +0.40, 3 others -0.30"):
        assert told in " ".join(shown.stdout.split())
    assert "second stage" not in shown.stdout
    answer["second_stage"] = "small"
    assert "small is asked first" in pointsman("route", "Prove it", "--endpoint", "http://x/v1", "--key", "k").stdout


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [(401, '{"error": {"message": "No API key"}}', "401: No API key"), (200, "<html>", "is no Pointsman")],
)
def test_what_the_endpoint_refuses_is_said(monkeypatch: pytest.MonkeyPatch, status: int, text: str, told: str) -> None:
    def post(url: str, **_: object) -> httpx.Response:
        return httpx.Response(status, text=text, request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", post)
    refused = pointsman("route", "hi", "--endpoint", "http://x/v1", "--key", "k")
    assert refused.exit_code == 1
    assert told in refused.stderr


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert explain(ZeroDivisionError()) is None
    assert explain(httpx.ConnectError("refused")) == "no connection: refused"


def test_limits_are_given_in_dollars_and_shown_beside_what_is_used() -> None:
    made = pointsman(
        *("keys", "create", "--team", "search", "--name", "laptop"),
        *("--budget-daily", "2.50", "--budget-monthly", "$40", "--soft", "80", "--rpm", "60"),
    )
    key_id = made.stderr.split()[0]
    shown = pointsman("keys", "usage", key_id).stdout
    assert "$2.5" in shown
    assert "$40" in shown
    assert pointsman("keys", "limits", key_id, "--tpm", "9000").exit_code == 0
    shown = pointsman("keys", "usage", key_id).stdout
    assert "9000" in shown
    assert "$40" not in shown
    limited = pointsman("teams", "limits", "search", "--budget-monthly", "100")
    assert (limited.exit_code, limited.stderr) == (0, "")
    assert "$100" in pointsman("teams", "usage", "search").stdout


def test_a_teams_name_is_looked_at() -> None:
    for refused in (
        pointsman("keys", "create", "--team", "bad team!", "--name", "laptop"),
        pointsman("teams", "limits", "bad team!", "--rpm", "1"),
    ):
        assert (refused.exit_code, "no team's name" in refused.stderr) == (1, True)
    limited = pointsman("teams", "limits", "serach", "--rpm", "1")
    assert (limited.exit_code, "no key has the team serach" in limited.stderr) == (0, True)


@pytest.mark.parametrize(
    "options",
    [("--budget-daily", "ten"), ("--budget-daily=-1",), ("--budget-daily", "0.0000000001"), ("--soft", "80")],
)
def test_a_limit_that_makes_no_sense_is_said_in_one_line(options: tuple[str, ...]) -> None:
    refused = pointsman("teams", "limits", "search", *options)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
