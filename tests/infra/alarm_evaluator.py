"""A small stand-in for CloudWatch's alarms: the deployed alarm's own metrics, expression, threshold and periods over
data that the emitters really write. It knows sums, averages, sample counts, maxima, `IF` and `FILL`; it does not know
anomaly bands, whose upper edge is given instead."""

from __future__ import annotations

import json
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tests.infra.conftest import as_list

Key: TypeAlias = tuple[str, str, frozenset[tuple[str, str]]]

STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
OPERATORS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanUpperThreshold": operator.gt,
}


class Data:
    """What was sent, by metric and period."""

    def __init__(self) -> None:
        self._sent: dict[int, dict[Key, list[float]]] = defaultdict(lambda: defaultdict(list))

    def put(self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, *, period: int = 0) -> None:
        self._sent[period][namespace, name, frozenset(dimensions.items())].append(value)

    def merge(self, other: Data, period: int) -> None:
        """Another's first period as one of these."""
        for key, values in other._sent[0].items():
            self._sent[period][key] += values

    def put_line(self, line: str, *, period: int = 0) -> None:
        """What CloudWatch makes of a line in the embedded metric format."""
        record = json.loads(line)
        for directive in record["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    for value in as_list(record[metric["Name"]]):
                        dimensions = {name: record[name] for name in names}
                        self.put(directive["Namespace"], metric["Name"], dimensions, value, period=period)

    def value(self, stat: Mapping[str, Any], period: int) -> float | None:
        metric = stat["Metric"]
        dimensions = frozenset((item["Name"], str(item["Value"])) for item in metric.get("Dimensions", ()))
        values = self._sent[period].get((metric["Namespace"], metric["MetricName"], dimensions))
        return STATISTICS[stat["Stat"]](values) if values else None


def raised(alarm: Mapping[str, Any], data: Data, *, upper_edge: float | None = None) -> bool:
    """Whether the alarm, as CloudFormation has it, is raised: so many of its periods as it asks for, else every one,
    are over the threshold."""
    exceeds = OPERATORS[alarm["ComparisonOperator"]]
    threshold = alarm.get("Threshold", upper_edge)
    found = [_value(alarm, data, period) for period in range(alarm["EvaluationPeriods"])]
    over = sum(1 for value in found if value is not None and exceeds(value, threshold))
    needed: int = alarm.get("DatapointsToAlarm", len(found))
    return over >= needed


def _value(alarm: Mapping[str, Any], data: Data, period: int) -> float | None:
    if "MetricName" in alarm:
        metric = {name: alarm.get(name, ()) for name in ("Namespace", "MetricName", "Dimensions")}
        return data.value({"Metric": metric, "Stat": alarm["Statistic"]}, period)
    queries = {query["Id"]: query for query in alarm["Metrics"]}
    values = {id: data.value(query["MetricStat"], period) for id, query in queries.items() if "MetricStat" in query}
    expressions = [query["Expression"] for query in queries.values() if "Expression" in query]
    if not expressions or "ThresholdMetricId" in alarm:
        (value,) = values.values()
        return value
    functions: dict[str, Any] = {
        "IF": lambda test, then, other: then if test else other,
        "FILL": lambda value, other: other if value is None else value,
    }
    try:
        return float(eval(expressions[0], {"__builtins__": {}}, functions | values))  # our own template's expression
    except TypeError:
        return None  # a metric without data
