"""OpenAI's and Anthropic's Python clients, each against every shape of upstream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import anthropic
import openai
import pytest
from pydantic import BaseModel

from tests.conformance.conftest import KEY, Router

MODELS = ("openai", "anthropic", "bedrock")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STRICT = SCHEMA | {"additionalProperties": False}


class City(BaseModel):
    city: str


def ask(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sdk(router: Router) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{router.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(router: Router) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=router.url, api_key=KEY, max_retries=0) as client:
        yield client


def cancelled(router: Router, at: float) -> None:
    """The upstream was let go and what was used is in the event; how soon is told (`pytest -s`), not judged."""
    event = router.event("abandoned")
    assert event.status == 499
    assert event.cost_nano > 0
    for _ in range(200):
        if router.upstream.gone:
            break
        time.sleep(0.01)
    took = router.upstream.gone[0] - at
    print(f"upstream let go after {took * 1000:.1f} ms")
    assert took < 2


class TestChat:
    TOOL: ClassVar[Any] = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}

    def test_chat_and_usage(self, sdk: openai.OpenAI, model: str, router: Router) -> None:
        answer = sdk.chat.completions.create(model=model, messages=ask("Where?"), temperature=0.5, max_tokens=50)
        assert answer.choices[0].message.content == "Paris, en été."
        assert answer.usage
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (12, 5)
        assert router.event("ok").cost_nano == 12 * 1_000 + 5 * 5_000

    def test_stream(self, sdk: openai.OpenAI, model: str) -> None:
        with sdk.chat.completions.stream(
            model=model, messages=ask("Slow! Where?"), stream_options={"include_usage": True}
        ) as stream:
            answer = stream.get_final_completion()
        assert answer.choices[0].message.content == "Paris, en été."
        assert answer.usage
        assert answer.usage.total_tokens == 17

    @pytest.mark.parametrize("stream", [False, True])
    def test_tools(self, sdk: openai.OpenAI, model: str, stream: bool) -> None:
        said = ask("Twice! Weather?")
        for _ in range(2):
            if stream:
                with sdk.chat.completions.stream(model=model, messages=said, tools=[self.TOOL]) as events:
                    message: Any = events.get_final_completion().choices[0].message
            else:
                message = sdk.chat.completions.create(model=model, messages=said, tools=[self.TOOL]).choices[0].message
            said.append(message)
            for call in message.tool_calls or ():
                assert call.type == "function"
                assert City.model_validate_json(call.function.arguments).city == "Oslo"
                said.append({"role": "tool", "tool_call_id": call.id, "content": "Rain."})
        assert len(said) == 5
        assert said[-1].content == "It rains."

    def test_structured(self, sdk: openai.OpenAI, model: str) -> None:
        answer = sdk.chat.completions.parse(model=model, messages=ask("Where?"), response_format=City)
        assert answer.choices[0].message.parsed == City(city="Oslo")

    def test_image(self, sdk: openai.OpenAI, model: str) -> None:
        image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
        said: Any = [{"role": "user", "content": [{"type": "text", "text": "What?"}, image]}]
        answer = sdk.chat.completions.create(model=model, messages=said)
        assert answer.choices[0].message.content == "I see an image."

    def test_errors(self, sdk: openai.OpenAI, model: str) -> None:
        with pytest.raises(openai.RateLimitError):
            sdk.chat.completions.create(model=model, messages=ask("Busy!"))
        with pytest.raises(openai.RateLimitError):
            sdk.chat.completions.create(model=model, messages=ask("Busy!"), stream=True)
        with pytest.raises(openai.BadRequestError):
            sdk.chat.completions.create(model=model, messages=[])
        with pytest.raises(openai.AuthenticationError):
            sdk.with_options(api_key="wrong").chat.completions.create(model=model, messages=ask("Hi"))

    def test_several_choices(self, sdk: openai.OpenAI, router: Router) -> None:
        answer = sdk.chat.completions.create(model="openai", messages=ask("Where?"), n=2)
        assert [(choice.index, choice.message.content) for choice in answer.choices] == [
            (0, "Paris, en été."),
            (1, "Paris, en été."),
        ]
        assert answer.usage
        assert answer.usage.completion_tokens == 10
        assert router.event("ok").cost_nano == 12 * 1_000 + 10 * 5_000

    def test_several_choices_in_a_stream(self, sdk: openai.OpenAI) -> None:
        usage: Any = {"include_usage": True}
        with sdk.chat.completions.stream(model="openai", messages=ask("Where?"), n=2, stream_options=usage) as stream:
            answer = stream.get_final_completion()
        assert [(choice.index, choice.message.content, choice.finish_reason) for choice in answer.choices] == [
            (0, "Paris, en été.", "stop"),
            (1, "Paris, en été.", "stop"),
        ]
        assert answer.usage
        assert answer.usage.completion_tokens == 10

    @pytest.mark.parametrize("model", ["anthropic", "bedrock"])
    def test_several_choices_where_there_is_one(self, sdk: openai.OpenAI, model: str) -> None:
        with pytest.raises(openai.BadRequestError) as raised:
            sdk.chat.completions.create(model=model, messages=ask("Where?"), n=2)
        assert raised.value.param == "n"

    def test_cancel(self, sdk: openai.OpenAI, model: str, router: Router) -> None:
        stream = sdk.chat.completions.create(model=model, messages=ask("For ever!"), stream=True)
        for _ in range(5):
            next(stream)
        left = time.monotonic()
        stream.close()
        cancelled(router, left)


class TestResponses:
    TOOL: ClassVar[Any] = {"type": "function", "name": "weather", "parameters": STRICT, "strict": True}

    def test_chat_and_usage(self, sdk: openai.OpenAI, model: str) -> None:
        answer = sdk.responses.create(model=model, input="Where?", instructions="Be brief.", store=False)
        assert answer.output_text == "Paris, en été."
        assert answer.usage
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (12, 5)

    def test_stream(self, sdk: openai.OpenAI, model: str) -> None:
        with sdk.responses.stream(model=model, input="Slow! Where?") as stream:
            answer = stream.get_final_response()
        assert answer.output_text == "Paris, en été."
        assert answer.usage
        assert answer.usage.total_tokens == 17

    @pytest.mark.parametrize("stream", [False, True])
    def test_tools(self, sdk: openai.OpenAI, model: str, stream: bool) -> None:
        said = ask("Twice! Weather?")
        for count in (2, 0):
            if stream:
                with sdk.responses.stream(model=model, input=said, tools=[self.TOOL]) as events:
                    answer: Any = events.get_final_response()
            else:
                answer = sdk.responses.create(model=model, input=said, tools=[self.TOOL])
            calls = [item for item in answer.output if item.type == "function_call"]
            assert len(calls) == count
            assert all(City.model_validate_json(call.arguments).city == "Oslo" for call in calls)
            said += answer.output
            said += [{"type": "function_call_output", "call_id": call.call_id, "output": "Rain."} for call in calls]
        assert answer.output_text == "It rains."

    def test_structured(self, sdk: openai.OpenAI, model: str) -> None:
        assert sdk.responses.parse(model=model, input="Where?", text_format=City).output_parsed == City(city="Oslo")

    def test_image(self, sdk: openai.OpenAI, model: str) -> None:
        image = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"}
        said: Any = [{"role": "user", "content": [{"type": "input_text", "text": "What?"}, image]}]
        assert sdk.responses.create(model=model, input=said).output_text == "I see an image."

    def test_errors(self, sdk: openai.OpenAI, model: str) -> None:
        with pytest.raises(openai.RateLimitError):
            sdk.responses.create(model=model, input="Busy!")
        with pytest.raises(openai.BadRequestError) as refused:
            sdk.responses.create(model=model, input="Hi", previous_response_id="resp_0")
        assert refused.value.param == "previous_response_id"

    def test_cancel(self, sdk: openai.OpenAI, model: str, router: Router) -> None:
        stream = sdk.responses.create(model=model, input="For ever!", stream=True)
        for _ in range(6):
            next(stream)
        left = time.monotonic()
        stream.close()
        cancelled(router, left)


class TestMessages:
    TOOL: ClassVar[Any] = {"name": "weather", "input_schema": SCHEMA}

    def test_chat_and_usage(self, claude: anthropic.Anthropic, model: str) -> None:
        answer = claude.messages.create(model=model, max_tokens=50, system="Be brief.", messages=ask("Where?"))
        assert [block.text for block in answer.content if block.type == "text"] == ["Paris, en été."]
        assert (answer.usage.input_tokens, answer.usage.output_tokens) == (12, 5)

    def test_stream(self, claude: anthropic.Anthropic, model: str) -> None:
        with claude.messages.stream(model=model, max_tokens=50, messages=ask("Slow! Where?")) as stream:
            assert "".join(stream.text_stream) == "Paris, en été."
            assert stream.get_final_message().usage.output_tokens == 5

    @pytest.mark.parametrize("streamed", [False, True])
    def test_tools(self, claude: anthropic.Anthropic, model: str, streamed: bool) -> None:
        said = ask("Twice! Weather?")
        for count in (2, 0):
            if streamed:
                with claude.messages.stream(model=model, max_tokens=50, messages=said, tools=[self.TOOL]) as stream:
                    answer: Any = stream.get_final_message()
            else:
                answer = claude.messages.create(model=model, max_tokens=50, messages=said, tools=[self.TOOL])
            calls = [block for block in answer.content if block.type == "tool_use"]
            assert [call.input for call in calls] == [{"city": "Oslo"}] * count
            results = [{"type": "tool_result", "tool_use_id": call.id, "content": "Rain."} for call in calls]
            said += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
        assert answer.content[0].text == "It rains."

    def test_structured(self, claude: anthropic.Anthropic, model: str) -> None:
        answer = claude.messages.parse(model=model, max_tokens=50, messages=ask("Where?"), output_format=City)
        assert answer.parsed_output == City(city="Oslo")

    def test_image(self, claude: anthropic.Anthropic, model: str) -> None:
        image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
        said: Any = [{"role": "user", "content": [{"type": "text", "text": "What?"}, image]}]
        answer: Any = claude.messages.create(model=model, max_tokens=50, messages=said)
        assert answer.content[0].text == "I see an image."

    def test_errors(self, claude: anthropic.Anthropic, model: str) -> None:
        with pytest.raises(anthropic.RateLimitError):
            claude.messages.create(model=model, max_tokens=50, messages=ask("Busy!"))
        with pytest.raises(anthropic.BadRequestError, match="messages"):
            claude.messages.create(model=model, max_tokens=50, messages=[])

    def test_cancel(self, claude: anthropic.Anthropic, model: str, router: Router) -> None:
        stream = claude.messages.create(model=model, max_tokens=50, messages=ask("For ever!"), stream=True)
        for _ in range(6):
            next(stream)
        left = time.monotonic()
        stream.close()
        cancelled(router, left)
