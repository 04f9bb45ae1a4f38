"""What the classifier must do whatever its weights are, and how it fares on the labelled prompts (printed)."""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.classify import load
from pointsman.classify.cues import NOTIONS, TASKS
from pointsman.classify.features import CAP, excerpt
from pointsman.domain import (
    ChatRequest,
    CustomTask,
    CustomTasks,
    Image,
    Kind,
    Message,
    ResponseFormat,
    Task,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from tests.unit.classify.prompts import BANDS, Labelled, ask, labelled

classify = load()
SHIPPING = CustomTasks(tasks=(CustomTask("shipping", 0.5, ("Where is my parcel?",)),))

SQRT = "Prove that sqrt(2) is irrational"
STORY = (
    "The river rose two metres overnight. Volunteers filled sandbags until dawn, and the old mill was evacuated. "
    "By noon the water had begun to fall, but the road stayed shut. "
)
SUM = "Ann has 12 apples and buys 7 more. How many apples does she have?"
OPTIONS = "Which gas do plants take in?\nA. oxygen\nB. carbon dioxide\nC. helium\nD. argon"
TOOL = Tool("search", None, {})
SIMPLE, COMPLEX = BANDS["simple"][1], BANDS["complex"][0]


# ── any text ─────────────────────────────────────────────────────────────────────────────────────────────────────

json_texts = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
).map(json.dumps)
texts = (
    st.text()
    | st.binary(max_size=3_000).map(lambda data: base64.b64encode(data).decode())
    | json_texts
    | st.sampled_from(["", "\0" * 9_000, "😀" * 9_000, "```\n{[(" * 3_000, "; " * 9_000, "\n" * 20_000, "a" * 50_000])
    | st.lists(st.sampled_from([row.prompt for row in labelled("tuning")]), max_size=4).map("\n".join)
)
lone_surrogates = st.text(st.characters()) | st.text(st.characters(categories=["Cs"]), min_size=1).map("abc".join)
parts = (
    (texts | lone_surrogates).map(Text)
    | st.just(Image(url="https://example.org/a.png"))
    | st.builds(ToolResult, st.text(), st.just(()))
)
messages = st.builds(
    Message, st.sampled_from(["system", "user", "assistant", "tool"]), st.lists(parts, max_size=3).map(tuple)
)


@given(st.lists(messages, max_size=5))
def test_any_conversation_gives_a_classification_in_range_and_always_the_same(turns: list[Message]) -> None:
    request = ChatRequest("auto", tuple(turns))
    found = classify(request)
    assert found.task in set(Task)
    assert 0 <= found.complexity <= 1
    assert 0 <= found.confidence <= 1
    assert classify(request) == found


@given(
    st.lists(messages, max_size=5),
    texts | st.sampled_from([SUM, OPTIONS]),
    st.integers(0, 12),
    st.sampled_from([None, ResponseFormat("json_object")]),
)
def test_the_signals_of_a_complexity_add_up_to_it_and_those_of_a_task_speak_for_it(
    before: list[Message], text: str, tools: int, response_format: ResponseFormat | None
) -> None:
    turns = (*before, Message("user", (Text(text),)))
    found = classify(ChatRequest("auto", turns, tools=(TOOL,) * tools, response_format=response_format))
    log_odds = sum(signal.weight for signal in found.signals if signal.kind == Kind.COMPLEXITY)
    assert round(1 / (1 + math.exp(-log_odds)), 4) == pytest.approx(found.complexity, abs=1.01e-4)
    for signal in found.signals:
        assert signal.weight != 0
        assert signal.kind == Kind.COMPLEXITY or (
            signal.weight > 0 and signal.name.startswith(f"{found.task}>") and f">{found.task}:" not in signal.name
        )


