"""Shared by every test: no AWS credentials but fake ones, and no way to a real model."""

from __future__ import annotations

import os

from hypothesis import settings
from moto.core.config import default_user_config

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_TRACE_DISABLED="true",
)
for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)
default_user_config["core"]["reset_boto3_session"] = False  # each new session reads botocore's descriptions anew
settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")
