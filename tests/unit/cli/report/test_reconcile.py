"""Events against bills made here of the columns and usage types that AWS documents for CUR 2.0."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from bench.make_events import events as made
from cli.failures import Failure
from cli.main import app
from cli.report.cur import billed_model, key_of, read
from cli.report.events import read as read_events
from cli.report.reconcile import FIELDS, reconcile
from pointsman.tiermap.seed import packaged_map

EVENTS = [*made(400, seed=9, days=2)]
BILLED_AS = {"nova-lite": "NovaLite", "haiku-4.5": "Claude4.5Haiku", "sonnet-4.6": "Claude4.6Sonnet"}
Line = dict[str, Any]


def line(day: str, usage: str, usd: Decimal, **more: Any) -> Line:
    known = {
        **{"line_item_usage_start_date": f"{day} 00:00:00", "line_item_line_item_type": "Usage"},
        **{"line_item_product_code": "AmazonBedrock", "line_item_usage_type": usage},
        **{"line_item_unblended_cost": f"{usd:f}", "product": {}, "resource_tags": {}, "tags": {}},
        "line_item_iam_principal": "arn:aws:sts::123456789012:assumed-role/router/x",
    }
    return known | more


def bill(by_team: bool = False) -> list[Line]:
    """What AWS would charge for the events, half as input, half as output."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for event in EVENTS:
        day = f"{datetime.fromtimestamp(event['timestamp_ms'] / 1000, UTC):%Y-%m-%d}"
        for attempt in event["attempts"]:
            sums[day, attempt["model"], event["team"] if by_team else ""] += attempt["cost_nano"]
    lines = []
    for (day, model, team), nano in sums.items():
        tags = {"tags": {"iamPrincipal/team": team}} if team else {}
        for kind, part in (("input-tokens", nano // 2), ("output-tokens-cross-region-global", nano - nano // 2)):
            lines.append(line(day, f"USE1-{BILLED_AS[model]}-{kind}", Decimal(part) / 10**9, **tags))
    return lines


def as_csv(file: Path, lines: Iterable[Line]) -> Path:
    flat = [{name: json.dumps(v) if isinstance(v, dict) else v for name, v in each.items()} for each in lines]
    pl.DataFrame(flat).write_csv(file)
    return file


def as_parquet(file: Path, lines: Iterable[Line]) -> Path:
    pairs = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))
    rows = [
        {n: [{"key": k, "value": w} for k, w in v.items()] if isinstance(v, dict) else v for n, v in each.items()}
        for each in lines
    ]
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(("product", "resource_tags", "tags"), pairs))
    frame.with_columns(
        pl.col("line_item_usage_start_date").str.to_datetime(), pl.col("line_item_unblended_cost").cast(pl.Float64)
    ).write_parquet(file)
    return file


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in EVENTS))
    return file


def reconciled(export: Path, cur: Path, *more: str) -> Result:
    command = ["report", "reconcile", str(export), str(cur), *more]
    return CliRunner().invoke(app, command, env={"COLUMNS": "200"})


@pytest.mark.parametrize("write", [as_csv, as_parquet])
@pytest.mark.parametrize("by_team", [False, True])
def test_a_bill_for_the_same_calls_agrees(tmp_path: Path, export: Path, write: Any, by_team: bool) -> None:
    suffix = "csv" if write is as_csv else "parquet"
    found = reconciled(export, write(tmp_path / f"cur.{suffix}", bill(by_team)), "--tolerance", "0.001")
    assert found.exit_code == 0, found.output
    assert "0.0000 (+0.00%)" in found.stdout
    assert ("search" in found.stdout) is by_team
    assert "without" not in found.stdout


def test_a_dearer_model_is_named_and_fails(tmp_path: Path, export: Path) -> None:
    lines = bill()
    extra = line("2026-11-23", "USE1-Claude4.6Sonnet-cache-write-input-token-count", Decimal("0.5"))
    cur = as_csv(tmp_path / "cur.csv", [*lines, extra])
    found = reconciled(export, cur)
    assert found.exit_code == 1
    assert "sonnet-4.6 is more than 1.00% apart: -0.5000" in found.stdout
    assert "haiku-4.5 is more" not in found.stdout
    assert reconciled(export, cur, "--tolerance", "100").exit_code == 0


def test_lines_that_only_one_side_has_are_named(tmp_path: Path, export: Path) -> None:
    kept = [each for each in bill() if "Nova" not in each["line_item_usage_type"]]
    ours = line("2026-11-22", "USE1-Claude4.6Opus-input-tokens", Decimal(1))
    guard = line("2026-11-22", "USE1-Guardrail-ContentPolicyUnitsConsumed", Decimal(2))
    tax = line("2026-11-22", "USE1-NovaLite-input-tokens", Decimal(9), line_item_line_item_type="Tax")
    ec2 = line("2026-11-22", "BoxUsage:t3.micro", Decimal(9), line_item_product_code="AmazonEC2")
    found = reconciled(export, as_csv(tmp_path / "cur.csv", [*kept, ours, guard, tax, ec2]))
    assert found.exit_code == 1
    assert "events without a line of the bill: 2026-11-22 nova-lite" in found.stdout
    assert "lines of the bill without an event: 2026-11-22 4 6 claude opus" in found.stdout
    assert "not of a model's tokens: USE1-Guardrail-ContentPolicyUnitsConsumed $2.0000" in found.stdout
    assert "BoxUsage" not in found.stdout


def test_other_callers_can_be_left_out(tmp_path: Path, export: Path) -> None:
    other = line("2026-11-22", "USE1-NovaLite-input-tokens", Decimal(5), line_item_iam_principal="arn:…:user/ann")
    cur = as_csv(tmp_path / "cur.csv", [*bill(), other])
    assert reconciled(export, cur).exit_code == 1
    assert reconciled(export, cur, "--principal", "assumed-role/router").exit_code == 0


