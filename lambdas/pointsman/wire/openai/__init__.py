"""OpenAI's Chat Completions."""

from pointsman.wire.dialect import Dialect
from pointsman.wire.openai.answer import completion_body, error_body, models_body
from pointsman.wire.openai.request import parse_request
from pointsman.wire.openai.stream import EventWriter

OPENAI = Dialect(
    name="openai",
    id_prefix="chatcmpl-",
    request_id_header="x-request-id",
    parse_request=parse_request,
    completion_body=completion_body,
    event_writer=EventWriter,
    error_body=error_body,
    models_body=models_body,
    names={"reasoning.effort": "reasoning_effort", "reasoning.budget": "thinking", "detail": "image_url.detail"},
)
