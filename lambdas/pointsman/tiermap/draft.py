"""The items that people edit, as they write them: USD per million tokens, plain lists, no derived values.

Whoever edits them does so with the DynamoDB console, the CLI or any SDK, so numbers come as int, float or Decimal and
lists of names also as sets. A field that is not known is an error: a slip must never be taken for a wish.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from pointsman.domain import Capability, Json
from pointsman.tiermap.problems import Problem, closest, problem

GUARDRAIL = r"^([a-z0-9]+|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/[a-z0-9]+):([1-9][0-9]{0,7}|DRAFT)$"
PROFILE = r"^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:application-inference-profile/[a-z0-9]+$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def plain(value: Json) -> Json:
    """A DynamoDB value as JSON would have it: whole Decimals become int, sets become sorted lists."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**18 and value == value.to_integral_value():
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _number(value: Json) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number_type", "Input should be a number")
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def _candidate(value: Json) -> Json:
    return {"model": value} if isinstance(value, str) else value


Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number)]
Usd: TypeAlias = Annotated[Number, Field(ge=0, le=1_000_000, decimal_places=9)]
Tokens: TypeAlias = Annotated[StrictInt, Field(ge=1, le=1_000_000_000)]
Seconds: TypeAlias = Annotated[Number, Field(gt=0, le=900)]
Name: TypeAlias = Annotated[StrictStr, Field(pattern=NAME)]
Line: TypeAlias = Annotated[StrictStr, Field(min_length=1, max_length=2_048)]


class Fields(BaseModel):
    """Fields that may be written; any other is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(Fields):
    """What any item may carry: who wrote it last, and when (ISO 8601). Neither changes the routing."""

    notes: ClassVar[frozenset[str]] = frozenset()
    """Fields that are for people alone."""

    updated_by: Line | None = None
    updated_at: Line | None = None


class Rates(Fields):
    """USD per million tokens."""

    input: Usd
    output: Usd
    cache_read: Usd | None = None
    cache_write_5m: Usd | None = None
    cache_write_1h: Usd | None = None
    image: Usd | None = None
    reasoning: Usd | None = None


class LongContextFields(Rates):
    """The prices of a request whose prompt has more than `above` tokens."""

    above: Tokens


class ServiceTierFields(Rates):
    """The prices of one service tier."""

    long_context: LongContextFields | None = None


class PriceFields(ServiceTierFields):
    """A model's prices: the standard tier's, and under `service_tiers` those of `flex`, `priority`, `batch` …"""

    service_tiers: dict[Name, ServiceTierFields] = Field(default_factory=dict)


class ModelItem(Item):
    """`MODEL#<alias>`. Without `prices` the catalogue's are taken. `price_source` is for people alone; `price_date`
    becomes part of the compiled `price_version`."""

    notes: ClassVar[frozenset[str]] = frozenset({"price_source"})

    provider: Name
    model_id: Line
    prices: PriceFields | None = None
    context_window: Tokens
    max_output: Tokens
    capabilities: list[Capability] = Field(default_factory=list)
    endpoint: Annotated[Line, Field(pattern=r"^https?://")] | None = None
    secret: Annotated[Line, Field(pattern=r"^[A-Za-z0-9/_+=.@-]+$")] | None = None
    region: Annotated[Line, Field(pattern=r"^[a-z0-9-]+$")] | None = None
    enabled: StrictBool = True
    base_model: Line | None = None
    guardrail: Annotated[Line, Field(pattern=GUARDRAIL)] | None = None
    service_tier: Annotated[Line, Field(pattern=r"^[a-z_]+$")] | None = None
    latency: Literal["standard", "optimized"] | None = None
    profiles: dict[Line, Annotated[Line, Field(pattern=PROFILE)]] = Field(default_factory=dict)
    price_source: Line | None = None
    price_date: Line | None = None


class CandidateFields(Fields):
    """One entry of a tier's candidates. An alias alone stands for `{"model": alias}`."""

    model: Line
    weight: Annotated[StrictInt, Field(ge=0, le=1_000)] = 0


