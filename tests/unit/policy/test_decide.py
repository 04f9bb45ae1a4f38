from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.domain import (
    Band,
    Candidate,
    Capability,
    ChatRequest,
    Form,
    Image,
    Message,
    ResponseFormat,
    Route,
    Task,
    Text,
    Thinking,
    Tool,
    ToolCall,
)
from pointsman.errors import PromptTooLong, UnknownModel, Unsupported
from pointsman.policy import decide, needs, to_classify
from pointsman.policy.needs import LACKING, prompt_tokens
from pointsman.tiermap.seed import packaged_map
from tests.fakes import chat, classified, model, tier_map


def aliases(
    request: ChatRequest, complexity: float = 0.2, task: str = "question_answering", **kwargs: object
) -> list[str]:
    decision = decide(request, classified(complexity, task), tier_map(**kwargs), seed="s")  # type: ignore[arg-type]
    return [target.model.alias for target in decision.targets]


@pytest.mark.parametrize(
    ("name", "complexity", "task", "expected"),
    [
        ("auto", 0.2, "question_answering", ["small", "large", "spare"]),
        ("auto", 0.8, "question_answering", ["large", "spare"]),
        ("auto", 0.2, "coding", ["large", "spare"]),
        ("tier:economy", 0.9, "coding", ["small", "large", "spare"]),
        ("tier:premium", 0.1, "coding", ["large", "spare"]),
        ("spare", 0.1, "coding", ["spare"]),
    ],
)
def test_a_name_resolves_to_models_in_order(name: str, complexity: float, task: str, expected: list[str]) -> None:
    assert aliases(chat(model=name), complexity, task) == expected


@pytest.mark.parametrize(("form", "tier"), [(Form.OPTIONS, "premium"), (Form.SUMS, "economy"), (Form.OPEN, "economy")])
def test_a_band_may_end_elsewhere_for_a_form_of_prompts(form: Form, tier: str) -> None:
    found = tier_map()
    bands = (Band("simple", 0.5, {Form.OPTIONS: 0.1, Form.SUMS: 0.6}), Band("complex", 1.01))
    by_form = replace(found, settings=replace(found.settings, bands=bands))
    assert decide(chat(), replace(classified(0.2), form=form), by_form, seed="s").targets[0].tier == tier


@pytest.mark.parametrize(
    ("meaning", "complexity", "expected"),
    [("auto", 0.8, ["large", "spare"]), ("tier:economy", 0.8, ["small", "large", "spare"]), ("spare", 0.2, ["spare"])],
)
def test_a_synonym_is_what_it_means(meaning: str, complexity: float, expected: list[str]) -> None:
    found = tier_map()
    named = replace(found, settings=replace(found.settings, synonyms={"gpt-4o": meaning}))
    decision = decide(chat(model="gpt-4o"), classified(complexity), named, seed="s")
    assert [target.model.alias for target in decision.targets] == expected
    assert decision == decide(chat(model=meaning), classified(complexity), named, seed="s")
    turns = (Message("user", (Text("Hi"),)), Message("assistant", (Text("Yes?"),)), Message("user", (Text("So?"),)))
    assert len(to_classify(chat(model="gpt-4o", messages=turns), named)) == (2 if meaning == "auto" else 1)


