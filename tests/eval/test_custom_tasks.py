"""What the evaluation judges is what the router does."""

from __future__ import annotations

import pytest

from eval.custom_tasks import read, similarity
from pointsman.classify import custom
from tests.unit.classify.test_custom import OFF_TOPIC, PROBES, compiled, examples


def test_its_similarities_are_those_of_the_router() -> None:
    groups = examples() | {"one": ["Play some music by Bach"]}
    tasks = compiled(groups, threshold=0.0)
    texts = [text for _, text in PROBES] + [text for text in OFF_TOPIC if text]
    near = similarity([read(group) for group in groups.values()])(read(texts))
    for text, row in zip(texts, near, strict=True):
        found = custom.nearest(text, tasks)
        assert found
        assert list(groups)[row.argmax()] == found.name
        assert row.max() == pytest.approx(found.similarity, abs=0.005)
