"""LiteLLM's SDK, to the router as an OpenAI-compatible vendor and as Anthropic."""

from __future__ import annotations

import json
from typing import Any

import litellm
from checks import KEY, PIXEL, ROOT, SAID, run
from pydantic import BaseModel

litellm.suppress_debug_info = True
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Tells it.", "parameters": SCHEMA}}]


class City(BaseModel):
    city: str


def ask(model: str, said: Any, *, by: str = "openai", **more: Any) -> Any:
    base = f"{ROOT}/v1" if by == "openai" else ROOT
    messages = said if isinstance(said, list) else [{"role": "user", "content": said}]
    more.setdefault("max_tokens", 50)
    return litellm.completion(f"{by}/{model}", messages, api_base=base, api_key=KEY, num_retries=0, **more)


def check_chat(model: str) -> None:
    assert ask(model, "Where?").choices[0].message.content == SAID
    assert ask(model, "Where?", by="anthropic").choices[0].message.content == SAID


def check_usage(model: str) -> None:
    usage = ask(model, "Where?").usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (12, 5)


def check_stream(model: str) -> None:
    for by in ("openai", "anthropic"):
        chunks = list(ask(model, "Slow! Where?", by=by, stream=True, stream_options={"include_usage": True}))
        whole = litellm.stream_chunk_builder(chunks)
        assert whole.choices[0].message.content == SAID
        assert whole.usage.completion_tokens == 5


def check_tools(model: str) -> None:
    for by in ("openai", "anthropic"):
        said: list[Any] = [{"role": "user", "content": "Twice! Weather?"}]
        called = ask(model, said, by=by, tools=TOOLS).choices[0].message
        assert [json.loads(call.function.arguments) for call in called.tool_calls] == [{"city": "Oslo"}] * 2
        said += [called, *({"role": "tool", "tool_call_id": c.id, "content": "Rain."} for c in called.tool_calls)]
        assert ask(model, said, by=by, tools=TOOLS).choices[0].message.content == "It rains."


def check_structured(model: str) -> None:
    answer = ask(model, "Where?", response_format=City).choices[0].message.content
    assert City.model_validate_json(answer) == City(city="Oslo")


def check_image(model: str) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    said = [{"role": "user", "content": [{"type": "text", "text": "What?"}, image]}]
    for by in ("openai", "anthropic"):
        assert ask(model, said, by=by).choices[0].message.content == "I see an image."


def check_error(model: str) -> None:
    for by in ("openai", "anthropic"):
        try:
            ask(model, "Busy!", by=by)
        except litellm.RateLimitError:
            continue
        raise AssertionError("no error")


def check_cancel(model: str) -> None:
    stream = ask(model, "For ever!", stream=True)
    for _ in range(5):
        next(stream)
    stream.completion_stream.response.close()


run({name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")})