@pytest.mark.parametrize("name", ["gpt-99", "tier:", "tier:none", "", "Auto", "off"])
def test_an_unknown_or_disabled_name_is_refused(name: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        aliases(chat(model=name), off=replace(model("off"), enabled=False))
    assert caught.value.param == "model"
    assert f"'{name}' {'is disabled' if name == 'off' else 'does not exist'}" in caught.value.message


@pytest.mark.parametrize(
    ("changes", "capability"),
    [
        ({"tools": (Tool("f", None, {}),)}, Capability.TOOLS),
        ({"messages": (Message("user", (Image(url="https://x/y.png"),)),)}, Capability.VISION),
        ({"response_format": ResponseFormat("json_schema", "n", {})}, Capability.JSON_SCHEMA),
        ({"stream": True}, Capability.STREAMING),
        ({"n": 2}, Capability.CHOICES),
    ],
)
def test_a_need_goes_only_where_it_is_met(changes: dict[str, Any], capability: Capability) -> None:
    request = chat(**changes)
    assert needs(request) == {capability}
    weak = model("small", capabilities=frozenset(Capability) - {capability})
    decision = decide(request, classified(), tier_map(small=weak), seed="s")
    assert [t.model.alias for t in decision.targets] == ["large", "spare"]
    assert f"escalated: small {LACKING[capability]}" in decision.reason


def test_a_long_prompt_skips_a_small_window() -> None:
    small = replace(model("small"), context_window=100)
    assert aliases(chat("word " * 200), small=small) == ["large", "spare"]


def test_max_tokens_beyond_a_models_output_skips_it() -> None:
    assert aliases(chat(max_tokens=900), small=replace(model("small"), max_output=800)) == ["large", "spare"]


@pytest.mark.parametrize(
    ("text", "max_tokens", "expected"), [("word " * 7_000, None, (11_666, 0)), ("word " * 5_700, 900, (9_500, 900))]
)
def test_a_prompt_too_long_for_every_model_that_could_serve_it(
    text: str, max_tokens: int | None, expected: tuple[int, int]
) -> None:
    blind = replace(model("small", capabilities=frozenset()), context_window=1_000_000)
    request = chat(text, tools=(Tool("f", None, {}),), max_tokens=max_tokens)
    with pytest.raises(PromptTooLong) as caught:
        aliases(request, small=blind)
    assert (caught.value.prompt, caught.value.answer, caught.value.window) == (*expected, 10_000)
    assert caught.value.param == "messages"


def test_where_nothing_can_serve_the_error_says_what_is_lacking() -> None:
    blind = frozenset(Capability) - {Capability.VISION}
    request = chat(messages=(Message("user", (Text("?"), Image(url="https://x/y.png"))),))
    with pytest.raises(Unsupported, match="large, spare: sees no images"):
        aliases(request, 0.9, large=model("large", capabilities=blind), spare=model("spare", capabilities=blind))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"n": 2}, "n"),
        ({"tools": (Tool("f", None, {}),)}, "tools"),
        ({"messages": (Message("user", (Image(url="https://x/y.png"),)),)}, "messages"),
        ({"response_format": ResponseFormat("json_object")}, "response_format"),
        ({"stream": True}, "stream"),
        ({"max_tokens": 100_000}, "max_tokens"),
    ],
)
def test_what_no_model_can_do_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    poor = {alias: model(alias, capabilities=frozenset()) for alias in ("small", "large", "spare")}
    with pytest.raises(Unsupported) as caught:
        decide(chat(**changes), classified(), tier_map(**poor), seed="s")
    assert caught.value.param == field


def test_several_answers_are_asked_for_in_a_lower_tier_rather_than_nowhere() -> None:
    single = frozenset(Capability) - {Capability.CHOICES}
    above = {alias: model(alias, capabilities=single) for alias in ("large", "spare")}
    decision = decide(chat(n=2), classified(0.9), tier_map(**above), seed="s")
    assert [target.model.alias for target in decision.targets] == ["small"]
    with pytest.raises(Unsupported, match="large, spare: gives one answer"):
        decide(chat(n=2, model="tier:premium"), classified(), tier_map(**above), seed="s")


SIGNED = Message("assistant", (Thinking("so", signature="x"), Text("yes")))


@pytest.mark.parametrize(
    ("message", "family"),
    [
        (SIGNED, "claude"),
        (Message("assistant", (Thinking(redacted="x"), Text("yes"))), "claude"),
        (Message("assistant", (ToolCall("c", "f", "{}", signature="x"),)), "gemini"),
    ],
)
def test_signed_thoughts_stay_with_the_models_that_signed_them(message: Message, family: str) -> None:
    """Even below the tier that the turn wants, where no model above is of the family."""
    request = chat(messages=(*chat().messages, message, *chat().messages))
    decision = decide(request, classified(0.8), tier_map(small=replace(model("small"), model_id=family)), seed="s")
    assert [t.model.alias for t in decision.targets] == ["small"]
    assert decision.reason.endswith(f"; stays with {family}, which signed thoughts in this conversation")
    with pytest.raises(Unsupported, match="cannot take back the thoughts that"):
        decide(request, classified(0.8), tier_map(), seed="s")


def test_thoughts_that_nobody_signed_bind_nobody() -> None:
    request = chat(messages=(*chat().messages, Message("assistant", (Thinking("so"), Text("yes"))), *chat().messages))
    assert aliases(request) == ["small", "large", "spare"]


@pytest.mark.parametrize(
    ("tiers", "complexity", "band", "tier", "reason"),
    [
        ("economy premium premium", 0.2, "standard", "premium", "complexity 0.20 is simple, taken for standard: "),
        ("economy economy premium", 0.2, "complex", "premium", "complexity 0.20 is simple, taken for complex: "),
        ("premium premium economy", 0.4, "complex", "economy", "complexity 0.40 is standard, taken for complex: "),
        ("economy economy economy", 0.2, "simple", "economy", "complexity 0.20 is simple"),
        ("economy premium premium", 0.4, "standard", "premium", "complexity 0.40 is standard"),
        ("economy economy premium", 0.9, "complex", "premium", "complexity 0.90 is complex"),
    ],
)
def test_doubt_goes_to_the_next_band_with_another_tier_and_says_so_if_there_is_one(
    tiers: str, complexity: float, band: str, tier: str, reason: str
) -> None:
    found, names = tier_map(), ("simple", "standard", "complex")
    bands = tuple(map(Band, names, (0.3, 0.6, 1.01)))
    routes = {"*": Route("*", dict(zip(names, tiers.split(), strict=True)))}
    doubted = replace(found, routes=routes, settings=replace(found.settings, bands=bands))
    decision = decide(chat(), classified(complexity, confidence=0.1), doubted, seed="s")
    assert (decision.band, decision.targets[0].tier) == (band, tier)
    assert decision.reason == f"route *: {reason}" + ("confidence 0.10" if ", taken" in reason else "")


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("complexity", [0.1, 0.2])
def test_the_packaged_map_sends_doubt_about_any_task_one_tier_up(task: Task, complexity: float) -> None:
    names = [
        decide(chat(), classified(complexity, task, confidence), packaged_map(), seed="s").targets[0].tier
        for confidence in (0.9, 0.1)
    ]
    assert names in (["economy", "standard"], ["standard", "premium"])


