"""What can go wrong between a terminal and a deployment, in one line each."""

from __future__ import annotations

import httpx
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
)

from pointsman.accounts.keys import UnknownKey
from pointsman.errors import MapError


class Failure(Exception):
    """Its text says what is wrong, and what to do where that is known."""


def explain(error: Exception) -> str | None:
    """The line for an error, or nothing where it is a fault of ours that deserves its traceback."""
    match error:
        case Failure() | MapError():
            return str(error)
        case UnknownKey():
            return f"no key has the id {error}: `pointsman keys list` shows them all"
        case NoCredentialsError():
            return "no AWS credentials: run `aws configure`, or set AWS_PROFILE"
        case NoRegionError():
            return "no AWS region: set AWS_REGION, or name one in your AWS profile"
        case ConnectionError() | HTTPClientError() | httpx.TransportError():
            return f"no connection: {_first_line(error)}"
        case ClientError():
            told = error.response.get("Error", {})
            return (
                f"AWS refused {error.operation_name}: {told.get('Code', 'unknown')}: {told.get('Message', '')}".strip()
            )
        case BotoCoreError():
            return _first_line(error)
        case _:
            return None


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
