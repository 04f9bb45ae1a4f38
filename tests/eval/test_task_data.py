"""How the prompts of `tasks.toml` are read, and which verdicts of an export teach anything."""

from __future__ import annotations

import json
from pathlib import Path

from eval import manifest
from eval.task_data import OURS, USES, _lines, _meanings, _public, _unquoted, feedback, json_rows
from pointsman.domain import Task


def test_every_source_is_public_or_ours_and_every_tag_means_a_task() -> None:
    public = manifest.sources("prompts.toml").keys() | {"mmlu"}
    assert OURS.keys() == USES.keys()
    for name, meanings in _meanings().items():
        assert name in public or name in OURS
        given = {*meanings.get("tags", {}).values(), *meanings.get("sorted", {}), *filter(None, [meanings.get("all")])}
        assert given | {task for tasks in meanings.get("lines", {}).values() for task in tasks} <= set(Task)


def test_only_what_is_free_to_use_and_nobody_asks_not_to_train_on_is_trained_on() -> None:
    free = {"Apache-2.0", "MIT", "CC BY 3.0", "CC BY-SA 4.0"}
    for name in ("prompts.toml", "manifest.toml"):
        for source in manifest.sources(name).values():
            assert source.use == "evaluate" or source.licence in free, source.name


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


def test_every_line_that_we_sorted_is_sorted_once_and_its_file_is_named() -> None:
    public = _public()
    sorted_by_line = {name: meanings["lines"] for name, meanings in _meanings().items() if "lines" in meanings}
    assert sorted_by_line
    for name, files in sorted_by_line.items():
        assert files.keys() == {path.rpartition("/")[2].partition(".")[0] for path in public[name].files}
        for tasks in files.values():
            listed = [line for lines in tasks.values() for line in lines]
            assert len(listed) == len(set(listed))
            assert min(listed) >= 1


def test_lines_are_counted_from_one_and_of_a_dialogue_the_first_turn_is_read(tmp_path: Path) -> None:
    plain, dialogues = tmp_path / "plain.jsonl", tmp_path / "dialogues.jsonl"
    plain.write_text('"Hello"\n"Who was Ada Lovelace?"\n', encoding="utf-8")
    assert list(_lines(plain, {"lines": {"plain": {"conversation": [1]}}})) == [("Hello", "conversation")]
    said = "\n\nHuman: Good morning\n\nAssistant: Hello!\n\nHuman: Bye"
    dialogues.write_text(json.dumps({"chosen": said}) + "\n", encoding="utf-8")
    source = {"text": "chosen", "dialogue": True, "lines": {"dialogues": {"conversation": [1]}}}
    assert list(_lines(dialogues, source)) == [("Good morning", "conversation")]


def test_rows_by_their_names_are_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"a": {"task": "plan"}, "b": {"task": "prove"}}, indent=1), encoding="utf-8")
    assert [row["task"] for row in json_rows(path)] == ["plan", "prove"]


def test_a_template_s_scalar_is_read_as_yaml_means_it() -> None:
    assert _unquoted("'It''s a test: {{x}}\n\n      next line'") == "It's a test: {{x}}\nnext line"
    assert _unquoted("|-\n      one\n      two") == "      one\ntwo"
