from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.domain import Capability, Classification, Form, Task, TierMap
from pointsman.errors import RequestError
from pointsman.policy import decide
from pointsman.tiermap import snapshot
from pointsman.tiermap.compile import InvalidMap, Problem, compile_map
from pointsman.tiermap.seed import seed_items
from tests.fakes import chat

Items = dict[str, dict[str, Any]]


def compiled(items: Items, **kwargs: Any) -> TierMap:
    return compile_map(items.values(), version=1, author="test", published_at="now", **kwargs)


def problems(items: Items, **kwargs: Any) -> tuple[Problem, ...]:
    with pytest.raises(InvalidMap) as caught:
        compiled(items, **kwargs)
    return caught.value.problems


def test_people_write_dollars_and_the_map_holds_whole_nano_dollars(seed: Items) -> None:
    prices = compiled(seed).models["nova-micro"].prices
    assert (prices.input, prices.output, prices.cache_read) == (35_000_000, 140_000_000, 8_750_000)
    assert prices.cache_write_1h is None


@pytest.mark.parametrize("price", [1, 1.0, Decimal("1"), Decimal("1.000")])
def test_numbers_come_in_any_type(seed: Items, price: object) -> None:
    seed["MODEL#haiku-4.5"]["prices"]["input"] = price
    seed["TIER#economy"]["attempts"] = Decimal("3")
    seed["MODEL#haiku-4.5"]["capabilities"] = {"tools", "vision", "json_schema", "streaming"}
    tier_map = compiled(seed)
    assert tier_map.models["haiku-4.5"].prices.input == 10**9
    assert tier_map.tiers["economy"].attempts == 3


def test_an_alias_alone_is_a_candidate_without_weight(seed: Items) -> None:
    seed["TIER#premium"]["candidates"] = ["sonnet-4.6", {"model": "opus-4.7", "weight": Decimal(3)}]
    assert [(c.model, c.weight) for c in compiled(seed).tiers["premium"].candidates] == [
        ("sonnet-4.6", 0),
        ("opus-4.7", 3),
    ]


def test_the_order_of_items_and_who_wrote_them_do_not_change_the_hash(seed: Items) -> None:
    first = compiled(seed)
    for item in seed.values():
        item["updated_by"] = "somebody"
    again = compile_map(reversed(seed.values()), version=9, author="else", published_at="later")
    assert again.hash == first.hash


def test_any_change_of_routing_changes_the_hash(seed: Items) -> None:
    before = compiled(seed).hash
    seed["TIER#economy"]["candidates"].reverse()
    assert compiled(seed).hash != before


def test_what_a_provider_should_know_of_a_model(seed: Items) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"
    guardrail = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1:DRAFT"
    seed["MODEL#haiku-4.5"] |= {"model_id": arn, "guardrail": guardrail, "service_tier": "flex", "latency": "optimized"}
    assert compiled(seed).models["haiku-4.5"].signs is None
    seed["MODEL#haiku-4.5"]["base_model"] = "anthropic.claude-haiku-4-5"
    model = compiled(seed).models["haiku-4.5"]
    assert (model.guardrail, model.service_tier, model.latency, model.signs) == (
        guardrail,
        "flex",
        "optimized",
        "claude",
    )


def test_a_team_has_a_profile_of_its_own(seed: Items) -> None:
    seed["MODEL#haiku-4.5"] |= {"region": "us-east-1", "profiles": {"search": PROFILE}}
    assert compiled(seed).models["haiku-4.5"].profiles == {"search": PROFILE}


PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"
Spoil = Callable[[Items], Any]


def put(key: str, field: str, value: Any) -> Spoil:
    return lambda items: items[key].__setitem__(field, value)


def drop(key: str, field: str | None = None) -> Spoil:
    return lambda items: items.pop(key) if field is None else items[key].pop(field)


def rename(key: str, new: str) -> Spoil:
    return lambda items: items.__setitem__(new, items.pop(key) | {"sk": new})