def test_a_marketplace_line_is_its_products(tmp_path: Path) -> None:
    sold = line(
        "2026-11-22",
        "USW2-MP:USW2_InputTokenCount-Units",
        Decimal(3),
        line_item_product_code="8ejpvvfdgwz0",
        product={"product_name": "Claude Haiku 4.5 (Amazon Bedrock Edition)"},
        resource_tags={"user_team": "mobile"},
    )
    read_back = read(as_csv(tmp_path / "cur.csv", [sold]), "team").lines
    assert read_back.row(0) == ("2026-11-22", key_of("claude-haiku-4-5"), "mobile", None, 3 * 10**9)


@pytest.mark.parametrize(
    ("column", "tags", "team"),
    [
        ("resource_tags", {"user_team": "search", "user_sub_team": "x"}, "search"),
        ("resource_tags", {"user_sub_team": "x", "teams": "y", "aws_createdBy": "z"}, None),
        ("tags", {"resourceTags/user_team": "search"}, "search"),
        ("tags", {"iamPrincipal/sub_team": "x", "iamPrincipal/team": "search"}, "search"),
    ],
)
@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_the_tag_is_found_by_its_whole_name(
    tmp_path: Path, write: Any, column: str, tags: dict[str, str], team: str | None
) -> None:
    billed = line("2026-11-22", "USE1-NovaLite-input-tokens", Decimal(1), **{column: tags})
    cur = write(tmp_path / f"cur.{'csv' if write is as_csv else 'parquet'}", [billed])
    assert read(cur, "team").lines["team"].to_list() == [team]


OLDER = (
    "lineItem/UsageStartDate,lineItem/LineItemType,lineItem/ProductCode,lineItem/UsageType,lineItem/ResourceId,"
    "lineItem/UnblendedCost,product/ProductName,resourceTags/user:team\n"
    "2026-11-22T00:00:00Z,Usage,AmazonBedrock,USE1-NovaLite-input-tokens,{profile},0.5,Amazon Bedrock,{team}\n"
)
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"


@pytest.mark.parametrize("team", ["search", ""])
def test_the_older_reports_csv_is_read_too(tmp_path: Path, team: str) -> None:
    (tmp_path / "cur.csv").write_text(OLDER.format(profile=PROFILE, team=team))
    found = read(tmp_path, "team").lines
    assert found.row(0) == ("2026-11-22", key_of("us.amazon.nova-lite-v1:0"), team or None, PROFILE, 5 * 10**8)


def test_a_line_without_a_tag_is_the_team_whose_profile_was_called(tmp_path: Path) -> None:
    """And what another team used is set against the lines that no team is known for."""
    packaged = packaged_map()
    models = dict(packaged.models) | {"nova-lite": replace(packaged.models["nova-lite"], profiles={"search": PROFILE})}
    events = [
        {
            **{"message": "cost_event", "schema_version": 1, "request_id": team, "team": team},
            "timestamp_ms": 1_795_305_600_000,
            "attempts": [{"model": "nova-lite", "provider": "bedrock", "outcome": "ok", "cost_nano": nano}],
        }
        for team, nano in (("search", 5 * 10**8), ("support", 2 * 10**8))
    ]
    export = tmp_path / "events.jsonl"
    export.write_text("\n".join(json.dumps(event) for event in events))
    lines = [
        line("2026-11-22", "USE1-NovaLite-input-tokens", Decimal(usd), line_item_resource_id=resource)
        for usd, resource in (("0.5", PROFILE), ("0.2", ""))
    ]
    bill = read(as_csv(tmp_path / "cur.csv", lines), "team")
    found = reconcile(read_events(export, FIELDS).frame, bill, replace(packaged, models=models))
    assert found.rows.select("team", "events", "bill").rows() == [
        ("search", 5 * 10**8, 5 * 10**8),
        (None, 2 * 10**8, 2 * 10**8),
    ]


@pytest.mark.parametrize(
    ("usage", "product", "model_id"),
    [
        ("USE1-NovaLite-input-tokens", "", "us.amazon.nova-lite-v1:0"),
        ("EU-Nova2.0Lite-output-tokens-cross-region-global", "", "global.amazon.nova-2-lite-v1:0"),
        ("USW2-Claude4.5Haiku-cache-read-input-token-count", "", "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("USE1-Claude4.6Sonnet-cache-write-1h-input-token-count", "", "global.anthropic.claude-sonnet-4-6"),
        ("USE1-Nova2.0Pro-text-input-tokens-priority-cross-region-global", "", "amazon.nova-2-pro-v1:0"),
        ("USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard", "", "anthropic.claude-opus-4-8"),
        ("USW2-MP:USW2_output_tokens_standard-Units", "Claude Opus 4.7 (Amazon Bedrock Edition)", "claude-opus-4-7"),
    ],
)
def test_a_usage_type_and_a_model_id_have_one_key(usage: str, product: str, model_id: str) -> None:
    assert billed_model(usage, product) == key_of(model_id)


def test_no_two_models_of_the_packaged_map_share_a_key() -> None:
    ids = [model.model_id for model in packaged_map().models.values() if model.provider == "bedrock"]
    assert len({key_of(each) for each in ids}) == len(ids)


def test_what_is_no_bill_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Failure, match="no column line_item_usage_start_date"):
        read(tmp_path / "other.csv", "team")
    with pytest.raises(Failure, match="no Cost and Usage file"):
        read(tmp_path / "nowhere", "team")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(Failure, match="cannot be read"):
        read(tmp_path / "empty.csv", "team")
