from __future__ import annotations

from typing import Any

import pytest

from infra.settings import BadSetting, read


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDK_DEFAULT_REGION", raising=False)


def test_a_first_deployment_needs_no_context() -> None:
    settings = read(lambda name: None)
    assert (settings.stage, settings.streaming, settings.target, settings.production) == ("dev", True, "aws", False)


def test_context_from_the_command_line_is_text() -> None:
    given = {
        "stage": "prod",
        "streaming": "false",
        "waf": "true",
        "lwa_version": "30",
        "bedrock_models": "a.b-1:0, us.a.b",
    }
    settings = read(given.get)
    assert settings.production
    assert not settings.streaming
    assert settings.waf
    assert settings.lwa_version == 30
    assert settings.bedrock_models == ("a.b-1:0", "us.a.b")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stage": "My Stage"}, "stage: "),
        ({"streaming": "maybe"}, "streaming: "),
        ({"target": "azure"}, "target: "),
        ({"bedrock_models": "claude"}, "bedrock_models: "),
        ({"bedrock_models": "*"}, "bedrock_models: "),
        ({"bedrock_models": "arn:aws:bedrock:us-east-1::foundation-model/*"}, "bedrock_models: "),
        ({"waf": "7"}, "waf: "),
        ({"lwa_version": "latest"}, "lwa_version: "),
        ({"rate": "0"}, "rate: "),
        ({"burst": "1000000"}, "burst: "),
        ({"emulator_url": "localhost"}, "emulator_url: "),
        ({"target": "local"}, "streaming: "),
        ({"region": "cn-north-1"}, "region: "),
    ],
)
def test_a_bad_value_is_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read(given.get)
    assert str(caught.value).startswith(words)


def test_every_bad_value_is_told_at_once() -> None:
    given = {"stage": "!", "waf": "?"}
    with pytest.raises(BadSetting) as caught:
        read(given.get)
    assert len(str(caught.value).splitlines()) == 2


def test_the_credentials_region_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-gov-west-1")
    with pytest.raises(BadSetting, match="not published in us-gov-west-1"):
        read(lambda name: None)
    assert not read({"streaming": "false"}.get).streaming
