"""docs/dialects.md: what becomes of each field of each dialect at each provider (`make docs`).

The providers' columns are `pointsman.providers.support`; the dialects' fields are declared here, and a test holds them
to the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pointsman.providers.support import SUPPORT, How

ROUTER = "the router's own"
REFUSED = "refused"
EXTRAS = "extras"
HINT = "extras.hints"

_SHARED = {
    "model": ROUTER,
    "stream": ROUTER,
    "tools": "tools, tools.strict, cache",
    "temperature": "temperature",
    "top_p": "top_p",
}
_OPENAI = {
    **_SHARED,
    "parallel_tool_calls": "parallel_tool_calls",
    "service_tier": "service_tier",
    "user": "user",
    "safety_identifier": "user",
    "metadata": "metadata",
    "tool_choice": "tool_choice, tool_choice.none; `allowed_tools` emulated: the others are not offered",
    "stream_options": f"{ROUTER}; obfuscation refused",
    "prompt_cache_key": HINT,
    "prompt_cache_retention": HINT,
}
FIELDS: Mapping[str, Mapping[str, str]] = {
    "OpenAI Chat Completions": {
        **_OPENAI,
        "messages": "messages.…, cache; `input_audio` refused",
        "max_tokens": "max_tokens",
        "max_completion_tokens": "max_tokens",
        "stop": "stop",
        "top_k": "top_k",
        "seed": "seed",
        "logprobs": "logprobs",
        "top_logprobs": "logprobs",
        "reasoning_effort": "reasoning.effort, reasoning.off",
        "thinking": "reasoning.budget, reasoning.off",
        "response_format": "response_format.json_object, response_format.json_schema",
        "n": "n",
        "modalities": "text only",
        "audio": REFUSED,
        "functions": REFUSED,
        "function_call": REFUSED,
        "web_search_options": REFUSED,
        "moderation": REFUSED,
        "prediction": HINT,
        "verbosity": HINT,
        "frequency_penalty": "extras; 0 changes nothing",
        "presence_penalty": "extras; 0 changes nothing",
        "logit_bias": "extras; `{}` changes nothing",
        "store": "extras; false changes nothing",
        "any other": EXTRAS,
    },
    "OpenAI Responses": {
        **_OPENAI,
        "input": "messages.…, cache; `item_reference`, hosted tools' items, file ids and a file's detail refused",
        "instructions": "messages.…",
        "include": "logprobs; `reasoning.encrypted_content` always given; others refused",
        "max_output_tokens": "max_tokens",
        "top_logprobs": "logprobs",
        "reasoning": "reasoning.effort, reasoning.off; `context`, `mode` at their defaults only",
        "text": "response_format.json_object, response_format.json_schema; `verbosity`: extras.hints",
        "store": "false only",
        "background": "false only",
        "truncation": "disabled only",
        "conversation": REFUSED,
        "previous_response_id": REFUSED,
        "prompt": REFUSED,
        "any other": REFUSED,
    },
    "Anthropic Messages": {
        **_SHARED,
        "messages": "messages.…, cache; server tools' blocks, file ids, citations and search results refused",
        "system": "messages.…, cache",
        "tools": "tools, tools.strict, cache; `eager_input_streaming` is a hint that changes nothing",
        "cache_control": "cache, on the last part",
        "max_tokens": "max_tokens",
        "stop_sequences": "stop",
        "top_k": "top_k",
        "tool_choice": "tool_choice, tool_choice.none, parallel_tool_calls",
        "thinking": "reasoning.budget, reasoning.off; `between_tools` refused",
        "output_config": "reasoning.effort, response_format.json_schema",
        "metadata": "user",
        "service_tier": "service_tier",
        "container": REFUSED,
        "diagnostics": REFUSED,
        "mcp_servers": REFUSED,
        "speed": "standard only",
        "any other": EXTRAS,
    },
}
"""By dialect and field: the rows of the providers' table that it is told by, or what becomes of it here."""

_SIGN = {How.MAPPED: "✓", How.EMULATED: "~", How.DROPPED: "–", How.REFUSED: "✗"}


def render() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Dialects and providers"
    yield ""
    yield "Written by `make docs`; a test holds it to the code."
    yield ""
    yield "Whatever dialect a request came in, it can go to any provider that can do what it asks. What cannot be said"
    yield "there is told to the next candidate that can, or refused by a 400 that names the field. Headers such as"
    yield "`anthropic-beta` turn nothing on: the fields that they are for are in these tables. A refused part of a"
    yield "message is named by its path in the request, as the vendors do: `messages[2].content[0]`,"
    yield "`input[3].content[1]`, `messages.2.content.0`."
    yield ""
    yield "Signatures of tool calls ride in the calls' ids, those of thoughts in `thinking_blocks` (Chat Completions),"
    yield "`encrypted_content` (Responses) and `signature` (Messages): send answers back as they came."
    yield ""
    yield "A stream of Responses repeats its whole text four times at its end, and official clients build on that: the"
    yield "text is held as UTF-8 until then, and 10 MB of it take some 50 MB for a moment. The other dialects' streams"
    yield "take the same memory however long they are."
    for dialect, fields in FIELDS.items():
        yield from ("", f"## {dialect}", "", "| field | becomes |", "| --- | --- |")
        for name, means in sorted(fields.items()):
            yield f"| {name if ' ' in name else f'`{name}`'} | {means} |"
    yield from ("", "`extras`: to a provider of the same dialect as it is, refused elsewhere. Responses counts as Chat")
    yield "Completions there. Hints, which no answer depends on ([why](decisions/0026-a-hint-is-left-away.md)), are"
    yield "left away where they are not known: `seed`, `user`, `metadata`, a message's `name`, `extras.hints`."
    yield from ("", "## Providers", "", "✓ mapped, ~ emulated, – left away, ✗ refused.", "")
    yield f"| | {' | '.join(SUPPORT)} |"
    yield f"| --- |{' --- |' * len(SUPPORT)}"
    notes: dict[str, int] = {}
    for row in sorted({name for table in SUPPORT.values() for name in table}):
        cells = []
        for table in SUPPORT.values():
            support = table.get(row)
            note = f" {notes.setdefault(support.note, len(notes) + 1)}" if support and support.note else ""
            cells.append(f"{_SIGN[support.how]}{note}" if support else "✗")
        yield f"| {row} | {' | '.join(cells)} |"
    yield ""
    yield from (f"{number}. {note}" for note, number in notes.items())