def test_weights_share_out_the_first_try_and_keep_every_fallback() -> None:
    base = tier_map()
    premium = replace(base.tiers["premium"], candidates=(Candidate("large", 3), Candidate("spare", 1)))
    weighted = replace(base, tiers={**base.tiers, "premium": premium})
    firsts: Counter[str] = Counter()
    for n in range(2_000):
        decision = decide(chat(model="tier:premium"), classified(), weighted, seed=str(n))
        firsts[decision.targets[0].model.alias] += 1
        assert {t.model.alias for t in decision.targets} == {"large", "spare"}
    assert firsts["large"] / 2_000 == pytest.approx(0.75, abs=0.05)


@given(st.floats(0, 1), st.floats(0, 1), st.text(max_size=20), st.sampled_from(["auto", "tier:economy", "small"]))
def test_every_classification_is_decided_and_alike_for_the_same_seed(
    complexity: float, confidence: float, task: str, name: str
) -> None:
    first = decide(chat(model=name), classified(complexity, task, confidence), tier_map(), seed="s")
    again = decide(chat(model=name), classified(complexity, task, confidence), tier_map(), seed="s")
    assert first == again
    assert len({t.model.alias for t in first.targets}) == len(first.targets) > 0


NEEDS: dict[str, dict[str, Any]] = {
    Capability.TOOLS: {"tools": (Tool("f", None, {}),)},
    Capability.JSON_SCHEMA: {"response_format": ResponseFormat("json_object")},
    Capability.STREAMING: {"stream": True},
    Capability.CHOICES: {"n": 2},
    Capability.VISION: {"messages": (Message("user", (Text("What is it?"), Image(url="https://a/b.png"))),)},
}
capable = st.fixed_dictionaries(
    {
        "capabilities": st.frozensets(st.sampled_from(Capability)),
        "context_window": st.integers(50, 10_000),
        "max_output": st.integers(1, 1_000),
    }
)


@given(
    st.fixed_dictionaries(dict.fromkeys(("small", "large", "spare"), capable)),
    st.booleans(),
    st.sets(st.sampled_from(sorted(NEEDS))),
    st.none() | st.integers(1, 1_000),
    st.floats(0, 1),
    st.sampled_from(["auto", "tier:economy", "tier:premium", "large"]),
    st.booleans(),
)
def test_every_target_fallbacks_too_can_do_what_the_request_needs(
    models: dict[str, dict[str, Any]],
    spared: bool,
    wanted: set[str],
    max_tokens: int | None,
    complexity: float,
    name: str,
    frugal: bool,
) -> None:
    request = chat(model=name, max_tokens=max_tokens)
    for need in wanted:
        request = replace(request, **NEEDS[need])
    models["spare"]["enabled"] = spared
    live = tier_map(**{alias: replace(tier_map().models[alias], **changes) for alias, changes in models.items()})
    fit = {
        alias
        for alias, able in live.models.items()
        if able.enabled
        and wanted <= able.capabilities
        and prompt_tokens(request) + (max_tokens or 0) <= able.context_window
        and (max_tokens or 0) <= able.max_output
    }
    try:
        decision = decide(request, classified(complexity), live, seed="s", frugal="to save" if frugal else None)
    except (Unsupported, UnknownModel):
        assert not fit & ({"large"} if name == "large" else {"large", "spare"}), "these are always reached"
    else:
        assert {each.model.alias for each in decision.targets} <= fit


def test_a_route_that_verifies_names_the_tiers_from_the_first_upwards() -> None:
    base = tier_map()
    verifying = replace(base, routes={**base.routes, "*": replace(base.routes["*"], verify=True)})
    assert decide(chat(), classified(), verifying, seed="s").net == ("economy", "premium")
    assert decide(chat(), classified(0.9), verifying, seed="s").net == ("premium",)
    assert decide(chat(), classified(task="coding"), verifying, seed="s").net == ()
    assert decide(chat(model="tier:economy"), classified(), verifying, seed="s").net == ()
