"""The real Bedrock behind a deployment that is otherwise emulated, for `make run BEDROCK=1`."""

from __future__ import annotations

from collections.abc import Mapping

from aws_bedrock_token_generator import provide_token

from local.failure import LocalFailure

TOKEN = "AWS_BEARER_TOKEN_BEDROCK"  # noqa: S105 (a variable's name)
ENDPOINT = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"


def functions_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What sends the functions' Bedrock calls to AWS. Raises `LocalFailure`.

    The emulator puts made-up credentials into its functions, so the real ones reach Bedrock as a bearer token: the one
    in the environment, or one for twelve hours made from the AWS credentials at hand.
    """
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
    try:
        token = environment.get(TOKEN) or provide_token(region=region)
    except RuntimeError:
        raise LocalFailure(f"BEDROCK=1 needs AWS credentials, or a Bedrock API key in {TOKEN}") from None
    return {TOKEN: token, ENDPOINT: environment.get(ENDPOINT) or f"https://bedrock-runtime.{region}.amazonaws.com"}
