"""Every error a caller or an operator can meet.

    PointsmanError
    ├── RequestError            the caller's fault; `status` 4xx, `param` names the field
    │   ├── Unauthenticated     401
    │   ├── NotAllowed          403
    │   ├── UnknownModel        404
    │   ├── UnknownVersion      404  of the tier map
    │   ├── Unsupported         400  nothing in the map can serve this request, or a field cannot be mapped
    │   │   └── PromptTooLong        for every model that could serve it
    │   ├── PayloadTooLarge     413
    │   ├── AnswerTooLarge      400  for a host that gives answers whole
    │   ├── Abandoned           499  the client left before there was an answer
    │   ├── QuotaExceeded       429  a budget is used up
    │   ├── RateLimited         429  too many requests or tokens this minute
    │   ├── RequestTooLarge     413  more tokens than a whole minute's limit
    │   ├── KeyInUse            409  the first request with this Idempotency-Key is under way
    │   └── KeyReused           422  an Idempotency-Key whose answer cannot be given again
    ├── KeysUnavailable         503  whose key it is cannot be told
    ├── IdempotencyUnavailable  503
    ├── LimitsUnavailable       503  what a key may still use cannot be told
    ├── LogUnavailable          503  the log could not be asked
    ├── UpstreamError           a provider's fault, with its `kind`
    └── MapError                no usable tier map

A dialect in `wire/` turns each into its own error shape; no other place knows how an error looks on the wire.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class PointsmanError(Exception):
    """`message` is safe to show to the caller: it holds no prompt, key, ARN or upstream body."""

    status = 500
    code = "internal_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class RequestError(PointsmanError):
    status = 400
    code = "invalid_request"


class Unauthenticated(RequestError):
    status = 401
    code = "invalid_api_key"


class NotAllowed(RequestError):
    status = 403
    code = "not_allowed"


class UnknownModel(RequestError):
    status = 404
    code = "model_not_found"


class UnknownVersion(RequestError):
    status = 404
    code = "version_not_found"


class Unsupported(RequestError):
    code = "unsupported"


class AnswerTooLarge(RequestError):
    """No 5xx, which SDKs would ask, and pay, for again."""

    code = "answer_too_large"

    def __init__(self) -> None:
        super().__init__("The answer is larger than this host can give: ask for fewer tokens.", param="max_tokens")


class Abandoned(RequestError):
    """Nobody reads it; the status is nginx's."""

    status = 499
    code = "abandoned"

    def __init__(self) -> None:
        super().__init__("The client has gone.")


class PromptTooLong(Unsupported):
    """Tokens: the `prompt`, estimated, and the `answer` asked for do not fit into any model's `window` together. The
    message and the code are OpenAI's, which clients look for; Anthropic's dialect says it in its own words."""

    code = "context_length_exceeded"

    def __init__(self, prompt: int, answer: int, window: int) -> None:
        super().__init__(
            f"This model's maximum context length is {window} tokens. However, you requested about {prompt + answer} "
            f"tokens ({prompt} in the messages, {answer} in the completion).",
            param="messages",
        )
        self.prompt = prompt
        self.answer = answer
        self.window = window


class PayloadTooLarge(RequestError):
    status = 413
    code = "payload_too_large"


class QuotaExceeded(RequestError):
    """`retry_after` is the seconds until the budget starts anew."""

    status = 429
    code = "insufficient_quota"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(RequestError):
    """`retry_after` is the seconds until the next minute; until then `remaining` of `limit` `unit` are left."""

    status = 429
    code = "rate_limit_exceeded"

    def __init__(
        self, message: str, *, retry_after: float, unit: Literal["requests", "tokens"], limit: int, remaining: int
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unit = unit
        self.limit = limit
        self.remaining = remaining


class RequestTooLarge(RequestError):
    status = 413
    code = "request_too_large"


class KeyInUse(RequestError):
    status = 409
    code = "idempotency_key_in_use"
    retry_after = 2.0


class KeyReused(RequestError):
    status = 422
    code = "idempotency_key_reused"


class KeysUnavailable(PointsmanError):
    status = 503
    code = "keys_unavailable"
    retry_after = 1.0


class IdempotencyUnavailable(PointsmanError):
    status = 503
    code = "idempotency_unavailable"
    retry_after = 1.0


class LimitsUnavailable(PointsmanError):
    status = 503
    code = "limits_unavailable"
    retry_after = 1.0


class LogUnavailable(PointsmanError):
    status = 503
    code = "log_unavailable"
    retry_after = 1.0


class MapError(PointsmanError):
    status = 503
    code = "tier_map_unavailable"


class UpstreamKind(StrEnum):
    """What went wrong at a provider; the value stands in cost events."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    AUTH = "auth"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTEXT_TOO_LONG = "context_too_long"
    CONTENT_FILTERED = "content_filtered"
    BAD_RESPONSE = "bad_response"


_STATUS = {
    UpstreamKind.RATE_LIMITED: 429,
    UpstreamKind.OVERLOADED: 503,
    UpstreamKind.TIMEOUT: 504,
    UpstreamKind.BAD_REQUEST: 400,
    UpstreamKind.CONTEXT_TOO_LONG: 400,
    UpstreamKind.CONTENT_FILTERED: 400,
}

_RETRYABLE = {UpstreamKind.RATE_LIMITED, UpstreamKind.OVERLOADED, UpstreamKind.UNAVAILABLE, UpstreamKind.TIMEOUT}

_FINAL = {UpstreamKind.BAD_REQUEST, UpstreamKind.CONTENT_FILTERED}


class UpstreamError(PointsmanError):
    """A provider failed. `retry_after` is what it asked for, in seconds; `begun`: it had begun to answer, so the call
    may be charged for."""

    def __init__(
        self, kind: UpstreamKind, message: str, *, retry_after: float | None = None, begun: bool = False
    ) -> None:
        too_long = kind is UpstreamKind.CONTEXT_TOO_LONG
        super().__init__(message, param="messages" if too_long else None)
        self.begun = begun
        self.kind = kind
        self.code = PromptTooLong.code if too_long else f"upstream_{kind}"
        self.status = _STATUS.get(kind, 502)
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same model may answer if asked again."""
        return self.kind in _RETRYABLE

    @property
    def final(self) -> bool:
        """Whether the request itself is at fault, so that no other model should be tried."""
        return self.kind in _FINAL