@pytest.mark.parametrize(
    ("spoil", "item", "field", "reason", "suggestion"),
    [
        (
            put("MODEL#nova-lite", "model_id", "x.y"),
            "MODEL#nova-lite",
            "prices",
            "is required: the catalogue has none for x.y of bedrock",
            None,
        ),
        (put("MODEL#haiku-4.5", "prices", {"input": 1}), "MODEL#haiku-4.5", "prices.output", "is required", None),
        (put("MODEL#haiku-4.5", "enabeld", True), "MODEL#haiku-4.5", "enabeld", "is unknown", "enabled"),
        (
            put("MODEL#haiku-4.5", "prices", {"input": 1, "output": 5, "cache_raed": 1}),
            "MODEL#haiku-4.5",
            "prices.cache_raed",
            "is unknown",
            "cache_read",
        ),
        (
            put("MODEL#haiku-4.5", "latency", "fast"),
            "MODEL#haiku-4.5",
            "latency",
            "must be 'standard' or 'optimized'",
            None,
        ),
        (
            put("MODEL#haiku-4.5", "guardrail", "gr1"),
            "MODEL#haiku-4.5",
            "guardrail",
            "must be '<id or ARN>:<version>', as 'gr4x9k2:3'",
            None,
        ),
        (
            put("MODEL#haiku-4.5", "profiles", {"search": "us.anthropic.claude-x"}),
            "MODEL#haiku-4.5",
            "profiles.search",
            "must be the ARN of an application inference profile",
            None,
        ),
        (
            lambda items: items["MODEL#haiku-4.5"].update(region="eu-west-1", profiles={"search": PROFILE}),
            "MODEL#haiku-4.5",
            "profiles.search",
            "is of us-east-1, and the model is called in eu-west-1",
            None,
        ),
        (
            put("MODEL#gpt-5.4", "profiles", {"search": PROFILE}),
            "MODEL#gpt-5.4",
            "profiles.search",
            "is of no use: only Bedrock has inference profiles",
            None,
        ),
        (put("MODEL#haiku-4.5", "enabled", "true"), "MODEL#haiku-4.5", "enabled", "must be a valid boolean", None),
        (put("MODEL#haiku-4.5", "max_output", "64"), "MODEL#haiku-4.5", "max_output", "must be a whole number", None),
        (
            put("MODEL#haiku-4.5", "max_output", 200_001),
            "MODEL#haiku-4.5",
            "max_output",
            "must not exceed context_window",
            None,
        ),
        (
            put("MODEL#haiku-4.5", "capabilities", ["tool"]),
            "MODEL#haiku-4.5",
            "capabilities[0]",
            "must be one of",
            "tools",
        ),
        (
            put("MODEL#haiku-4.5", "prices", {"input": "1", "output": 5}),
            "MODEL#haiku-4.5",
            "prices.input",
            "must be a number",
            None,
        ),
        (
            put("MODEL#haiku-4.5", "prices", {"input": Decimal("-1"), "output": 5}),
            "MODEL#haiku-4.5",
            "prices.input",
            "must be greater than or equal to 0",
            None,
        ),
        (
            put("MODEL#haiku-4.5", "prices", {"input": Decimal("1E-10"), "output": 5}),
            "MODEL#haiku-4.5",
            "prices.input",
            "9 decimal places",
            None,
        ),
        (rename("MODEL#haiku-4.5", "MODLE#haiku"), "MODLE#haiku", "sk", "must be one of", "MODEL#haiku"),
        (rename("MODEL#gemini-pro", "MODEL#auto"), "MODEL#auto", "sk", "reserved", None),
        (rename("MODEL#gemini-pro", "MODEL#a:b"), "MODEL#a:b", "sk", "names must be", None),
        (put("MODEL#gemini-pro", "pk", "MAP"), "MODEL#gemini-pro", "pk", "must be DRAFT", None),
        (
            put("TIER#economy", "candidates", ["nova-lite", "nova-2-light"]),
            "TIER#economy",
            "candidates[1].model",
            "there is no model 'nova-2-light'",
            "nova-2-lite",
        ),
        (put("TIER#economy", "candidates", []), "TIER#economy", "candidates", "at least one model", None),
        (put("TIER#economy", "candidates", ["gpt-5.4"]), "TIER#economy", "candidates", "that is enabled", None),
        (
            put("TIER#economy", "candidates", ["nova-lite", "nova-lite"]),
            "TIER#economy",
            "candidates[1].model",
            "twice",
            None,
        ),
        (
            put("TIER#economy", "candidates", [{"model": "nova-lite", "weight": -1}]),
            "TIER#economy",
            "candidates[0].weight",
            "greater than or equal to 0",
            None,
        ),
        (
            put("TIER#economy", "escalate_to", "standart"),
            "TIER#economy",
            "escalate_to",
            "no tier 'standart'",
            "standard",
        ),
        (put("TIER#premium", "escalate_to", "economy"), "TIER#economy", "escalate_to", "circle", None),
        (put("TIER#premium", "escalate_to", "premium"), "TIER#premium", "escalate_to", "premium → premium", None),
        (drop("TIER#economy", "escalate_to"), "TIER#economy", "escalate_to", "offers json_schema", None),
        (drop("ROUTE#*"), "ROUTE#*", "sk", "is missing", None),
        (
            put("ROUTE#*", "tiers", {"simple": "economy", "complex": "premium"}),
            "ROUTE#*",
            "tiers.standard",
            "every band",
            None,
        ),
        (put("ROUTE#math", "tiers", {"simpel": "economy"}), "ROUTE#math", "tiers.simpel", "no band", "simple"),
        (put("ROUTE#math", "tiers", {"simple": "premum"}), "ROUTE#math", "tiers.simple", "no tier", "premium"),
        (rename("ROUTE#math", "ROUTE#maths"), "ROUTE#maths", "examples", "no known task", "math"),
        (drop("SETTINGS"), "SETTINGS", "sk", "is missing", None),
        (put("SETTINGS", "baseline_model", "sonet-4.6"), "SETTINGS", "baseline_model", "no model", "sonnet-4.6"),
        (put("SETTINGS", "ttl", 0), "SETTINGS", "ttl", "greater than or equal to 1", None),
        (put("SETTINGS", "bands", [{"name": "all", "below": 1}]), "SETTINGS", "bands[0].below", "left out", None),
        (put("SETTINGS", "synonyms", {"gpt-4o": "tier:econmy"}), "SETTINGS", "synonyms.gpt-4o", "mean", "tier:economy"),
        (put("SETTINGS", "synonyms", {"gpt-4o": "gpt-5.4"}), "SETTINGS", "synonyms.gpt-4o", "enabled", None),
        (put("SETTINGS", "synonyms", {"nova-lite": "auto"}), "SETTINGS", "synonyms.nova-lite", "already", None),
        (put("SETTINGS", "synonyms", {"tier:economy": "auto"}), "SETTINGS", "synonyms.tier:economy", "already", None),
    ],
)
def test_a_fault_is_named_with_item_field_and_reason(
    seed: Items, spoil: Spoil, item: str, field: str, reason: str, suggestion: str | None
) -> None:
    spoil(seed)
    found = [p for p in problems(seed) if (p.item, p.field) == (item, field)]
    assert len(found) == 1, problems(seed)
    assert reason in found[0].reason
    assert found[0].suggestion == suggestion


