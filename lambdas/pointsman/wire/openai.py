"""OpenAI's Chat Completions dialect: everything that the app needs of it, in one name."""

from pointsman.wire.decision import decision_body
from pointsman.wire.json_body import MAX_BODY_BYTES
from pointsman.wire.openai_request import parse_chat
from pointsman.wire.openai_response import completion_body, error_body, models_body
from pointsman.wire.openai_stream import stream_events

__all__ = [
    "MAX_BODY_BYTES",
    "completion_body",
    "decision_body",
    "error_body",
    "models_body",
    "parse_chat",
    "stream_events",
]