class TierItem(Item):
    """`TIER#<name>`."""

    candidates: list[Annotated[CandidateFields, BeforeValidator(_candidate)]]
    timeout: Seconds = Decimal(60)
    attempts: Annotated[StrictInt, Field(ge=1, le=5)] = 2
    escalate_to: Line | None = None
    idle_timeout: Seconds = Decimal(30)
    hedge_after: Seconds | None = None


class RouteItem(Item):
    """`ROUTE#<task>`, or `ROUTE#*` for every task without a row of its own."""

    tiers: dict[StrictStr, Line]
    examples: Annotated[list[Line], Field(max_length=100)] = Field(default_factory=list)
    threshold: Annotated[Number, Field(ge=0, le=1)] | None = None
    verify: StrictBool = False


class BandFields(Fields):
    """The last band has no `below`: it goes to the top. With a `quality` in the settings none has one."""

    name: Name
    below: Annotated[Number, Field(gt=0, le=1)] | None = None


class SecondStageFields(Fields):
    """The model that takes a second look at what the classifier is in doubt about. Off where there is none."""

    model: Line
    below: Annotated[Number, Field(gt=0, le=1)]
    timeout: Annotated[Number, Field(gt=0, le=5)] = Decimal("0.4")


class SettingsItem(Item):
    """`SETTINGS`."""

    bands: Annotated[list[BandFields], Field(min_length=1)]
    quality: Annotated[Number, Field(ge=0, le=1)] | None = None
    baseline_model: Line
    ttl: Annotated[Number, Field(ge=1, le=3_600)] = Decimal(30)
    min_confidence: Annotated[Number, Field(ge=0, le=1)] = Decimal(0)
    deadline: Seconds = Decimal(120)
    sticky_turns: Annotated[StrictInt, Field(ge=0, le=10)] = 3
    second_stage: SecondStageFields | None = None
    synonyms: dict[Line, Line] = Field(default_factory=dict)


class ChangeItem(Item):
    """`CHANGE`: the note of the last edit made with the CLI. While it is `incomplete`, nothing is published."""

    why: Line | None = None
    incomplete: StrictBool = False


ItemT = TypeVar("ItemT", bound=Item)


class Parser:
    """Reads items and collects what is wrong with them."""

    _parts: ClassVar[Mapping[str, type[BaseModel]]] = {
        "prices": PriceFields,
        "candidates": CandidateFields,
        "bands": BandFields,
    }

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, kind: type[ItemT], key: str, item: Mapping[str, Json]) -> ItemT | None:
        """The item without its keys as `kind`, or nothing and its problems noted."""
        try:
            return kind.model_validate({name: plain(value) for name, value in item.items() if name not in {"pk", "sk"}})
        except ValidationError as error:
            self.problems += [self._problem(kind, key, detail) for detail in error.errors(include_url=False)]
            return None

    def _problem(self, kind: type[BaseModel], key: str, detail: ErrorDetails) -> Problem:
        location = detail["loc"]
        field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).removeprefix(".")
        if detail["type"] == "extra_forbidden":
            known = self._parts.get(str(location[0]), kind) if len(location) > 1 else kind
            return problem(key, field, "is unknown", closest(str(location[-1]), known.model_fields))
        if detail["type"] == "missing":
            return problem(key, field, "is required")
        if detail["type"] == "enum":
            near = closest(str(detail["input"]), Capability)
            return problem(key, field, f"must be one of {', '.join(Capability)}", near)
        return problem(key, field, _reason(detail))


def _reason(detail: ErrorDetails) -> str:
    """Pydantic's own words, which never repeat the value, with ours where a person needs them clearer."""
    if detail["type"] == "string_pattern_mismatch" and detail["ctx"]["pattern"] == NAME:
        return "must be at most 64 letters, digits, '.', '_' or '-', and start with a letter or a digit"
    if detail["type"] == "string_pattern_mismatch" and detail["ctx"]["pattern"] == GUARDRAIL:
        return "must be '<id or ARN>:<version>', as 'gr4x9k2:3'"
    if detail["type"] == "string_pattern_mismatch" and detail["ctx"]["pattern"] == PROFILE:
        return "must be the ARN of an application inference profile"
    words: dict[str, Any] = {"string_type": "must be text", "int_type": "must be a whole number"}
    return str(words.get(detail["type"], detail["msg"].replace("Input should", "must").replace("Decimal input", "It")))
