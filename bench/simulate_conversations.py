"""What holding a conversation's tier saves: cost and switches beside routing each turn by itself and always premium.

PYTHONPATH=lambdas python bench/simulate_conversations.py

The transcripts are made up and fixed: a coding agent with tool results, and a support chat. Routed by the packaged map
and the shipped classifier. A model's prompt cache holds what stood before the turn wherever the same model answered the
call before; it is written and read at the map's cache prices.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

from rich.console import Console
from rich.table import Table

from pointsman.classify import load
from pointsman.domain import ChatRequest, Message, Model, Text, TierMap, ToolCall, ToolResult, Usage
from pointsman.metering.prices import cost
from pointsman.policy import decide, to_classify
from pointsman.policy.needs import tokens
from pointsman.tiermap.seed import packaged_map

FILE = "def handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(load(event['id']))}\n" * 40
"""What a tool reads: some 1,300 tokens."""

CODING_AGENT = (
    ("Our job queue loses messages when two workers crash at once. Find the race condition in the lease code and "
     "design a fix that keeps exactly-once semantics; justify each step.", 6, 900),
    ("ok, apply it", 3, 700),
    ("now add a unit test for the crash case", 4, 600),
    ("thanks. fix the typo in the docstring", 1, 80),
    ("and rename the variable to lease_id", 2, 120),
    ("what does this line do?", 0, 90),
    ("add a line to the changelog", 1, 60),
    ("Prove that the lease can never be held by two workers, even when their clocks drift.", 2, 1_100),
    ("great, commit it", 1, 40),
    ("write the commit message shorter", 0, 40),
    ("thanks!", 0, 20),
    ("bye", 0, 15),
)  # fmt: skip
"""The user's words, how many tool calls they lead to, and the tokens of the answer."""

SUPPORT_CHAT = (
    ("hi", 0, 30),
    ("where is my order 5512?", 1, 60),
    ("it says delivered but I have nothing", 0, 90),
    ("Compare your refund policy with the statutory right of withdrawal in France for a damaged and late parcel, and "
     "argue which one is better for me.", 0, 500),
    ("ok, refund then", 1, 60),
    ("how long does it take?", 0, 40),
    ("can you send it to another card?", 0, 60),
    ("thanks", 0, 20),
    ("one more thing: what are your opening hours?", 0, 40),
    ("bye", 0, 15),
)  # fmt: skip

SYSTEM = Message("system", (Text("You are a careful assistant. Follow the house rules. " * 60, cache="5m"),))

Choose = Callable[[ChatRequest], Model]


@dataclass
class Tally:
    """Costs in nano-dollars; a switch is a call answered by another model than the one before it."""

    calls: int = 0
    switches: int = 0
    premium: int = 0
    nano: int = 0


def run(transcript: tuple[tuple[str, int, int], ...], choose: Choose) -> Tally:
    tally, last = Tally(), ""
    messages: list[Message] = [SYSTEM]
    for words, loops, length in transcript:
        messages.append(Message("user", (Text(words),)))
        for call in range(loops + 1):
            request = ChatRequest("auto", tuple(messages))
            model = choose(request)
            warm = model.alias == last
            tally.nano += cost(_usage(model, messages, 60 if call < loops else length, warm=warm), model.prices)
            tally.calls, tally.switches = tally.calls + 1, tally.switches + (bool(last) and not warm)
            tally.premium += model.prices.output >= 15 * 10**9
            last = model.alias
            if call < loops:
                messages.append(Message("assistant", (ToolCall(f"c{len(messages)}", "read", '{"path": "lease.py"}'),)))
                messages.append(Message("tool", (ToolResult(f"c{len(messages) - 1}", (Text(FILE),)),)))
        messages.append(Message("assistant", (Text("word " * length),)))
    return tally


def _usage(model: Model, messages: list[Message], output: int, *, warm: bool) -> Usage:
    """All but the newest message is cached where this model wrote it; the newest is written."""
    before, fresh = tokens(messages[:-1]), tokens(messages[-1:])
    if model.prices.cache_read is None:
        return Usage(before + fresh, output)
    if model.prices.cache_write_5m is None:
        return Usage(fresh if warm else before + fresh, output, cache_read=before if warm else 0)
    return Usage(0, output, cache_read=before if warm else 0, cache_write_5m=fresh if warm else before + fresh)


def routed(tier_map: TierMap) -> Choose:
    classify = load()

    def choose(request: ChatRequest) -> Model:
        *earlier, last = map(classify, to_classify(request, tier_map))
        return decide(request, last, tier_map, seed="s", earlier=earlier).targets[0].model

    return choose


def main() -> None:
    tier_map = packaged_map()
    by_turn = replace(tier_map, settings=replace(tier_map.settings, sticky_turns=0))
    strong = tier_map.models[tier_map.settings.baseline_model]
    ways: dict[str, Choose] = {
        "held (sticky_turns = 3)": routed(tier_map),
        "each turn by itself": routed(by_turn),
        f"always {strong.alias}": lambda _: strong,
    }
    table = Table("transcript", "routing", "calls", "switches", "premium calls", "cost $", "of always strong")
    for name, transcript in (("coding agent", CODING_AGENT), ("support chat", SUPPORT_CHAT)):
        baseline = run(transcript, ways[f"always {strong.alias}"])
        for way, choose in ways.items():
            got = run(transcript, choose)
            figures = (got.calls, got.switches, got.premium, f"{got.nano / 1e9:.4f}", f"{got.nano / baseline.nano:.0%}")
            table.add_row(name, way, *map(str, figures))
        table.add_section()
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
