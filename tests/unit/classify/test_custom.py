"""Custom tasks: eight topics of five examples each, compiled as the publisher does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import custom, embedding, load
from pointsman.domain import CustomTask, CustomTasks, Message, Text
from tests.unit.classify.prompts import ask

ROWS = [line.split("\t") for line in (Path(__file__).parent / "topics.tsv").read_text().splitlines()]
OFF_TOPIC = [text for _, kind, text in ROWS if kind == "off"]
PROBES = [(topic, text) for topic, kind, text in ROWS if kind == "probe"]


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for topic, kind, text in ROWS:
        if kind == "example":
            found.setdefault(topic, []).append(text)
    return found


def compiled(groups: dict[str, list[str]], threshold: float = 0.5) -> CustomTasks:
    encoder = embedding.load()
    return CustomTasks(
        encoder.name,
        tuple(
            CustomTask(name, threshold, tuple(texts), "\n".join(encoder.pack(text) or "" for text in texts))
            for name, texts in groups.items()
        ),
    )


TOPICS = compiled(examples())
classify = load()


def test_nine_probes_in_ten_find_their_topic_by_five_examples_and_nothing_off_topic_does() -> None:
    assert {len(texts) for texts in examples().values()} == {5}
    assert len(examples()) == 8
    found = [classify(ask(text), TOPICS).task for _, text in PROBES]
    right = sum(task == topic for task, (topic, _) in zip(found, PROBES, strict=True))
    assert right / len(PROBES) >= 0.9
    assert [text for text in OFF_TOPIC if classify(ask(text), TOPICS).task in examples()] == []


def test_hardly_a_probe_is_nearer_to_another_topic() -> None:
    anything = replace(TOPICS, tasks=tuple(replace(task, threshold=0.0) for task in TOPICS.tasks))
    nearest = {text: custom.nearest(text, anything) for _, text in PROBES}
    assert sum((found := nearest[text]) is None or found.name != topic for topic, text in PROBES) <= 1


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_off_topic_text_is_classified_as_if_there_were_no_custom_task(text: str) -> None:
    assert classify(ask(text), TOPICS) == classify(ask(text))


def test_a_match_is_named_with_its_similarity_and_keeps_the_complexity() -> None:
    found = classify(ask("Where is my package?"), TOPICS)
    assert found.task == "shipping"
    assert found.confidence > 0.5
    assert found.signals[0].name == "custom:shipping"
    assert found.signals[0].weight == found.confidence
    assert found.complexity == classify(ask("Where is my package?")).complexity


def test_greeting_and_thanks_are_not_read() -> None:
    talk = compiled({**examples(), "thanks": ["Thank you so much", "Thanks a lot for your help", "Many thanks!"]})
    assert classify(ask("Hi there! Where is my parcel? Thanks a lot!"), talk).task == "shipping"
    assert classify(ask("Thanks a lot!"), talk).task == "thanks"


def test_a_text_without_a_known_word_matches_nothing_whatever_the_threshold() -> None:
    assert custom.nearest("?!", compiled(examples(), threshold=0.0)) is None


def test_a_wide_topic_takes_in_more_than_a_narrow_one() -> None:
    wide, narrow = (
        [embedding.load()(text) for text in texts]
        for texts in (
            ["How long should I boil eggs?", "Give me a recipe for banana bread", "What spices go into curry?"],
            ["Give me a recipe for banana bread", "a recipe for bread with bananas", "Banana bread recipe, please"],
        )
    )
    assert custom.allowance(wide) > custom.allowance(wide[:1]) > custom.allowance(narrow)
    assert custom.allowance(narrow) >= 0


def test_a_task_s_own_threshold_decides() -> None:
    strict = compiled({"shipping": examples()["shipping"]}, threshold=0.99)
    assert classify(ask("Where is my package?"), strict).task != "shipping"


def test_examples_of_the_default_route_are_rivals() -> None:
    groups = {"shipping": examples()["shipping"]}
    text = "Where is the nearest harbour from which ships sail?"
    rival = compiled({**groups, "*": [text]})
    assert custom.nearest(text, rival) is None
    assert custom.nearest("Where is my parcel?", rival)


def test_a_map_of_another_encoder_is_compiled_anew_from_its_examples() -> None:
    other = replace(TOPICS, encoder="other", tasks=tuple(replace(task, vectors="AAAA") for task in TOPICS.tasks))
    for topic, text in PROBES[:8]:
        ours, theirs = custom.nearest(text, TOPICS), custom.nearest(text, other)
        assert (ours and ours.name) == (theirs and theirs.name), topic


def test_a_short_reply_carries_on_the_custom_task_before_it() -> None:
    before = Message("user", (Text("Where is my parcel? The tracking number does not work."),))
    answer = Message("assistant", (Text("What is the number?"),))
    assert classify(ask("00340434161094", before, answer), TOPICS).task == "shipping"


@given(st.text(max_size=300))
def test_any_text_matches_one_of_the_tasks_or_none(text: str) -> None:
    found = custom.nearest(text, TOPICS)
    assert found is None or (found.name in examples() and 0.5 <= found.similarity <= 1)
