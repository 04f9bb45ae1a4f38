"""`pointsman report` as a person meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import typer
from botocore.stub import Stubber
from typer.testing import CliRunner, Result

from bench.make_events import events as made
from cli.main import app
from cli.report.cloudwatch import PATTERN, pages
from cli.report.since import since_ms

LINES = [json.dumps(event) for event in made(30, seed=5)]


def pointsman(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "AWS_REGION": "us-east-1"})


def test_a_report_of_an_export_and_its_page(tmp_path: Path) -> None:
    export, page = tmp_path / "events.jsonl", tmp_path / "report.html"
    export.write_text("\n".join(LINES))
    shown = pointsman("report", "--from", str(export), "--html", str(page))
    assert shown.exit_code == 0
    assert "saved" in shown.stdout
    assert "sonnet-4.6" in shown.stdout
    assert page.read_text().count("<svg") == 6


def test_no_events_is_said_in_one_line(tmp_path: Path) -> None:
    export = tmp_path / "events.jsonl"
    export.write_text("START\n")
    refused = pointsman("report", "--from", str(export))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)


def test_all_pages_of_the_log_are_read() -> None:
    logs = boto3.client("logs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    asked = {"logGroupName": "router", "filterPattern": PATTERN, "startTime": 5}
    with Stubber(logs) as stubber:
        first = {"events": [{"message": "a"}, {"message": "b"}], "nextToken": "more"}
        stubber.add_response("filter_log_events", first, asked)
        stubber.add_response("filter_log_events", {"events": [{"message": "c"}]}, asked | {"nextToken": "more"})
        assert [*pages(logs, "router", 5)] == [["a", "b"], ["c"]]
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7d", 1_000_000 - 7 * 86_400), ("12h", 1_000_000 - 43_200), ("30m", 998_200), ("1970-01-02", 86_400)],
)
def test_since_is_a_span_or_a_date(text: str, seconds: int) -> None:
    assert since_ms(text, 1_000_000) == seconds * 1000


def test_since_that_is_neither_is_refused() -> None:
    with pytest.raises(typer.BadParameter):
        since_ms("last week", 0)


def test_help_does_not_load_the_data_frame_library() -> None:
    program = "import cli.main, sys; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": "lambdas:."}, check=False).returncode == 0
