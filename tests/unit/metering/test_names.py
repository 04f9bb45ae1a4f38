"""The names in code and in docs/cost-event.md are the same."""

from __future__ import annotations

import re
from pathlib import Path

from pointsman.domain import CostEvent, Usage
from pointsman.metering import names

DOCUMENT = (Path(__file__).parents[3] / "docs" / "cost-event.md").read_text()


def test_every_metric_is_documented_and_no_other() -> None:
    section = DOCUMENT.split("## The metrics")[1]
    documented = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    constants = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    assert documented == constants - {
        names.NAMESPACE,
        names.STAGE,
        names.TIER,
        names.TASK,
        names.MODEL,
        names.LOG_MESSAGE,
    }


def test_every_field_is_documented() -> None:
    section = DOCUMENT.split("## The metrics")[0]
    fields = set(CostEvent.__slots__) - {"usage"} | set(Usage.__slots__) | {"tokens", "stage"}
    assert fields <= set(re.findall(r"`(\w+)`", section))
