"""How the prompts of `tasks.toml` are read, and which verdicts of an export teach anything."""

from __future__ import annotations

import json
from pathlib import Path

from eval import manifest
from eval.task_data import OURS, USES, _meanings, _public, _unquoted, feedback
from pointsman.domain import Task


def test_every_source_is_public_or_ours_and_every_tag_means_a_task() -> None:
    public = manifest.sources("prompts.toml").keys() | {"mmlu", "user-oriented"}
    assert OURS.keys() == USES.keys()
    for name, meanings in _meanings().items():
        assert name in public or name in OURS
        given = {*meanings.get("tags", {}).values(), *meanings.get("sorted", {}), *filter(None, [meanings.get("all")])}
        assert given <= set(Task)


def test_nothing_that_may_not_be_used_commercially_is_trained_on() -> None:
    for source in manifest.sources("prompts.toml").values():
        assert source.use == "evaluate" or not ("NC" in source.licence or "none" in source.licence), source.name


def test_only_a_prompt_with_its_right_task_teaches(tmp_path: Path) -> None:
    export = tmp_path / "feedback.jsonl"
    records = [
        {"request_id": "1", "verdict": "bad", "prompt": "Merge two lists in Go", "task": "coding"},
        {"request_id": "2", "verdict": "bad", "task": "coding"},
        {"request_id": "3", "verdict": "good", "prompt": "Where is my parcel?", "task": "shipping"},
    ]
    export.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")
    (example,) = feedback(export)
    assert (example.text, example.task, example.source) == ("Merge two lists in Go", Task.CODING, "feedback")


def test_the_instructions_of_users_are_sorted_once_and_are_no_seed_tasks() -> None:
    public = _public()
    assert [*public["user-oriented"].files] == ["human_eval/user_oriented_instructions.jsonl"]
    assert [*public["self-instruct"].files] == ["data/seed_tasks.jsonl"]
    listed = [name for names in _meanings()["user-oriented"]["sorted"].values() for name in names]
    assert len(listed) == len(set(listed)) == 222


def test_a_template_s_scalar_is_read_as_yaml_means_it() -> None:
    assert _unquoted("'It''s a test: {{x}}\n\n      next line'") == "It's a test: {{x}}\nnext line"
    assert _unquoted("|-\n      one\n      two") == "      one\ntwo"
