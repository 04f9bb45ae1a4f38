"""One answer for one `Idempotency-Key`: kept for a day in the accounts table by Powertools' persistence layer.

pk IDEMPOTENCY#answer#<sha256 of key id and header>   sk ANSWER   of the request only a hash is kept
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from anyio import CancelScope, to_thread
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import STATUS_CONSTANTS, DataRecord
from botocore.exceptions import BotoCoreError, ClientError

from pointsman.errors import IdempotencyUnavailable, KeyInUse, KeyReused, RequestError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

HEADER = "idempotency-key"
KEPT = 24 * 60 * 60
"""Seconds that an answer is kept."""
LONGEST_KEY = 255
LARGEST = 350_000
"""Bytes of an answer that is kept: an item holds 400 KB. Of a larger one only that it was given."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said again: the body, and the headers that belong to it."""

    body: str
    headers: Mapping[str, str]


class Answers(DynamoDBPersistenceLayer):
    """The persistence layer, over a table with a sort key, each answer in a partition of its own."""

    def __init__(self, table: str, client: DynamoDBClient) -> None:
        super().__init__(table, key_attr="pk", expiry_attr="expires_at", boto3_client=client)
        config = IdempotencyConfig(
            event_key_jmespath="[account, key]",
            payload_validation_jmespath="request",
            expires_after_seconds=KEPT,
            hash_function="sha256",
        )
        self.configure(config, key_prefix="answer")

    def _get_key(self, idempotency_key: str) -> dict[str, Any]:
        return {"pk": {"S": f"IDEMPOTENCY#{idempotency_key}"}, "sk": {"S": "ANSWER"}}


class Idempotency:
    """Off the event loop throughout: the layer is synchronous."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def once(
        self, account: str, key: str, request: bytes, seconds: float, answer: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer, and whether it had been given before. `seconds`: how long this request may take; after that
        another may try. What fails is not kept.

        Raises `KeyInUse` while the first request is under way, `KeyReused` where it was another request.
        """
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise RequestError(f"Must be 1 to {LONGEST_KEY} printable ASCII characters.", param="Idempotency-Key")
        data = {"account": account, "key": key, "request": hashlib.sha256(request).hexdigest()}
        kept = await to_thread.run_sync(self._begin, data, seconds)
        if kept is not None:
            return kept, True
        try:
            given = await answer()
        except BaseException as error:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._forget, data, error)
            raise
        await to_thread.run_sync(self._keep, data, given)
        return given, False

    def _begin(self, data: dict[str, Any], seconds: float) -> Answer | None:
        """Nothing where the request is the first; the answer where it has been given."""
        try:
            self._answers.save_inprogress(data, round(seconds * 1000))
        except IdempotencyValidationError:
            raise KeyReused("This key was used with another request.", param="Idempotency-Key") from None
        except IdempotencyItemAlreadyExistsError as error:
            return _answer(cast("DataRecord", error.old_data_record))
        except (ClientError, BotoCoreError) as error:
            raise IdempotencyUnavailable("That a request is answered once cannot be promised just now.") from error
        return None

    def _keep(self, data: dict[str, Any], given: Answer) -> None:
        """An answer that cannot be kept is given all the same."""
        kept = {"body": given.body, "headers": dict(given.headers)}
        try:
            fits = len(json.dumps(kept).encode()) <= LARGEST
            self._answers.save_success(data, kept if fits else {"body": None})
        except (ClientError, BotoCoreError) as error:
            logger.error("an answer was not kept: %s", type(error).__name__)

    def _forget(self, data: dict[str, Any], error: BaseException) -> None:
        try:
            self._answers.delete_record(data, cast("Exception", error))
        except (ClientError, BotoCoreError) as failure:
            logger.error("a failed request was not forgotten: %s", type(failure).__name__)


def _answer(record: DataRecord) -> Answer:
    if record.status != STATUS_CONSTANTS["COMPLETED"]:
        raise KeyInUse("The first request with this key is still under way.", param="Idempotency-Key")
    kept = cast("dict[str, Any]", record.response_json_as_dict())
    if kept["body"] is None:
        raise KeyReused("The answer to this request was given, but was too large to keep.", param="Idempotency-Key")
    return Answer(kept["body"], kept["headers"])
