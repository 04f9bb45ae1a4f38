"""Anthropic's Messages."""

from pointsman.wire.anthropic.answer import completion_body, error_body, models_body
from pointsman.wire.anthropic.request import parse_request
from pointsman.wire.anthropic.stream import EventWriter
from pointsman.wire.dialect import Dialect
from pointsman.wire.in_turn import InTurn

ANTHROPIC = Dialect(
    name="anthropic",
    id_prefix="msg_",
    request_id_header="request-id",
    parse_request=parse_request,
    completion_body=completion_body,
    event_writer=lambda envelope: InTurn(EventWriter(envelope)),
    error_body=error_body,
    models_body=models_body,
    statuses={503: 529},
    names={
        "stop": "stop_sequences",
        "user": "metadata.user_id",
        "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        "response_format": "output_config.format",
        "reasoning.effort": "output_config.effort",
        "reasoning.budget": "thinking",
    },
)
