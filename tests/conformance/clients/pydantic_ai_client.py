"""pydantic-ai's agents, by Chat Completions, Responses and Messages."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from checks import KEY, PIXEL, ROOT, SAID, run
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ModelHTTPError, NativeOutput, ToolOutput
from pydantic_ai.direct import model_request_stream_sync
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider


class City(BaseModel):
    city: str


def weather(city: str) -> str:
    """Tells the weather."""
    return f"Rain in {city}."


def models(name: str) -> Iterator[Any]:
    openai = OpenAIProvider(base_url=f"{ROOT}/v1", api_key=KEY)
    yield OpenAIChatModel(name, provider=openai)
    yield OpenAIResponsesModel(name, provider=openai)
    yield AnthropicModel(name, provider=AnthropicProvider(base_url=ROOT, api_key=KEY))


def check_chat(name: str) -> None:
    for model in models(name):
        assert Agent(model, instructions="Be brief.").run_sync("Where?").output == SAID


def check_usage(name: str) -> None:
    for model in models(name):
        usage = Agent(model).run_sync("Where?").usage
        assert (usage.input_tokens, usage.output_tokens) == (12, 5)


def check_stream(name: str) -> None:
    for model in models(name):
        with model_request_stream_sync(model, [ModelRequest.user_text_prompt("Slow! Where?")]) as stream:
            for _ in stream:
                pass
            answer = stream.response
        assert answer.text == SAID, answer
        assert answer.usage.output_tokens == 5


def check_tools(name: str) -> None:
    for model in models(name):
        done = Agent(model, tools=[weather]).run_sync("Twice! Weather?")
        assert done.output == "It rains."
        assert len(done.all_messages()) == 4


def check_structured(name: str) -> None:
    chat, responses, messages = models(name)
    for model, output in ((chat, ToolOutput), (chat, NativeOutput), (responses, NativeOutput), (messages, ToolOutput)):
        assert Agent(model, output_type=output(City)).run_sync("Where?").output == City(city="Oslo")


def check_image(name: str) -> None:
    image = BinaryContent(base64.b64decode(PIXEL), media_type="image/png")
    for model in models(name):
        assert Agent(model).run_sync(["What?", image]).output == "I see an image."


def check_error(name: str) -> None:
    for model in models(name):
        model.client.max_retries = 0
        status = None
        try:
            Agent(model).run_sync("Busy!")
        except ModelHTTPError as error:
            status = error.status_code
        assert status == 429


def check_cancel(name: str) -> None:
    for model in models(name):
        with model_request_stream_sync(model, [ModelRequest.user_text_prompt("For ever!")]) as stream:
            for count, _ in enumerate(stream):
                if count == 5:
                    break


run({name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")})
