from __future__ import annotations

import pytest

from local.bedrock import functions_environment
from local.failure import LocalFailure


def test_a_bedrock_key_is_handed_on_with_the_regions_endpoint() -> None:
    given = {"AWS_BEARER_TOKEN_BEDROCK": "key", "AWS_REGION": "eu-west-1"}
    assert functions_environment(given) == {
        "AWS_BEARER_TOKEN_BEDROCK": "key",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://bedrock-runtime.eu-west-1.amazonaws.com",
    }


def test_aws_credentials_become_a_bearer_token() -> None:
    made = functions_environment({})
    assert made["AWS_BEARER_TOKEN_BEDROCK"].startswith("bedrock-api-key-")
    assert made["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "https://bedrock-runtime.us-east-1.amazonaws.com"


def test_without_either_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(LocalFailure, match="BEDROCK=1 needs AWS credentials"):
        functions_environment({})