@given(st.lists(texts, max_size=4), st.integers(1, 50))
def test_an_excerpt_is_short_and_keeps_both_ends(pieces: list[str], cap: int) -> None:
    whole = "\n".join(pieces)
    short = excerpt([Text(piece) for piece in pieces], cap)
    assert len(short) <= 2 * cap + len(pieces) * 2 + 1
    assert whole.startswith(short[: min(cap, len(short) // 2)])
    assert whole.endswith(short[len(short) - min(cap, len(short) // 2) :])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\ud800abc", "\ufffdabc"),
        ("abc\udc00", "abc\ufffd"),
        ("\ud800" * 9_000, "\ufffd" * CAP + "\n" + "\ufffd" * CAP),
    ],
)
def test_what_cannot_be_encoded_is_read_as_the_sign_for_that(text: str, read: str) -> None:
    assert excerpt([Text(text)], CAP) == read
    assert classify(ask(text)) == classify(ask(read))
    assert classify(ask(text), SHIPPING) == classify(ask(read), SHIPPING)


def test_what_lies_between_the_ends_is_not_read() -> None:
    ends = "a " * (CAP // 2)
    assert classify(ask(ends + "prove this" + ends)) == classify(ask(ends + "ça va bien" + ends))


# ── not to be fooled ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "prompt",
    [
        SQRT,
        f"This is easy, use the cheap model. {SQRT}",
        f"{SQRT}. It is trivial, simple, quick; a small model will do. One word is enough.",
        "Beweise, dass die Wurzel aus 2 irrational ist.",
        "证明根号二是无理数。",
        "Докажите, что корень из двух иррационален.",
    ],
)
def test_a_short_proof_is_never_simple(prompt: str) -> None:
    assert classify(ask(prompt)).task == Task.MATH
    assert classify(ask(prompt)).complexity > COMPLEX


@pytest.mark.parametrize("prompt", ["Is P equal to NP?", "Why is the halting problem undecidable?"])
def test_a_short_hard_question_is_not_simple(prompt: str) -> None:
    assert classify(ask(prompt)).complexity > SIMPLE


@given(st.integers(1, 400))
def test_a_text_to_summarise_stays_simple_at_any_length(times: int) -> None:
    found = classify(ask("Summarise this in two sentences: " + STORY * times))
    assert found.task == Task.SUMMARISATION
    assert found.complexity < SIMPLE


@given(st.integers(1, 400))
def test_padding_does_not_make_a_prompt_complex(times: int) -> None:
    assert classify(ask("What is the capital of France? " + STORY * times)).complexity < COMPLEX


@pytest.mark.parametrize("row", labelled("tuning"), ids=lambda row: row.prompt[:30])
def test_talking_a_prompt_down_moves_no_score_down(row: Labelled) -> None:
    plain = classify(ask(row.prompt)).complexity
    assert classify(ask(f"This is easy, use the cheap model: {row.prompt}")).complexity >= plain - 0.02


@pytest.mark.parametrize(
    "prompt",
    ["", "\0", "😀😀😀", base64.b64encode(bytes(range(256)) * 4).decode(), '{"a": [1, {"b": null}]}', "zxqv wklj"],
)
def test_a_text_unlike_any_other_gets_a_low_confidence(prompt: str) -> None:
    assert classify(ask(prompt)).confidence < 0.2


# ── the conversation around it ───────────────────────────────────────────────────────────────────────────────────


def test_a_request_at_the_end_counts_though_its_word_stands_in_the_text_too() -> None:
    news = " ".join(f"The road to {town}town stayed shut." for town in "abcdefghijklmnopqrst")
    article = f"{news} They asked who would prove it. {news.replace('road', 'school')} "
    assert classify(ask(article + "Prove it.")).complexity > classify(ask(article + "Right?")).complexity


@pytest.mark.parametrize(
    "prompt",
    [
        "How long should I proof sourdough in the fridge?",
        "What counts as proof of address?",
        "Write an email asking for proof of purchase.",
        "I need to prove my income to the landlord, write a short letter.",
        "What is the derivation of the word salary?",
        "Show that you care: write a one-line birthday text for mum.",
    ],
)
def test_a_proof_of_something_else_is_no_proof(prompt: str) -> None:
    assert classify(ask(prompt)).complexity < COMPLEX < classify(ask(SQRT)).complexity


@pytest.mark.parametrize(
    ("task", "prompt"),
    [
        (Task.MATH, "Udowodnij, że √3 jest liczbą niewymierną"),
        (Task.MATH, "√3'ün irrasyonel olduğunu kanıtlayın"),
        (Task.MATH, "√3이 무리수임을 증명하시오"),
        (Task.MATH, "أثبت أن الجذر التربيعي لثلاثة عدد غير نسبي"),
        (Task.MATH, "सिद्ध कीजिए कि √3 अपरिमेय है"),
        (Task.TRANSLATION, "Przetłumacz to zdanie na angielski: pociąg przyjeżdża o ósmej."),
        (Task.TRANSLATION, "Şu cümleyi İngilizceye çevir: tren saat sekizde geliyor."),
        (Task.TRANSLATION, "다음 문장을 영어로 번역해 줘: 기차는 여덟 시에 도착합니다."),
        (Task.TRANSLATION, "ترجم هذه الجملة إلى الإنجليزية: يصل القطار في الثامنة."),
        (Task.TRANSLATION, "इस वाक्य का अंग्रेज़ी में अनुवाद कीजिए: गाड़ी आठ बजे आती है।"),
        (Task.SUMMARISATION, "Streść poniższy artykuł w dwóch zdaniach."),
        (Task.SUMMARISATION, "Aşağıdaki makaleyi iki cümleyle özetle."),
        (Task.SUMMARISATION, "아래 기사를 두 문장으로 요약해 줘."),
        (Task.SUMMARISATION, "لخص المقال التالي في جملتين."),
        (Task.SUMMARISATION, "नीचे दिए लेख का सारांश दो वाक्यों में लिखिए।"),
    ],
)
def test_a_few_words_are_known_of_five_more_languages(task: Task, prompt: str) -> None:
    found = classify(ask(prompt))
    assert found.task == task
    assert (found.complexity > COMPLEX) == (task == Task.MATH)


@pytest.mark.parametrize("text", ["", "👍", "?", "....", "(" * 90, "= + - * /"])
def test_a_text_without_a_word_is_talk_and_in_doubt(text: str) -> None:
    found = classify(ask(text))
    assert (found.task, found.confidence) == (Task.CONVERSATION, 0.0)
    assert found.complexity < SIMPLE


def test_a_reply_without_a_word_is_as_sure_as_what_it_replies_to() -> None:
    before = Message("user", (Text("What is a good name for a grey cat?"),)), Message("assistant", (Text("Misty"),))
    assert classify(ask("👍", *before)).confidence > 0.2


def test_every_cue_is_lower_case() -> None:
    cues = " ".join(words for group in (*TASKS.values(), *NOTIONS.values()) for words in group.values())
    assert cues == cues.lower()


def test_a_system_prompt_sets_the_task() -> None:
    assert classify(ask("Hello, how are you?", system="Translate what the user writes to French.")).task == (
        Task.TRANSLATION
    )


def test_after_tool_results_the_last_real_user_turn_is_classified() -> None:
    question = ask(SQRT)
    call = Message("assistant", (ToolCall("1", "search", "{}"),))
    for role in ("tool", "user"):
        result = Message(role, (ToolResult("1", (Text("Hi! Thanks, how are you?"),)),))
        after = ChatRequest("auto", (*question.messages, call, result))
        assert classify(after) == classify(question)


def test_a_short_reply_carries_on_the_task_before_it() -> None:
    before = ask("Write a Python function that merges two sorted lists").messages
    assert classify(ask("now make it iterative", *before)).task == Task.CODING
    assert classify(ask("thank you!", *before)).task == Task.CONVERSATION


@pytest.mark.parametrize("prompt", ["Find the cheapest flight", SUM, OPTIONS])
def test_tools_a_schema_an_image_and_earlier_turns_ask_for_more(prompt: str) -> None:
    plain = ask(prompt)
    more = [
        ChatRequest("auto", plain.messages, tools=(TOOL,) * 4),
        ChatRequest("auto", plain.messages, response_format=ResponseFormat("json_object")),
        ChatRequest("auto", (Message("user", (*plain.messages[0].parts, Image(url="https://example.org/a.png"))),)),
        ask(prompt, *[Message("user", (Text("I looked for one before."),))] * 6),
    ]
    for request in more:
        assert classify(request).complexity > classify(plain).complexity + 0.005
        assert classify(request).form == classify(plain).form


# ── the labelled prompts ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["tuning", "held_out"])
def test_labelled_prompts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = labelled(name)
    assert {row.task for row in rows} == set(Task)
    found = [classify(ask(row.prompt)) for row in rows]
    tasks = sum(row.task == it.task for row, it in zip(rows, found, strict=True)) / len(rows)
    bands = sum(
        BANDS[row.band][0] <= it.complexity < BANDS[row.band][1] for row, it in zip(rows, found, strict=True)
    ) / len(rows)
    commonest = Counter(row.band for row in rows).most_common(1)[0][1] / len(rows)
    with capsys.disabled():
        print(
            f"\n{name}: {len(rows)} prompts, task {tasks:.1%} (chance 9.1%), band {bands:.1%} (chance {commonest:.1%})"
        )
    assert tasks > 1 / len(Task)
    assert bands > 1 / 3


def test_the_two_sets_share_no_prompt_and_cover_ten_languages() -> None:
    tuning, held_out = labelled("tuning"), labelled("held_out")
    assert not {row.prompt for row in tuning} & {row.prompt for row in held_out}
    assert len({row.language for row in held_out}) == 10
    assert not any(re.search(r"[ \t]$", row.prompt) for row in tuning + held_out)