def test_synonyms_are_compiled(seed: Items) -> None:
    said = {"gpt-4o": "auto", "gpt-4.1-mini": "tier:economy", "anthropic/claude": "sonnet-4.6"}
    assert compiled(seed).settings.synonyms == {}
    seed["SETTINGS"]["synonyms"] = said
    assert compiled(seed).settings.synonyms == said
    assert snapshot.load(snapshot.dump(compiled(seed))) == compiled(seed)


def test_bands_must_ascend_and_only_the_last_is_open(seed: Items) -> None:
    seed["SETTINGS"]["bands"] = [
        {"name": "simple"},
        {"name": "standard", "below": 0.7},
        {"name": "complex", "below": 0.5},
    ]
    assert {p.field for p in problems(seed)} == {"bands[0].below", "bands[2].below"}
    seed["SETTINGS"]["bands"] = [
        {"name": "simple", "below": 0.7},
        {"name": "standard", "below": 0.7},
        {"name": "complex"},
    ]
    assert [p.reason for p in problems(seed)] == ["must be above that of the band before it"]


def test_all_problems_come_at_once_and_none_twice(seed: Items) -> None:
    del seed["SETTINGS"]
    seed["MODEL#haiku-4.5"] |= {"max_output": "many"}
    seed["TIER#economy"]["candidates"] = ["nova-lit"]
    seed["ROUTE#math"]["tiers"] = {"simple": "nowhere"}
    assert {(p.item, p.field) for p in problems(seed)} == {
        ("SETTINGS", "sk"),
        ("MODEL#haiku-4.5", "max_output"),
        ("TIER#economy", "candidates[0].model"),
        ("ROUTE#math", "tiers.simple"),
    }


