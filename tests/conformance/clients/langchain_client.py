"""langchain-openai's ChatOpenAI, by Chat Completions and by Responses."""

from __future__ import annotations

from typing import Any

from checks import KEY, PIXEL, ROOT, SAID, run
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import RateLimitError
from pydantic import BaseModel


class City(BaseModel):
    """A city."""

    city: str


@tool
def weather(city: str) -> str:
    """Tells the weather."""
    return f"Rain in {city}."


def chat(model: str, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(model=model, base_url=f"{ROOT}/v1", api_key=KEY, max_retries=0, **more)


def check_chat(model: str) -> None:
    assert chat(model).invoke("Where?").text == SAID
    assert chat(model, use_responses_api=True).invoke("Where?").text == SAID


def check_usage(model: str) -> None:
    answer = chat(model).invoke("Where?")
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (12, 5)


def check_stream(model: str) -> None:
    for more in ({"stream_usage": True}, {"use_responses_api": True}):
        chunks = list(chat(model, **more).stream("Slow! Where?"))
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole = whole + chunk
        assert whole.text == SAID, whole
        assert whole.usage_metadata["total_tokens"] == 17


def check_tools(model: str) -> None:
    for more in ({}, {"use_responses_api": True}):
        asked = chat(model, **more).bind_tools([weather])
        said: list[Any] = [HumanMessage("Twice! Weather?")]
        called = asked.invoke(said)
        assert len(called.tool_calls) == 2, called
        said += [called, *(ToolMessage(weather.invoke(c["args"]), tool_call_id=c["id"]) for c in called.tool_calls)]
        assert asked.invoke(said).text == "It rains."


def check_structured(model: str) -> None:
    for method in ("json_schema", "function_calling"):
        assert chat(model).with_structured_output(City, method=method).invoke("Where?") == City(city="Oslo")


def check_image(model: str) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    assert chat(model).invoke([HumanMessage([{"type": "text", "text": "What?"}, image])]).text == "I see an image."


def check_error(model: str) -> None:
    try:
        chat(model).invoke("Busy!")
    except RateLimitError:
        return
    raise AssertionError("no error")


def check_cancel(model: str) -> None:
    stream = chat(model).stream("For ever!")
    for _ in range(5):
        next(stream)
    stream.close()


run({name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")})
