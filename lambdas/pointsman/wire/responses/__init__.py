"""OpenAI's Responses, without its memory: nothing is kept between two requests."""

from pointsman.wire.dialect import Dialect
from pointsman.wire.in_turn import InTurn
from pointsman.wire.openai.answer import error_body, models_body
from pointsman.wire.responses.answer import completion_body
from pointsman.wire.responses.request import parse_request
from pointsman.wire.responses.stream import EventWriter

RESPONSES = Dialect(
    name="responses",
    id_prefix="resp_",
    request_id_header="x-request-id",
    parse_request=parse_request,
    completion_body=completion_body,
    event_writer=lambda envelope: InTurn(EventWriter(envelope)),
    error_body=error_body,
    models_body=models_body,
    names={
        "messages": "input",
        "max_tokens": "max_output_tokens",
        "logprobs": "top_logprobs",
        "response_format": "text.format",
        "verbosity": "text.verbosity",
    },
)