def test_an_unknown_provider_is_refused_where_the_known_ones_are_given(seed: Items) -> None:
    seed["MODEL#haiku-4.5"]["provider"] = "bedrok"
    assert compiled(seed).models["haiku-4.5"].provider == "bedrok"
    (found,) = problems(seed, providers={"bedrock", "openai", "gemini"})
    assert (found.item, found.field, found.suggestion) == ("MODEL#haiku-4.5", "provider", "bedrock")


def test_an_empty_draft_is_refused() -> None:
    assert {p.item for p in problems({})} == {"ROUTE#*", "SETTINGS"}


def test_a_key_that_stands_there_twice_is_refused(seed: Items) -> None:
    with pytest.raises(InvalidMap, match="stands there twice"):
        compile_map([*seed.values(), seed["SETTINGS"]], version=1, author="", published_at="")


def test_a_problem_reads_as_a_sentence_and_stays_short(seed: Items) -> None:
    seed["MODEL#haiku-4.5"]["x" * 10_000] = 1
    (found,) = problems(seed)
    assert len(str(found)) < 700
    assert str(Problem("TIER#a", "escalate_to", "there is no tier 'b'", "c")).endswith("'b'. Did you mean 'c'?")


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=8)
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def spoiled(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The seed with a few faults anywhere: fields replaced, dropped or added, items dropped or doubled."""
    items = copy.deepcopy(seed_items())
    for _ in range(draw(st.integers(1, 3))):
        item = draw(st.sampled_from(items))
        place: Any = item
        inner: list[Any] = [value for value in item.values() if isinstance(value, dict | list) and value]
        deeper: bool = draw(st.booleans())
        if inner and deeper:
            place = draw(st.sampled_from(inner))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        match draw(st.sampled_from(["replace", "replace", "drop", "add", "drop item", "double"])):
            case "replace":
                place[key] = draw(ANYTHING)
            case "drop":
                del place[key]
            case "add" if isinstance(place, dict):
                place[draw(st.text(max_size=8))] = draw(ANYTHING)
            case "drop item" if len(items) > 1:
                items.remove(item)
            case _:
                items.append(copy.deepcopy(item))
    return items


@settings(max_examples=100, deadline=None)
@given(
    spoiled(),
    st.sampled_from([*Task, "other"]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["auto", "tier:economy", "haiku-4.5"]),
)
def test_a_spoiled_seed_compiles_to_a_usable_map_or_says_what_is_wrong(
    items: list[dict[str, Any]], task: str, complexity: float, confidence: float, name: str
) -> None:
    try:
        tier_map = compile_map(items, version=1, author="a", published_at="t")
    except InvalidMap as error:
        found = error.problems
        tier_map = None
    if tier_map is None:
        assert found
        assert all(problem.item and problem.field and problem.reason for problem in found)
        return
    assert snapshot.load(snapshot.dump(tier_map)) == tier_map
    with contextlib.suppress(RequestError):
        decide(chat(model=name), Classification(task, complexity, confidence), tier_map, seed="s")


def test_the_seed_offers_what_a_request_can_need_from_every_tier() -> None:
    tier_map = compile_map(seed_items(), version=0, author="", published_at="")
    for name in tier_map.tiers:
        offered: set[Capability] = set()
        step: str | None = name
        while step:
            tier = tier_map.tiers[step]
            models = [tier_map.models[candidate.model] for candidate in tier.candidates]
            offered.update(*(model.capabilities for model in models if model.enabled))
            step = tier.escalate_to
        assert offered == set(Capability) - {Capability.CHOICES}  # no model on Bedrock gives several


def test_steps_and_service_tiers_are_compiled(seed: Items) -> None:
    prices = seed["MODEL#haiku-4.5"]["prices"]
    prices["long_context"] = {"above": 200_000, "input": 2, "output": 7.5}
    prices["service_tiers"] = {"flex": {"input": 0.5, "output": 2.5, "image": 1}}
    found = compiled(seed).models["haiku-4.5"].prices
    assert found.long_context is not None
    assert (found.long_context.above, found.long_context.prices.output) == (200_000, 7_500_000_000)
    assert (found.service_tiers["flex"].input, found.service_tiers["flex"].image) == (500_000_000, 1_000_000_000)
    prices["long_context"] = {"input": 2, "output": 7.5}
    assert [p.field for p in problems(seed)] == ["prices.long_context.above"]


def test_the_price_version_changes_with_the_prices_and_their_date_alone(seed: Items) -> None:
    def version() -> str | None:
        return compiled(seed).models["haiku-4.5"].price_version

    first = version()
    assert first is not None
    assert first.startswith("2026-11-24.")
    seed["MODEL#haiku-4.5"]["max_output"] = 9
    seed["MODEL#haiku-4.5"]["prices"]["input"] = Decimal("1.00")
    assert version() == first
    seed["MODEL#haiku-4.5"]["prices"]["cache_read"] = 0.2
    assert version() not in {None, first}
    del seed["MODEL#haiku-4.5"]["price_date"]
    assert "." not in (version() or ".")


def test_a_quality_sets_the_limits_of_the_bands_and_a_higher_one_sends_more_to_dearer_tiers(seed: Items) -> None:
    seed["SETTINGS"]["bands"] = [{"name": name} for name in ("simple", "standard", "complex")]
    before = 2.0
    for quality in (0.5, 0.9, 0.95, 0.98):
        seed["SETTINGS"]["quality"] = Decimal(str(quality))
        settings = compiled(seed).settings
        limits = [band.below for band in settings.bands]
        assert settings.quality == quality
        for form in Form:
            ends = [band.forms[form] for band in settings.bands]
            assert ends == sorted(ends)
            assert quality < 0.9 or ends[1] < 0.6, "the last band is out of reach"
            assert ends[-1] > 1
        assert limits == sorted(limits)
        assert limits[-1] > 1
        assert limits[0] < before or limits[0] == before == 1
        before = limits[0]


def test_a_quality_and_limits_written_by_hand_exclude_each_other(seed: Items) -> None:
    seed["SETTINGS"]["quality"] = 0.95
    assert {p.field for p in problems(seed)} == {"bands[0].below", "bands[1].below"}


def test_a_route_says_whether_its_answers_are_verified(seed: Items) -> None:
    seed["ROUTE#coding"]["verify"] = True
    routes = compiled(seed).routes
    assert (routes["coding"].verify, routes["*"].verify) == (True, False)
    seed["ROUTE#coding"]["verify"] = "yes"
    assert [(each.item, each.field) for each in problems(seed)] == [("ROUTE#coding", "verify")]
